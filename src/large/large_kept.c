/* SPDX-License-Identifier: MIT */
/* large_kept.c: see large_kept.h. */
#include "large/large_kept.h"

#if !HAKMEM_HARDENED_COMPILED
# include <string.h>

# include "os/hak_clock.h"
# include "os/hak_panic.h"

/* The weights' sum is at most what is live, but at least the lower and at most the upper bound, and what is
 * regretted besides: what both may come to is the business of give_back.h. */
static const size_t kept_bytes_least = (size_t)1 << 20, kept_bytes_most = (size_t)256 << 20;
/* A mapping that left for want of room, and that a block asked for soon after would have fitted,
 * was worth keeping: so much more may stay from then on, up to a bound, until none was reused for so
 * long (looked at in each free of a large block, and in slow paths). A program that drops a large
 * block now and then (a table that has grown) keeps nothing of it, one that does so again and again
 * faults the first two or three times. */
static const size_t kept_regret_most = (size_t)256 << 20;
static const uint64_t kept_regret_ns = 1000000000u;

enum {
  KEPT_MAX = 1024,
  KEPT_BINS = 53,          /* of address space, by powers of two of pages */
  KEPT_CHOICE = 32,        /* of how many the best is taken */
  KEPT_FAULTS_DEARER = 32, /* a byte that is faulted in, than one that is resident for nothing */
  KEPT_LEFT = 256,
};

/* Linked by index; 0 is none. One more than may stay: the oldest leaves when the next has come. */
static struct kept {
  struct mapping m;
  uint64_t turn;         /* the larger, the later it came */
  uint16_t older, newer; /* of its bin */
} kept[KEPT_MAX + 2];
static struct {
  uint16_t newest, oldest;
  bool came; /* one was freed some time */
} kept_bin[KEPT_BINS];
static unsigned kept_count, kept_touched; /* slots that were ever used */
static uint16_t kept_unused;              /* slots that were used and are free, through older */
static size_t kept_bytes;                 /* the weights' sum */
static uint64_t kept_turn;

static struct { size_t bytes, weight; } kept_left[KEPT_LEFT]; /* the last that left for want of room */
static unsigned kept_left_turn;
static size_t kept_regretted;
static uint64_t kept_regret_end; /* 0: never; written under the lock */

static void kept_regret_until(uint64_t ns) { __atomic_store_n(&kept_regret_end, ns, __ATOMIC_RELAXED); }

size_t kept_bytes_max(size_t live_bytes) {
  if (kept_regretted != 0 && hak_clock_coarse_ns() >= kept_regret_end) kept_regretted = 0;
  size_t most = live_bytes < kept_bytes_most ? live_bytes : kept_bytes_most;
  return (most > kept_bytes_least ? most : kept_bytes_least) + kept_regretted;
}

bool kept_regret_over(void) {
  uint64_t end = __atomic_load_n(&kept_regret_end, __ATOMIC_RELAXED);
  return unlikely(end != 0) && hak_clock_coarse_ns() >= end;
}

/* Still regretted where that was renewed in between. */
void kept_regret_looked(bool more) {
  if (kept_regretted == 0) kept_regret_until(more);
}

void kept_forget(void) {
  kept_regretted = 0;
  memset(kept_left, 0, sizeof kept_left);
}

/* Whether a mapping of so many bytes, weighing so much, serves a block: it is large enough and may
 * not have more than twice the bytes resident. */
static bool kept_fits(size_t bytes, size_t weight, size_t wanted) { return bytes >= wanted && weight / 2 <= wanted; }

void kept_missed(size_t bytes) {
  for (unsigned i = 0; i < KEPT_LEFT; i++) {
    if (!kept_fits(kept_left[i].bytes, kept_left[i].weight, bytes)) continue;
    kept_regretted += kept_left[i].weight;
    if (kept_regretted > kept_regret_most) kept_regretted = kept_regret_most;
    kept_regret_until(hak_clock_coarse_ns() + kept_regret_ns);
    kept_left[i].bytes = 0;
    return;
  }
}

static void kept_leaves(const struct mapping *m) {
  kept_left[kept_left_turn].bytes = m->bytes;
  kept_left[kept_left_turn].weight = m->warm;
  kept_left_turn = (kept_left_turn + 1) % KEPT_LEFT;
}

static void weigh(size_t bytes) { __atomic_store_n(&kept_bytes, kept_bytes + bytes, __ATOMIC_RELAXED); }
size_t kept_bytes_now(void) { return __atomic_load_n(&kept_bytes, __ATOMIC_RELAXED); }

/* The least power of two of pages that holds so many bytes: a bin's mappings are no larger. */
static unsigned kept_bin_of(size_t bytes) {
  return bytes <= PAGE ? 0 : 64 - (unsigned)__builtin_clzll((bytes - 1) / PAGE);
}

static void kept_add(struct mapping m) {
  unsigned b = kept_bin_of(m.bytes), i = kept_unused;
  if (i != 0) kept_unused = kept[i].older;
  else i = ++kept_touched;
  kept[i] = (struct kept){ .m = m, .turn = ++kept_turn, .older = kept_bin[b].newest };
  if (kept[i].older != 0) kept[kept[i].older].newer = (uint16_t)i;
  else kept_bin[b].oldest = (uint16_t)i;
  kept_bin[b].newest = (uint16_t)i;
  kept_count++;
  weigh(m.warm);
}

static struct mapping kept_remove(unsigned i) {
  struct kept *k = &kept[i];
  unsigned b = kept_bin_of(k->m.bytes);
  if (k->newer != 0) kept[k->newer].older = k->older;
  else kept_bin[b].newest = k->older;
  if (k->older != 0) kept[k->older].newer = k->newer;
  else kept_bin[b].oldest = k->newer;
  k->older = kept_unused;
  kept_unused = (uint16_t)i;
  kept_count--;
  weigh(-k->m.warm);
  struct mapping m = k->m;
  k->m.start = 0;
  return m;
}

/* Of those that fit in one bin and came last the one whose weight is nearest, 0 for none: what it has
 * too much is resident for nothing, what it has too little is faulted in. */
static unsigned kept_nearest(unsigned b, size_t bytes) {
  unsigned best = 0, looks = KEPT_CHOICE;
  size_t best_off = SIZE_MAX;
  for (unsigned i = kept_bin[b].newest; i != 0 && looks != 0; i = kept[i].older, looks--) {
    size_t weight = kept[i].m.warm;
    size_t off = weight > bytes ? weight - bytes : KEPT_FAULTS_DEARER * (bytes - weight);
    if (off >= best_off || !kept_fits(kept[i].m.bytes, weight, bytes)) continue;
    best = i;
    best_off = off;
    if (off <= bytes / 16) break;
  }
  return best;
}

/* From the bin with the least mappings that fit; there all powers of two do. */
bool kept_take(size_t bytes, struct mapping *m) {
  if (kept_count == 0) return false;
  unsigned i = 0;
  for (unsigned b = kept_bin_of(bytes); b < KEPT_BINS && i == 0; b++) i = kept_nearest(b, bytes);
  if (i == 0) return false;
  if (kept_regretted != 0) kept_regret_until(hak_clock_coarse_ns() + kept_regret_ns);
  *m = kept_remove(i);
  return true;
}

/* The one that came last in the bin with the longest. A mapping with an eighth of the pages costs as much to move as
 * their faults. */
bool kept_take_shorter(size_t bytes, struct mapping *m) {
  enum { BINS_DOWN = 3 };
  for (unsigned b = kept_bin_of(bytes), down = 0; down <= BINS_DOWN && down <= b; down++) {
    unsigned i = kept_bin[b - down].newest;
    if (i == 0 || kept[i].m.bytes >= bytes) continue;
    if (kept_regretted != 0) kept_regret_until(hak_clock_coarse_ns() + kept_regret_ns);
    *m = kept_remove(i);
    return true;
  }
  return false;
}

static unsigned kept_oldest(void) {
  unsigned oldest = 0;
  for (unsigned b = 0; b < KEPT_BINS; b++) {
    unsigned i = kept_bin[b].oldest;
    if (i != 0 && (oldest == 0 || kept[i].turn < kept[oldest].turn)) oldest = i;
  }
  return oldest;
}

size_t kept_space(size_t bytes) {
  if (bytes > kept_bytes_most / 2) return bytes;
  size_t space = PAGE;
  while (space < bytes) space *= 2;
  return space;
}

/* The first of a bin's mappings that a program frees is not kept: one that frees a few large blocks keeps nothing of
 * them, and what it does with a freed one is a fault, as with libc's malloc. Others pay with the faults of one block.
 */
bool kept_give(struct mapping m, size_t live) {
  bool first = !kept_bin[kept_bin_of(m.bytes)].came;
  kept_bin[kept_bin_of(m.bytes)].came = true;
  if (first) return false;
  if (m.warm > kept_bytes_max(live)) {
    kept_leaves(&m);
    return false;
  }
  kept_add(m);
  return true;
}

unsigned kept_shed(size_t most, struct mapping *gone) {
  unsigned n = 0;
  while (n < GONE_MAX && kept_count > 0 && (kept_bytes > most || kept_count > KEPT_MAX)) {
    gone[n] = kept_remove(kept_oldest());
    kept_leaves(&gone[n++]);
  }
  return n;
}

# if HAKMEM_CHECKS
void kept_check(void) {
  size_t held = 0;
  unsigned count = 0;
  for (unsigned b = 0; b < KEPT_BINS; b++)
    for (unsigned i = kept_bin[b].newest, newer = 0; i != 0 || kept_bin[b].oldest != newer;
         newer = i, i = kept[i].older, count++) {
      if (i == 0 || kept[i].newer != newer || kept_bin_of(kept[i].m.bytes) != b || count >= kept_count)
        hak_panic("check: the kept mappings' lists are broken", NULL);
      held += kept[i].m.warm;
    }
  if (count != kept_count || held != kept_bytes) hak_panic("check: the kept mappings' weights are wrong", NULL);
}
# endif

#else
typedef int large_kept_is_compiled_out; /* a translation unit must not be empty */
#endif
