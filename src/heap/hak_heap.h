/* SPDX-License-Identifier: MIT */
/* hak_heap.h: who owns slabs. Each thread that allocates has a heap; a heap holds, for each
 * class, the slabs that still have room. A heap outlives its thread: the next new thread adopts
 * it, so a slab's owner is always a valid heap.
 *
 * The heap's lock guards its slabs' metadata. Its thread takes it once a batch (refill, spill),
 * uncontended; others take it only to look after a heap whose thread sleeps or is gone. */
#ifndef HAK_HEAP_H
#define HAK_HEAP_H

#include <stdatomic.h>

#include "base/hak_config.h"
#include "base/hak_lock.h"
#include "slab/arena.h"
#include "thread/unified_cache.h"

/* Written by the holder of the heap's lock, read by anybody who wants a hint. */
struct hak_heap_class {
  _Atomic uint32_t used; /* blocks that are neither on a slab's list nor uncarved */
  _Atomic uint32_t runs;
};

struct hak_heap {
  hak_lock_t lock;
  _Atomic bool orphan;          /* its thread is gone; written under heaps_lock and lock */
  _Atomic(void *) remote_head;  /* batches from other threads (remote target queue) */
  _Atomic int64_t remote_bytes; /* what waits in remote_head */
  struct hak_heap *next_all;    /* all heaps there ever were */
  struct hak_heap *next_orphan;
  struct hak_slab *room[HAK_ROOMS]; /* slabs with a free or uncarved block, by class; runs that
                                       mid-size classes share, by the largest that may fit into
                                       one of their holes, 0 where none does;
                                       those of one such class (HAK_ROOM_OWN) */
  struct hak_heap_class of[HAK_RUN_CLASSES];
  size_t span_pages, span_granules;         /* of runs of spans: touched, in use */
  size_t span_given, span_regretted;        /* pages given back; so many more may stay (pool_span.c) */
  uint32_t span_looks;                      /* frees that found too much resident */
  uint64_t span_given_end, span_regret_end; /* when these are forgotten, by the coarse clock */
  struct hak_more more;                     /* its thread's alone, whose it is from adoption on */
};

/* Under the heap's lock: no read-modify-write is needed. */
HAK_INLINE void hak_heap_used_add(struct hak_heap *heap, unsigned c, int32_t blocks) {
  uint32_t used = atomic_load_explicit(&heap->of[c].used, memory_order_relaxed);
  atomic_store_explicit(&heap->of[c].used, used + (uint32_t)blocks, memory_order_relaxed);
}
HAK_INLINE void hak_heap_runs_add(struct hak_heap *heap, unsigned c, int32_t runs) {
  uint32_t n = atomic_load_explicit(&heap->of[c].runs, memory_order_relaxed);
  atomic_store_explicit(&heap->of[c].runs, n + (uint32_t)runs, memory_order_relaxed);
}
/* Whether the program uses less than a sixteenth of the heap's runs of class c alone, of which there
 * are several: the few blocks that caches and queues hold then keep whole slabs resident. held:
 * how many of the used blocks are known to be held there. */
HAK_INLINE bool hak_heap_sparse(const struct hak_heap *heap, unsigned c, int64_t held) {
  /* relaxed: a hint; whoever acts on it takes locks */
  int64_t used = atomic_load_explicit(&heap->of[c].used, memory_order_relaxed);
  uint64_t runs = atomic_load_explicit(&heap->of[c].runs, memory_order_relaxed);
  uint64_t live = used > held ? (uint64_t)(used - held) : 0;
  return runs >= 2 && live * hak_class_size(c) * 16 < (runs * hak_run_slabs(c)) << HAK_SLAB_SHIFT;
}

/* A heap for a thread that has none: one whose thread is gone, or a new one. NULL where the kernel gives
 * no memory. */
HAK_INTERNAL struct hak_heap *hak_heap_adopt(void);
/* The heap's thread is gone, and another may adopt it. */
HAK_INTERNAL void hak_heap_leave(struct hak_heap *heap);
/* Puts a slab into or takes it out of the list of those with room. Under the heap's lock. */
HAK_INTERNAL void hak_heap_list(struct hak_heap *heap, struct hak_slab *slab);
HAK_INTERNAL void hak_heap_unlist(struct hak_heap *heap, struct hak_slab *slab);
/* Calls visit for each heap, its lock held. */
HAK_INTERNAL void hak_heap_each(void (*visit)(struct hak_heap *heap, void *arg), void *arg);
/* Around fork: all locks of all heaps; in the child the other threads' heaps become orphans. */
HAK_INTERNAL void hak_heap_before_fork(void);
HAK_INTERNAL void hak_heap_after_fork(bool child);

#endif
