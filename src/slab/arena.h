/* SPDX-License-Identifier: MIT */
/* arena.h: from an address to what is known of it: one range of addresses cut into 2 MB superslabs, these
 * into 64 KB slabs. It grows from its start; what lies behind the end is nobody's.
 *
 * Owns the range, the flat tag table (address to class in one load), the slab metadata in a
 * dense side array, and beside it the maps of the runs that hold blocks of several classes. Which
 * slabs are handed out is superslab.h's business, who owns their blocks the heap's (hak_heap.h). */
#ifndef ARENA_H
#define ARENA_H

#include <stdatomic.h>

#include "base/hak_config.h"
#include "base/hak_size_class.h"

struct hak_heap;

/* Metadata of a run of slabs, kept at the index of its first slab. All fields belong to the
 * holder of the owning heap's lock, but for owner, which anybody may read. */
struct hak_slab {
  void *free;                       /* blocks given back, linked through their first word */
  struct hak_slab *next, *prev;     /* in the owner's list of slabs with room */
  _Atomic(struct hak_heap *) owner; /* NULL while the run is nobody's */
  uint32_t used;                    /* blocks that are neither on free nor uncarved */
  union {
    uint32_t carved;   /* blocks cut so far: only touched pages count */
    uint32_t granules; /* of a run of spans: in use */
  };
  uint32_t capacity;
  uint32_t carved_units; /* carved, in units of 16 bytes; anybody may read it */
  uint16_t size_class;   /* of its blocks, or HAK_RUN_SPANS_…; 0: free run */
  uint8_t run_slabs;     /* length of the run */
  uint8_t head_distance; /* slabs back to the head of the run, for its other members */
  uint8_t listed;        /* in the owner's list */
  uint8_t warm_class;    /* size_class of a run when it came into the warm pool; 0: none */
  uint8_t room_class;    /* which of the owner's lists it belongs into */
  uint8_t closed;        /* this one slab, free: not even its addresses are ours (superslab.c) */
  uint64_t used_sum;     /* of arena_sum() over the used blocks: which they are */
};

/* Of as many slabs as the longest run that may hold spans has: which granules belong to a block, and
 * of what class. Granules and pages are numbered within these 512 KB. Each run's part is written
 * under its owner's lock, and lies in words of its own; whoever holds a block may read its first
 * granule's class. */
#define HAK_GRANULE_SHIFT 8
#define HAK_GRANULE_BYTES ((size_t)1 << HAK_GRANULE_SHIFT)
#define HAK_SLAB_GRANULES (1u << (HAK_SLAB_SHIFT - HAK_GRANULE_SHIFT))
#define HAK_MAP_SLABS 8u
#define HAK_MAP_GRANULES (HAK_MAP_SLABS * HAK_SLAB_GRANULES)
struct hak_span_map {
  uint64_t taken[HAK_MAP_GRANULES / 64];
  uint16_t free[HAK_MAP_SLABS];       /* a slab's pages (of 4 KB) none of whose granules is taken */
  uint16_t touched[HAK_MAP_SLABS];    /* those that may have memory behind them */
  uint8_t class_at[HAK_MAP_GRANULES]; /* of the block that starts there; 0: none does */
} __attribute__((aligned(64)));

/* Two sums differ where the blocks do, by all that is likely: a square, so that no two blocks make
 * up for two others at the same distance. units: of 16 bytes, from the start of the run. */
HAK_INLINE uint64_t arena_sum(uint64_t units) { return (units + 1) * (units + 1); }

/* The lists of runs with room (hak_heap.h): one for each class. For mid-size ones that is where
 * shared runs are, and these are the lists of runs of the class alone. */
#define HAK_ROOM_OWN(c) (HAK_CLASSES + (c)-HAK_TINY_CLASSES)
#define HAK_ROOMS (HAK_CLASSES + HAK_POOL_CLASSES)

#define HAK_TAG_ELSEWHERE SIZE_MAX

HAK_INTERNAL extern uintptr_t hak_arena_base;
/* Tag of each slab (hak_size_class.h) by its size_class; 0 where it is not handed out. Written under the arena's lock
 * before the first block of a run is handed out, so whoever holds a block sees its tag. */
HAK_INTERNAL extern uint16_t *hak_arena_tags;
HAK_INTERNAL extern size_t hak_arena_slabs; /* those that may be touched; grows */
#if !HAK_BLOCK_HEADER
HAK_INTERNAL extern size_t hak_arena_units; /* their bytes / 16 */
#endif
HAK_INTERNAL extern struct hak_slab *hak_arena_meta;
HAK_INTERNAL extern struct hak_span_map *hak_arena_spans; /* at the slab's index / HAK_MAP_SLABS */

/* Finds the arena's place; false with errno ENOMEM where not even the least can be had. */
HAK_INTERNAL bool arena_init(void);
/* The slabs below this number, and their metadata, may be touched from now on; false where the kernel
 * refuses. The caller holds the lock of superslab.c. */
HAK_INTERNAL bool arena_open(size_t slabs);
/* The slabs from this number on, none of which was ever handed out, are given up, with their addresses; bytes. The
 * caller holds the same lock. */
HAK_INTERNAL size_t arena_shrink(size_t slabs);

/* The bounds change while other threads look at them, who then see the old ones or the new. */
#if HAK_SANITIZED
# define HAK_BOUND(bound) __atomic_load_n(&(bound), __ATOMIC_RELAXED)
#else
# define HAK_BOUND(bound) (bound)
#endif

/* Index of p's slab; anything outside the arena gives a number >= hak_arena_slabs. */
HAK_INLINE size_t arena_index(const void *p) { return ((uintptr_t)p - hak_arena_base) >> HAK_SLAB_SHIFT; }

HAK_INLINE struct hak_span_map *arena_map_of(const void *p) { return &hak_arena_spans[arena_index(p) / HAK_MAP_SLABS]; }
HAK_INLINE unsigned arena_granule(const void *p) { return ((uintptr_t)p >> HAK_GRANULE_SHIFT) % HAK_MAP_GRANULES; }

HAK_INLINE bool arena_span_taken(const struct hak_span_map *m, unsigned granule) {
  return (m->taken[granule / 64] >> granule % 64 & 1) != 0;
}

/* Class of the block that starts in p's granule, which lies in a run of spans; 0 where none does. */
HAK_INLINE unsigned arena_span_at(const void *p) { return arena_map_of(p)->class_at[arena_granule(p)]; }
/* Start of the block that p lies in, NULL where that is none. */
HAK_INTERNAL HAK_COLD void *arena_span_start(const void *p);

/* Class of the block that p lies in: of a tiny slab that of any block there; in a run of spans a
 * place behind a block's first 256 bytes counts only where addresses further in are handed out. */
HAK_INLINE unsigned arena_class_of(const void *p) {
  size_t i = arena_index(p);
  if (unlikely(i >= HAK_BOUND(hak_arena_slabs))) return 0;
  unsigned c = hak_arena_tags[i] >> HAK_TAG_SHIFT;
  if (c < HAK_CLASSES) return c;
  c = arena_span_at(p);
#if HAK_BLOCK_HEADER
  if (unlikely(c == 0)) {
    const void *start = arena_span_start(p);
    if (start != NULL) c = arena_span_at(start);
  }
#endif
  return c;
}

/* Whether p, in the arena, lies in a run of spans. */
HAK_INLINE bool arena_has_spans(const void *p) {
  return hak_arena_tags[arena_index(p)] >> HAK_TAG_SHIFT >= HAK_CLASSES;
}

/* Whether p lies in a block of such a run. */
HAK_INLINE bool arena_in_span(const void *p) {
  return arena_index(p) < HAK_BOUND(hak_arena_slabs) && arena_has_spans(p) && arena_span_start(p) != NULL;
}

#if !HAK_BLOCK_HEADER /* other builds look at what stands before the block */
/* Tag of p's slab if p is in the arena and aligned, else HAK_TAG_ELSEWHERE. One comparison for
 * both: the low bits become the highest. */
HAK_INLINE size_t arena_tag_of_aligned(const void *p) {
  uintptr_t offset = (uintptr_t)p - hak_arena_base, unit = offset >> 4 | offset << 60;
  return likely(unit < HAK_BOUND(hak_arena_units)) ? hak_arena_tags[unit >> (HAK_SLAB_SHIFT - 4)] : HAK_TAG_ELSEWHERE;
}
#endif

/* The run of a block in the arena. */
HAK_INLINE struct hak_slab *arena_of(const void *p) {
  struct hak_slab *s = &hak_arena_meta[arena_index(p)];
  return s - s->head_distance;
}

/* For class c: 2^64 / size + 1, so that one multiplication says whether the size divides an
 * offset (Lemire, Kaser, Kurz 2019, "Faster remainder by direct computation"). */
HAK_INTERNAL extern uint64_t hak_class_reciprocal[HAK_CLASSES];

/* What the program may use of a block of class c, and 1 more where HAK_END_BYTES lie behind that (block_end.h). */
HAK_INTERNAL extern uint32_t hak_class_usable[HAK_CLASSES];

HAK_INLINE bool arena_divides(unsigned c, uint32_t offset) {
  return offset * hak_class_reciprocal[c] < hak_class_reciprocal[c];
}

/* The same for any pointer: NULL where it lies in no run. */
HAK_INLINE const struct hak_slab *arena_of_checked(const void *p) {
  size_t i = arena_index(p);
  return i < HAK_BOUND(hak_arena_slabs) && hak_arena_tags[i] != 0 ? arena_of(p) : NULL;
}

HAK_INLINE char *arena_start(const struct hak_slab *s) {
  return (char *)(hak_arena_base + ((uintptr_t)(s - hak_arena_meta) << HAK_SLAB_SHIFT));
}

/* Start of the block of class c that p lies in. */
HAK_INLINE void *arena_block_start(const void *p, unsigned c) {
  if (c >= HAK_SPAN_CLASSES && arena_has_spans(p)) return arena_span_start(p);
  char *start = arena_start(arena_of(p));
  uint32_t offset = (uint32_t)((const char *)p - start), size = (uint32_t)hak_class_size(c);
  return start + offset / size * size;
}

/* Whether a block of class c may start at p, in a run of that class alone. One of a single slab starts at a
 * multiple of 64 KB, so that its metadata need not be looked at. */
HAK_INLINE bool arena_starts_own(const void *p, unsigned c) {
  if (likely(c < HAK_SHORT_SPAN_CLASSES) || hak_run_slabs(c) == 1) /* one comparison for most: sizes are random */
    return arena_divides(c, (uint32_t)((uintptr_t)p & (HAK_SLAB_BYTES - 1)));
  return arena_divides(c, (uint32_t)((const char *)p - arena_start(arena_of(p))));
}

/* The same in any run, c being p's class (arena_class_of) and not 0: the cheap half of arena_is_block. */
HAK_INLINE bool arena_starts_block(const void *p, unsigned c) {
  if (c >= HAK_SPAN_CLASSES && arena_has_spans(p))
    return ((uintptr_t)p & (HAK_GRANULE_BYTES - 1)) == 0 && arena_span_at(p) == c;
  return arena_starts_own(p, c);
}

/* Whether p is the start of a block that was handed out some time, in a slab of class c. c is
 * p's class (arena_class_of), not 0. */
HAK_INLINE bool arena_is_block(const void *p, unsigned c) {
  const struct hak_slab *s = arena_of(p);
  if (s->size_class >= HAK_CLASSES) return arena_starts_block(p, c);
  uint32_t offset = (uint32_t)((const char *)p - arena_start(s));
  /* relaxed: whoever holds a block got it after it was carved */
  return arena_divides(c, offset) && offset / 16 < __atomic_load_n(&s->carved_units, __ATOMIC_RELAXED);
}

#endif
