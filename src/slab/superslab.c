/* SPDX-License-Identifier: MIT */
/* superslab.c: see superslab.h. Free runs of each length are stacks linked through the metadata;
 * a longer run may be split, and nothing is joined again, as nearly all runs are of one slab, until
 * memory runs out: then all free slabs are joined, and even their addresses go back. */
#include "slab/superslab.h"

#include <errno.h>
#include <string.h>

#include "base/hak_lock.h"
#include "os/hak_panic.h"
#include "os/madvise_guard.h"
#include "os/os_memory.h"
#include "slab/warm_pool.h"

enum { RUN_LENGTHS = 4 }; /* 1, 2, 4, 8 slabs */
/* Given back in one slow path: nobody shall wait long. */
enum { RUNS_AT_ONCE = 32 };

static hak_lock_t arena_lock;
static size_t next_slab;                        /* slabs below were handed out once */
static struct hak_slab *free_runs[RUN_LENGTHS]; /* their pages were given back */
static size_t bytes_out;
static bool any_closed; /* some slab was, once */
/* The same for the warm pool's bound. A long run of spans may be all but empty, its free pages given
 * back, and counts as a quarter. */
static size_t bytes_weighed;
static size_t run_weight(unsigned run, unsigned slabs) {
  return ((size_t)slabs << HAK_SLAB_SHIFT) / (run == HAK_RUN_SPANS_LONG ? 4 : 1);
}

/* Under the lock; anybody may read it. */
static void out_add(size_t bytes) { __atomic_store_n(&bytes_out, bytes_out + bytes, __ATOMIC_RELAXED); }

static unsigned length_index(unsigned slabs) { return (unsigned)__builtin_ctz(slabs); }

/* Under the lock: a run out of fresh address space. */
static struct hak_slab *fresh_run(unsigned slabs) {
  size_t first = (next_slab + slabs - 1) & ~(size_t)(slabs - 1);
  if (!arena_open(first + slabs)) return NULL;
  for (size_t i = next_slab; i < first; i++) { /* what the alignment leaves over */
    struct hak_slab *rest = &hak_arena_meta[i];
    rest->run_slabs = 1;
    rest->next = free_runs[0];
    free_runs[0] = rest;
  }
  next_slab = first + slabs;
  hak_arena_meta[first].run_slabs = (uint8_t)slabs;
  return &hak_arena_meta[first];
}

/* Under the lock: half of the shortest longer run. */
static struct hak_slab *split_run(unsigned k) {
  unsigned longer = k + 1;
  while (longer < RUN_LENGTHS && free_runs[longer] == NULL) longer++;
  if (longer == RUN_LENGTHS) return NULL;
  struct hak_slab *s = free_runs[longer];
  free_runs[longer] = s->next;
  while (longer > k) {
    longer--;
    struct hak_slab *half = s + (1u << longer);
    half->run_slabs = (uint8_t)(1u << longer);
    half->next = free_runs[longer];
    free_runs[longer] = half;
  }
  s->run_slabs = (uint8_t)(1u << k);
  return s;
}

/* Under the lock: pages to the kernel, run to the free runs. */
static size_t give_back(struct hak_slab *s) {
  size_t bytes = (size_t)s->run_slabs << HAK_SLAB_SHIFT;
  unsigned k = length_index(s->run_slabs);
  bool zero = madvise_guard_release(arena_start(s), bytes);
#if HAKMEM_HARDENED_COMPILED
  if (unlikely(!zero)) memset(arena_start(s), 0, bytes); /* blocks are cut from zero pages only */
#else
  (void)zero;
#endif
  s->next = free_runs[k];
  free_runs[k] = s;
  return bytes;
}

/* Under the lock: the addresses of all of the run are ours again; false where they cannot be had. */
static bool reopen(struct hak_slab *s) {
  for (unsigned i = 0; i < s->run_slabs; i++) {
    if (likely(!s[i].closed)) continue;
    if (!ss_os_take(arena_start(&s[i]), HAK_SLAB_BYTES)) return false;
    s[i].closed = 0;
  }
  return true;
}

/* Under the lock: a run without pages. */
static struct hak_slab *cold_run(unsigned slabs) {
  unsigned k = length_index(slabs);
  struct hak_slab *s = free_runs[k];
  if (s != NULL) {
    free_runs[k] = s->next;
    warm_pool_missed((size_t)slabs << HAK_SLAB_SHIFT);
  } else {
    s = split_run(k);
  }
  if (likely(s == NULL || !any_closed)) return s != NULL ? s : fresh_run(slabs);
  if (reopen(s)) return s;
  /* somebody's mapping lies there, or no more may be mapped at all */
  s->next = free_runs[k];
  free_runs[k] = s;
  return fresh_run(slabs);
}

/* Under the lock, with nothing in the warm pool: free slabs make runs as long as they can. */
static void join_runs(void) {
  memset(free_runs, 0, sizeof free_runs);
  for (size_t i = next_slab, slabs; i > 0; i -= slabs) { /* so that the lowest come first */
    slabs = 1;
    if (hak_arena_tags[i - 1] != 0) continue;
    while (slabs < 1u << (RUN_LENGTHS - 1) && i % (2 * slabs) == 0) {
      size_t k = slabs;
      while (k < 2 * slabs && hak_arena_tags[i - 1 - k] == 0) k++;
      if (k < 2 * slabs) break;
      slabs *= 2;
    }
    struct hak_slab *s = &hak_arena_meta[i - slabs];
    unsigned k = length_index((unsigned)slabs);
    s->run_slabs = (uint8_t)slabs;
    s->next = free_runs[k];
    free_runs[k] = s;
  }
}

size_t superslab_close(void) {
  size_t closed = 0;
  hak_lock(&arena_lock);
  for (struct hak_slab *s; (s = warm_pool_drain()) != NULL;) give_back(s);
  join_runs();
  if (ss_os_maps_full()) {
    hak_unlock(&arena_lock);
    return 0;
  }
  for (unsigned k = 0; k < RUN_LENGTHS; k++)
    for (struct hak_slab *s = free_runs[k]; s != NULL; s = s->next)
      for (unsigned i = 0; i < s->run_slabs; i++) {
        if (s[i].closed || !ss_os_unmap(arena_start(&s[i]), HAK_SLAB_BYTES)) continue;
        s[i].closed = 1;
        any_closed = true;
        closed += HAK_SLAB_BYTES;
      }
  closed += arena_shrink(next_slab);
  hak_unlock(&arena_lock);
  return closed;
}

struct hak_slab *superslab_acquire(unsigned run) {
  unsigned slabs = hak_run_slabs(run);
  hak_lock(&arena_lock);
  struct hak_slab *s = warm_pool_take(run), *other;
  bool warm = s != NULL;
  if (!warm) s = cold_run(slabs);
  /* the arena is used up: warm runs of other lengths are what there still is */
  while (unlikely(s == NULL) && (other = warm_pool_drain()) != NULL) {
    give_back(other);
    s = cold_run(slabs);
  }
  if (s != NULL) {
    size_t first = (size_t)(s - hak_arena_meta);
    for (unsigned i = 0; i < slabs; i++) {
      s[i].head_distance = (uint8_t)i;
      __atomic_store_n(&hak_arena_tags[first + i], (uint16_t)(run << HAK_TAG_SHIFT), __ATOMIC_RELAXED);
    }
    s->free = NULL;
    s->next = s->prev = NULL;
    s->used = s->carved = 0;
    s->used_sum = 0;
    __atomic_store_n(&s->carved_units, 0, __ATOMIC_RELAXED);
    s->capacity = run < HAK_CLASSES ? (uint32_t)((slabs << HAK_SLAB_SHIFT) / hak_class_size(run)) : 0;
    s->size_class = (uint16_t)run;
    s->room_class = (uint8_t)(run < HAK_TINY_CLASSES ? run : HAK_ROOM_OWN(run));
    s->listed = 0;
    if (!warm) s->warm_class = 0;
    out_add((size_t)slabs << HAK_SLAB_SHIFT);
    bytes_weighed += run_weight(run, slabs);
  }
  hak_unlock(&arena_lock);
  if (s == NULL) errno = ENOMEM;
  return s;
}

void superslab_release(struct hak_slab *s) {
  unsigned slabs = s->run_slabs;
  size_t first = (size_t)(s - hak_arena_meta);
  hak_lock(&arena_lock);
  /* relaxed: a correct program frees no block of this run any more; a wrong one finds tag 0 */
  for (unsigned i = 0; i < slabs; i++) __atomic_store_n(&hak_arena_tags[first + i], 0, __ATOMIC_RELAXED);
  atomic_store_explicit(&s->owner, NULL, memory_order_relaxed);
  unsigned run = s->size_class;
  s->size_class = 0;
  out_add(-((size_t)slabs << HAK_SLAB_SHIFT));
  bytes_weighed -= run_weight(run, slabs);
#if HAKMEM_HARDENED_COMPILED
  (void)run;
  bool warm = false; /* what is not zero in a fresh block was written late */
#else
  bool warm = warm_pool_keep(s, run, bytes_weighed);
#endif
  if (!warm) warm_pool_gave(give_back(s));
  for (int i = 0; i < RUNS_AT_ONCE && warm_pool_over(bytes_weighed); i++) warm_pool_gave(give_back(warm_pool_drain()));
  hak_unlock(&arena_lock);
}

size_t superslab_trim(void) {
  size_t given = 0;
  struct hak_slab *s;
  hak_lock(&arena_lock);
  while ((s = warm_pool_drain()) != NULL) given += give_back(s);
  warm_pool_forget();
  hak_unlock(&arena_lock);
  return given;
}

size_t superslab_live(void) { return __atomic_load_n(&bytes_out, __ATOMIC_RELAXED); }
size_t superslab_kept(void) { return warm_pool_bytes(); }

size_t superslab_shed(size_t bytes, unsigned spare_slabs) {
  size_t given = 0;
  struct hak_slab *s;
  hak_lock(&arena_lock);
  while (given < bytes && (s = warm_pool_shed(spare_slabs)) != NULL) given += give_back(s);
  hak_unlock(&arena_lock);
  return given;
}

void superslab_tick(void) {
  struct hak_slab *s;
  if (likely(!warm_pool_due()) || !hak_trylock(&arena_lock)) return;
  for (int i = 0; i < RUNS_AT_ONCE && (s = warm_pool_expired()) != NULL; i++) give_back(s);
  hak_unlock(&arena_lock);
}

size_t superslab_bytes(void) {
  hak_lock(&arena_lock);
  size_t n = bytes_out;
  hak_unlock(&arena_lock);
  return n;
}

void superslab_lock_all(void) { hak_lock(&arena_lock); }
void superslab_unlock_all(void) { hak_unlock(&arena_lock); }

#if HAKMEM_CHECKS
static size_t check_run(size_t i) {
  const struct hak_slab *s = &hak_arena_meta[i];
  unsigned c = hak_arena_tags[i] >> HAK_TAG_SHIFT;
  if (c >= HAK_RUN_CLASSES || s->size_class != c || s->head_distance != 0 || s->run_slabs != hak_run_slabs(c))
    hak_panic("check: a run's metadata disagrees with its tag", s);
  if (c < HAK_CLASSES &&
      (s->used > s->carved || s->carved > s->capacity || s->carved_units != s->carved * (hak_class_size(c) / 16)))
    hak_panic("check: a run's counts are impossible", s);
  for (size_t k = 1; k < s->run_slabs; k++)
    if (hak_arena_tags[i + k] >> HAK_TAG_SHIFT != c || s[k].head_distance != k)
      hak_panic("check: a run's members disagree with its head", s);
  return s->run_slabs;
}

void superslab_check(void) {
  size_t bytes = 0;
  hak_lock(&arena_lock);
  for (size_t i = 0; i < next_slab;) {
    size_t slabs = hak_arena_tags[i] != 0 ? check_run(i) : 1;
    if (hak_arena_tags[i] != 0) bytes += slabs << HAK_SLAB_SHIFT;
    i += slabs;
  }
  if (bytes != bytes_out) hak_panic("check: the arena's bytes disagree with its runs", NULL);
  for (unsigned k = 0; k < RUN_LENGTHS; k++)
    for (const struct hak_slab *s = free_runs[k]; s != NULL; s = s->next)
      if (s->run_slabs != 1u << k || hak_arena_tags[s - hak_arena_meta] != 0)
        hak_panic("check: a free run is handed out", s);
  warm_pool_check();
  hak_unlock(&arena_lock);
}

size_t superslab_slabs_touched(void) { return next_slab; }
#endif
