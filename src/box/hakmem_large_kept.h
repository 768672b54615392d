/* SPDX-License-Identifier: MIT */
/* hakmem_large_kept.h: freed mappings that keep their pages, because mapping and touching them
 * again is dear; part of hakmem_large.c, which owns struct mapping and the lock that all of this
 * is called under.
 *
 *   | used by the block | touched in earlier lives (to `warm`) | never touched (to `bytes`) |
 *
 * What a kept mapping may hold resident is its weight: first all that was ever handed out of it.
 * Where that is too much, a few pages are looked at. Many programs write large blocks sparsely;
 * such a mapping weighs little, so it need not leave, and serves smaller blocks too. */
#ifndef HAKMEM_LARGE_KEPT_H
#define HAKMEM_LARGE_KEPT_H

/* The weights' sum is at most what is live, so that this at most doubles, but at least the lower
 * and at most the upper bound. */
static const size_t kept_bytes_least = (size_t)1 << 20, kept_bytes_most = (size_t)256 << 20;
/* A mapping that left for want of room, and that a block asked for soon after would have fitted,
 * was worth keeping: so much more may stay from then on, up to a bound, until none was reused for so
 * long. A program that drops a large block now and then (a table that has grown) keeps nothing of
 * it, one that does so again and again faults the first two or three times. */
static const size_t kept_regret_most = (size_t)32 << 20;
static const uint64_t kept_regret_ns = 1000000000u;

enum {
  KEPT_LOOKS = 8, /* at a mapping, in one stay */
  /* Lives after which a mapping is looked at, whatever it weighs: pages that earlier lives touched
   * and later ones do not pile up in it. With 8, 16 and 32 the sparse workload `large` took 1.2,
   * 0.9 and 0.8 faults a step and had 2.4, 2.9 and 3.8 MB resident in all. */
  KEPT_LIVES = 16,
  KEPT_LIVES_BYTES = 1 << 20, /* in less, looking and mapping anew cost more than the pages are worth */
};

static struct mapping kept[KEPT_MAX]; /* the oldest first */
static unsigned kept_count;
static size_t kept_bytes; /* the weights' sum */
static uint64_t kept_random = 88172645463325252u;


enum { KEPT_LEFT = 8 };
static struct { size_t bytes, weight; } kept_left[KEPT_LEFT]; /* the last that left for want of room */
static unsigned kept_left_turn;
static size_t kept_regretted;
static uint64_t kept_regret_end;

static size_t kept_bytes_max(void) {
  if (kept_regretted != 0 && hak_clock_coarse_ns() >= kept_regret_end) kept_regretted = 0;
  size_t least = kept_regretted > kept_bytes_least ? kept_regretted : kept_bytes_least;
  return live_bytes < least ? least : live_bytes > kept_bytes_most ? kept_bytes_most : live_bytes;
}

static void kept_forget(void) {
  kept_regretted = 0;
  memset(kept_left, 0, sizeof kept_left);
}

/* Whether a mapping of so many bytes, weighing so much, serves a block: it is large enough and may
 * not have more than twice the bytes resident. */
static bool kept_fits(size_t bytes, size_t weight, size_t wanted) { return bytes >= wanted && weight / 2 <= wanted; }

/* A mapping is made for a block of so many bytes. */
static void kept_missed(size_t bytes) {
  for (unsigned i = 0; i < KEPT_LEFT; i++) {
    if (!kept_fits(kept_left[i].bytes, kept_left[i].weight, bytes)) continue;
    kept_regretted += kept_left[i].weight;
    if (kept_regretted > kept_regret_most) kept_regretted = kept_regret_most;
    kept_regret_end = hak_clock_coarse_ns() + kept_regret_ns;
    kept_left[i].bytes = 0;
    return;
  }
}

static void kept_leaves(const struct mapping *m) {
  kept_left[kept_left_turn].bytes = m->bytes;
  kept_left[kept_left_turn].weight = m->weight;
  kept_left_turn = (kept_left_turn + 1) % KEPT_LEFT;
}

/* Looks at one more page at a random place and weighs by Laplace's rule, (resident + 1) / (looked
 * at + 1), which on average is no less than what is resident. */
static void kept_look(struct mapping *m) {
  kept_random ^= kept_random << 13;
  kept_random ^= kept_random >> 7;
  kept_random ^= kept_random << 17;
  size_t page = (size_t)((unsigned __int128)kept_random * (m->warm / PAGE) >> 64);
  m->resident += ss_os_resident((void *)(m->start + page * PAGE));
  m->looked++;
  m->weight = m->warm / (m->looked + 1u) * (m->resident + 1u);
}

static void kept_remove(unsigned i) {
  kept_bytes -= kept[i].weight;
  memmove(&kept[i], &kept[i + 1], (--kept_count - i) * sizeof kept[0]);
}

/* The smallest and of these the latest that fits. */
static bool kept_take(size_t bytes, struct mapping *m) {
  unsigned best = KEPT_MAX;
  for (unsigned i = 0; i < kept_count; i++)
    if (kept_fits(kept[i].bytes, kept[i].weight, bytes) && (best == KEPT_MAX || kept[i].bytes <= kept[best].bytes)) best = i;
  if (best == KEPT_MAX) return false;
  if (kept_regretted != 0) kept_regret_end = hak_clock_coarse_ns() + kept_regret_ns;
  *m = kept[best];
  kept_remove(best);
  return true;
}

/* The bytes to map for a block: up to a power of two, so that the mapping fits later blocks too.
 * What is never touched costs address space only. */
static size_t kept_space(size_t bytes) {
  if (bytes > kept_bytes_most / 2) return bytes;
  size_t space = PAGE;
  while (space < bytes) space *= 2;
  return space;
}

/* Of those that may be looked at again, NULL for none. */
static struct mapping *kept_heaviest(void) {
  struct mapping *heaviest = NULL;
  for (struct mapping *m = kept; m < kept + kept_count; m++)
    if (m->looked < KEPT_LOOKS && (heaviest == NULL || m->weight > heaviest->weight)) heaviest = m;
  return heaviest;
}

/* Keeps m, if there is room; what has to leave, to be unmapped, goes to gone (room for
 * KEPT_MAX + 1); their count. */
static unsigned kept_give(struct mapping m, struct mapping *gone) {
  unsigned n = 0;
  size_t most = kept_bytes_max(), room = most;
  bool stays = true;
  m.weight = m.warm;
  m.looked = m.resident = 0;
  if (m.warm >= KEPT_LIVES_BYTES && ++m.lives == KEPT_LIVES) {
    m.lives = 0;
    while (m.looked < KEPT_LOOKS && m.resident == 0) kept_look(&m);
    stays = m.resident != 0;
  }
  while (stays && m.weight > most && m.looked < KEPT_LOOKS) kept_look(&m);
  if (stays && m.weight > most) {
    stays = false;
    kept_leaves(&m);
  }
  if (stays) room -= m.weight;
  /* also for what the bound has come down by: the heaviest are looked at, then the oldest leave */
  for (struct mapping *heaviest; kept_bytes > room && (heaviest = kept_heaviest()) != NULL;) {
    kept_bytes -= heaviest->weight;
    kept_look(heaviest);
    kept_bytes += heaviest->weight;
  }
  while (kept_count > 0 && (kept_bytes > room || (stays && kept_count == KEPT_MAX))) {
    kept_leaves(&kept[0]);
    gone[n++] = kept[0];
    kept_remove(0);
  }
  if (stays) {
    kept[kept_count++] = m;
    kept_bytes += m.weight;
  } else {
    gone[n++] = m;
  }
  return n;
}

#endif
