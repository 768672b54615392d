/* SPDX-License-Identifier: MIT */
/* pool_span.h: blocks of mid-size classes of which little is in use. All of them up to 8 KB are cut
 * from the same runs of one slab, all above from the same runs of 512 KB, in granules of 256 bytes:
 * what one class gave back serves the next, in part or joined with its neighbours. Runs of one
 * class each would hold the sum of the classes' peaks, which was half as much again in the
 * workload mid-size. (A class of which much is in use has runs of its own: refill_p0.c.)
 *
 * A run's maps (superslab.h) say which granules are taken and by what; they lie outside of the
 * memory that programs write. A block goes to the first hole of a run, the runs with the smallest
 * holes first. Pages that a run's free granules keep resident go back when they are more than what
 * is in use. What does not say that it takes the heap's lock is called under it. */
#ifndef POOL_SPAN_H
#define POOL_SPAN_H

#include "heap/hak_heap.h"

/* Up to want blocks of the class as a list, in *count; more than one only where their pages are
 * resident anyway. c: below HAK_ALIGNED_CLASSES. NULL with errno ENOMEM. */
HAK_INTERNAL void *pool_span_take(struct hak_heap *heap, unsigned c, uint32_t want, uint32_t *count);
/* Gives a block back to its run, which belongs to the heap. Ends the program where no block of
 * the class starts there. */
HAK_INTERNAL void pool_span_free(struct hak_heap *heap, struct hak_slab *run, void *block);
/* Makes a block in a run of spans of the heap one of class c, which is larger, where what follows it is
 * free; else false, and nothing was done. Takes the heap's lock. */
HAK_INTERNAL bool pool_span_grow(struct hak_heap *heap, void *block, unsigned c);
/* A block of class c with as much free behind it, so that it may double, or as the longest one needs; NULL where the
 * runs that there are have no such hole. Takes the heap's lock. */
HAK_INTERNAL void *pool_span_take_roomy(struct hak_heap *heap, unsigned c);
/* Frees a block past the thread's cache, if it lies in a run of spans of the heap; else false. Takes
 * the heap's lock. */
HAK_INTERNAL bool pool_span_free_now(struct hak_heap *heap, void *block);
/* Gives the pages of free granules back; bytes given. */
HAK_INTERNAL size_t pool_span_trim(struct hak_heap *heap);

#if HAKMEM_CHECKS
/* One run's maps against its counts; adds its blocks to used, by class, and its touched pages. */
HAK_INTERNAL void pool_span_check(const struct hak_slab *run, uint32_t *used, size_t *pages);
#endif

#endif
