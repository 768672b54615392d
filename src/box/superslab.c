/* SPDX-License-Identifier: MIT */
/* superslab.c: see superslab.h. Free runs of each length are stacks linked through the metadata;
 * a longer run may be split, single slabs are not joined again: nearly all runs are of one. */
#include "box/superslab.h"

#include <errno.h>
#include <string.h>
#include <sys/resource.h>

#include "box/hak_batch.h"
#include "box/warm_pool_prefill_box.h"
#include "hak_lock.h"
#include "os/hak_panic.h"
#include "os/madvise_guard_box.h"
#include "os/ss_os_acquire_box.h"

enum { RUN_LENGTHS = 4 }; /* 1, 2, 4, 8 slabs */
/* What of the reservation may be touched grows in such steps. Pages that may not be touched cost
 * nothing where the program locks all its memory (mlockall), or the kernel counts what could be
 * written (no overcommit). */
enum { OPEN_SLABS = 256, OPEN_PAGE = 65536 };
/* The one-byte header is read before the tag says that the address is a block's. */
#if HAKMEM_BLOCK_HEADER_COMPILED && !HAKMEM_HARDENED_COMPILED
enum { OPEN_ALWAYS = 1 };
#else
enum { OPEN_ALWAYS = 0 };
#endif
/* Given back in one slow path: nobody shall wait long. */
enum { RUNS_AT_ONCE = 32 };

uintptr_t hak_arena_base;
uint16_t *hak_arena_tags;
size_t hak_arena_slabs, hak_arena_units;
struct hak_slab *hak_arena_meta;
struct hak_span_map *hak_arena_spans;
uint64_t hak_class_reciprocal[HAK_CLASSES];

static hak_lock_t arena_lock;
static size_t next_slab;                        /* slabs below were handed out once */
static size_t open_slabs;                       /* these and their metadata may be touched */
static struct hak_slab *free_runs[RUN_LENGTHS]; /* their pages were given back */
static size_t bytes_out;
/* The same for the warm pool's bound. A long run of spans may be all but empty, its free pages given
 * back, and counts as a quarter. */
static size_t bytes_weighed;
static size_t run_weight(unsigned run, unsigned slabs) {
  return ((size_t)slabs << HAK_SLAB_SHIFT) / (run == HAK_RUN_SPANS_LONG ? 4 : 1);
}

static unsigned length_index(unsigned slabs) { return (unsigned)__builtin_ctz(slabs); }

#if HAKMEM_HARDENED_COMPILED
void link_check(const void *block, const void *next) {
  if (unlikely(((uintptr_t)next & (HAK_ALIGN - 1)) != 0 || superslab_class_of(next) != superslab_class_of(block)))
    hak_panic(HAK_LIST_OVERWRITTEN, block);
}
#endif

bool superslab_init(void) {
#if HAKMEM_HARDENED_COMPILED
  hak_secret_init();
#endif
  for (unsigned c = 1; c < HAK_CLASSES; c++) hak_class_reciprocal[c] = UINT64_MAX / hak_class_size(c) + 1;
  /* the tag of address 0's slab is looked up before the arena exists: hak_arena_slabs is 0 */
  /* of a limited address space large blocks and threads' stacks need their part */
  struct rlimit limit;
  size_t most =
      getrlimit(RLIMIT_AS, &limit) == 0 && limit.rlim_cur != RLIM_INFINITY ? (size_t)limit.rlim_cur / 2 : SIZE_MAX;
  for (size_t bytes = HAK_ARENA_BYTES_MAX; bytes >= HAK_ARENA_BYTES_MIN; bytes >>= 1) {
    if (bytes > most && bytes > HAK_ARENA_BYTES_MIN) continue;
    size_t slabs = bytes >> HAK_SLAB_SHIFT;
    size_t meta =
        slabs * (sizeof(struct hak_slab) + sizeof(uint16_t)) + slabs / HAK_MAP_SLABS * sizeof(struct hak_span_map);
    size_t whole = bytes + HAK_SUPERSLAB_BYTES + meta;
    char *p = OPEN_ALWAYS ? ss_os_reserve(whole) : ss_os_reserve_untouchable(whole);
    if (p == NULL) continue;
    /* with something before it that may not be touched: an underflow of the first block traps */
    uintptr_t base = ((uintptr_t)p + HAK_SUPERSLAB_BYTES) & ~(uintptr_t)(HAK_SUPERSLAB_BYTES - 1);
    char *side = (char *)base + bytes;
    char *tags = side + slabs * sizeof(struct hak_slab);
    char *spans = tags + slabs * sizeof(uint16_t);
    /* any address of the arena is looked up here */
    if (!OPEN_ALWAYS && !ss_os_allow(tags, slabs * sizeof(uint16_t))) {
      ss_os_unmap(p, whole);
      continue;
    }
    open_slabs = OPEN_ALWAYS ? slabs : 0;
    hak_arena_meta = (struct hak_slab *)side;
    hak_arena_tags = (uint16_t *)tags;
    hak_arena_spans = (struct hak_span_map *)spans;
    hak_arena_base = base;
    hak_arena_units = bytes / 16;
    /* release: a thread that sees the size also sees base and tags */
    __atomic_store_n(&hak_arena_slabs, slabs, __ATOMIC_RELEASE);
    return true;
  }
  errno = ENOMEM;
  return false;
}

/* Pages may be of up to 64 KB, and what lies around these is open, or will be. */
static bool open_around(void *from, void *to) {
  uintptr_t first = (uintptr_t)from & ~(uintptr_t)(OPEN_PAGE - 1);
  uintptr_t last = ((uintptr_t)to + OPEN_PAGE - 1) & ~(uintptr_t)(OPEN_PAGE - 1);
  return ss_os_allow((void *)first, last - first);
}

/* Under the lock: the slabs below this number may be touched, false where the kernel refuses. */
static bool open_to(size_t slabs) {
  if (likely(slabs <= open_slabs)) return true;
  size_t end = (slabs + OPEN_SLABS - 1) & ~(size_t)(OPEN_SLABS - 1);
  if (!open_around(&hak_arena_meta[open_slabs], &hak_arena_meta[end])) return false;
  if (!open_around(&hak_arena_spans[open_slabs / HAK_MAP_SLABS], &hak_arena_spans[end / HAK_MAP_SLABS])) return false;
  if (!ss_os_allow((void *)(hak_arena_base + (open_slabs << HAK_SLAB_SHIFT)), (end - open_slabs) << HAK_SLAB_SHIFT))
    return false;
  open_slabs = end;
  return true;
}

/* Under the lock: a run out of fresh address space. */
static struct hak_slab *fresh_run(unsigned slabs) {
  size_t first = (next_slab + slabs - 1) & ~(size_t)(slabs - 1);
  if (first + slabs > hak_arena_slabs || !open_to(first + slabs)) return NULL;
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
  bool zero = madvise_guard_release(superslab_start(s), bytes);
#if HAKMEM_HARDENED_COMPILED
  if (unlikely(!zero)) memset(superslab_start(s), 0, bytes); /* blocks are cut from zero pages only */
#else
  (void)zero;
#endif
  s->next = free_runs[k];
  free_runs[k] = s;
  return bytes;
}

/* Under the lock: a run without pages. */
static struct hak_slab *cold_run(unsigned slabs) {
  unsigned k = length_index(slabs);
  struct hak_slab *s = free_runs[k];
  if (s != NULL) {
    free_runs[k] = s->next;
    warm_pool_missed((size_t)slabs << HAK_SLAB_SHIFT);
    return s;
  }
  s = split_run(k);
  return s != NULL ? s : fresh_run(slabs);
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
    bytes_out += (size_t)slabs << HAK_SLAB_SHIFT;
    bytes_weighed += run_weight(run, slabs);
  }
  hak_unlock(&arena_lock);
  if (s == NULL) errno = ENOMEM;
  return s;
}

void *superslab_span_start(const void *p) {
  const struct hak_span_map *m = superslab_map_of(p);
  unsigned at = superslab_granule(p), start = at;
  /* by the classes alone: within a block in use they do not change, as bits do that share a word */
  while (start > 0 && m->class_at[start] == 0 && at - start < HAK_POOL_MAX / HAK_GRANULE_BYTES) start--;
  if (at - start >= hak_class_size(m->class_at[start]) / HAK_GRANULE_BYTES) return NULL;
  return (void *)(((uintptr_t)p & ~(uintptr_t)(HAK_GRANULE_BYTES - 1)) - ((size_t)(at - start) << HAK_GRANULE_SHIFT));
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
  bytes_out -= (size_t)slabs << HAK_SLAB_SHIFT;
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
