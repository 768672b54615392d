/* SPDX-License-Identifier: MIT */
/* arena.c: see arena.h. Which part of the range may be touched: it grows from its start in steps. */
#include "slab/arena.h"

#include <errno.h>
#include <sys/auxv.h>

#include "os/os_memory.h"

/* Steps by which the arena grows: where a process may map little, or has to account for what could be
 * written (mlockall, no overcommit, RLIMIT_DATA), the least that will do. */
enum { STEP_MOST = 256, STEP_LEAST = HAK_MAP_SLABS, SIDE_STEP = 65536 };
/* A range of so many slabs or less spends no megabytes on what lies between its parts. */
enum { SMALL_SLABS = 1024 };
/* Nothing is reserved: addresses count where they are limited (RLIMIT_AS), core dumps and accounting see
 * them. The range starts somewhere between what programs, and what mmap without an address, use on
 * 64-bit systems: 2^25 places. Where that cannot be had (fewer address bits, sanitizers) the kernel
 * chooses a place that is reserved. */
static const uintptr_t place_first = (uintptr_t)1 << 44, place_bytes = (uintptr_t)1 << 46;
enum { PLACES = 4 };

uintptr_t hak_arena_base;
uint16_t *hak_arena_tags;
size_t hak_arena_slabs;
#if !HAK_BLOCK_HEADER
size_t hak_arena_units;
#endif
struct hak_slab *hak_arena_meta;
struct hak_span_map *hak_arena_spans;
uint64_t hak_class_reciprocal[HAK_CLASSES];
uint32_t hak_class_usable[HAK_CLASSES];

static bool reserved;
static size_t range_slabs;                    /* so many there may be */
static char *meta_end, *tags_end, *spans_end; /* may be touched to here */

static bool take(void *start, size_t bytes) { return reserved ? ss_os_allow(start, bytes) : ss_os_take(start, bytes); }

/* The array may be touched up to this address. */
static bool open_side(char **end, const void *to) {
  if (likely((const char *)to <= *end)) return true;
  size_t bytes = ((size_t)((const char *)to - *end) + SIDE_STEP - 1) & ~(size_t)(SIDE_STEP - 1);
  if (!take(*end, bytes)) return false;
  *end += bytes;
  return true;
}

/* release: a thread that sees the size also sees base and tags; whoever holds a block sees a size that
 * covers it */
static void set_end(size_t end) {
#if !HAK_BLOCK_HEADER
  __atomic_store_n(&hak_arena_units, end << (HAK_SLAB_SHIFT - 4), __ATOMIC_RELEASE);
#endif
  __atomic_store_n(&hak_arena_slabs, end, __ATOMIC_RELEASE);
}

static bool open_step(size_t end) {
  size_t from = hak_arena_slabs;
  if (!open_side(&meta_end, &hak_arena_meta[end]) || !open_side(&tags_end, &hak_arena_tags[end]) ||
      !open_side(&spans_end, &hak_arena_spans[(end + HAK_MAP_SLABS - 1) / HAK_MAP_SLABS]) ||
      !take((void *)(hak_arena_base + (from << HAK_SLAB_SHIFT)), (end - from) << HAK_SLAB_SHIFT))
    return false;
  set_end(end);
  return true;
}

bool arena_open(size_t slabs) {
  if (likely(slabs <= hak_arena_slabs)) return true;
  for (size_t step = STEP_MOST; step >= STEP_LEAST; step /= 2) {
    size_t end = (slabs + step - 1) & ~(step - 1);
    if (end <= range_slabs && open_step(end)) return true;
  }
  return false;
}

size_t arena_shrink(size_t slabs) {
  size_t end = (slabs + STEP_LEAST - 1) & ~(size_t)(STEP_LEAST - 1), had = hak_arena_slabs;
  if (reserved || end >= had) return 0;
  size_t bytes = (had - end) << HAK_SLAB_SHIFT;
  set_end(end);
  if (ss_os_unmap((void *)(hak_arena_base + (end << HAK_SLAB_SHIFT)), bytes)) return bytes;
  set_end(had);
  return 0;
}

/* Blocks, then each array with an untouchable rest of its own. */
static size_t lay_out(uintptr_t base, size_t slabs) {
  size_t apart = slabs > SMALL_SLABS ? HAK_SUPERSLAB_BYTES : 2 * SIDE_STEP;
  uintptr_t at = base + (slabs << HAK_SLAB_SHIFT) + apart;
  hak_arena_meta = (struct hak_slab *)at;
  at += (slabs * sizeof(struct hak_slab) + apart) & ~(uintptr_t)(SIDE_STEP - 1);
  hak_arena_tags = (uint16_t *)at;
  at += (slabs * sizeof(uint16_t) + apart) & ~(uintptr_t)(SIDE_STEP - 1);
  hak_arena_spans = (struct hak_span_map *)at;
  at += (slabs / HAK_MAP_SLABS * sizeof(struct hak_span_map) + apart) & ~(uintptr_t)(SIDE_STEP - 1);
  meta_end = (char *)hak_arena_meta;
  tags_end = (char *)hak_arena_tags;
  spans_end = (char *)hak_arena_spans;
  hak_arena_base = base;
  range_slabs = slabs;
  return at - base;
}

#if !HAK_SANITIZED && UINTPTR_MAX > UINT32_MAX
/* Anew in each process as far as the kernel places mappings anew, and only so far. */
static bool place(void) {
  uint64_t seed = (uintptr_t)&hak_arena_base ^ (uint64_t)getauxval(AT_SYSINFO_EHDR) << 12;
  for (int i = 0; i < PLACES; i++) {
    seed = (seed ^ seed >> 29) * 0xbf58476d1ce4e5b9u + 1; /* from splitmix64 (Steele, Lea, Flood 2014) */
    uintptr_t offset = (uintptr_t)(seed >> 7) % place_bytes & ~(uintptr_t)(HAK_SUPERSLAB_BYTES - 1);
    lay_out(place_first + offset, HAK_ARENA_BYTES_MAX >> HAK_SLAB_SHIFT);
    if (arena_open(1)) return true;
  }
  return false;
}
#else
static bool place(void) { return false; }
#endif

bool arena_init(void) {
  for (unsigned c = 1; c < HAK_CLASSES; c++) {
    size_t size = hak_class_size(c);
    hak_class_reciprocal[c] = UINT64_MAX / size + 1;
    hak_class_usable[c] = (uint32_t)(hak_class_has_end(c) ? size - HAK_END_BYTES + 1 : size);
  }
  reserved = false;
  if (place()) return true;
  reserved = true;
  /* of little that may be mapped half is left for large blocks */
  size_t most = ss_os_limit();
  if (most >> HAK_SLAB_SHIFT <= 2 * SMALL_SLABS) most /= 2;
  for (size_t bytes = HAK_ARENA_BYTES_MAX; bytes >= HAK_ARENA_BYTES_MIN; bytes >>= 1) {
    size_t slabs = bytes >> HAK_SLAB_SHIFT;
    uintptr_t apart = slabs > SMALL_SLABS ? HAK_SUPERSLAB_BYTES : HAK_MAP_SLABS * HAK_SLAB_BYTES;
    if (bytes > most && bytes > HAK_ARENA_BYTES_MIN) continue;
    size_t whole = lay_out(0, slabs) + apart;
    char *p = ss_os_reserve(whole);
    if (p == NULL) continue;
    /* with something before it that may not be touched: an underflow of the first block traps */
    lay_out(((uintptr_t)p + apart) & ~(apart - 1), slabs);
    if (arena_open(1)) return true;
    ss_os_unmap(p, whole);
  }
  errno = ENOMEM;
  return false;
}

void *arena_span_start(const void *p) {
  const struct hak_span_map *m = arena_map_of(p);
  unsigned at = arena_granule(p), start = at;
  /* by the classes alone: within a block in use they do not change, as bits do that share a word */
  while (start > 0 && m->class_at[start] == 0 && at - start < HAK_POOL_MAX / HAK_GRANULE_BYTES) start--;
  if (at - start >= hak_class_size(m->class_at[start]) / HAK_GRANULE_BYTES) return NULL;
  return (void *)(((uintptr_t)p & ~(uintptr_t)(HAK_GRANULE_BYTES - 1)) - ((size_t)(at - start) << HAK_GRANULE_SHIFT));
}
