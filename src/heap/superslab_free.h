/* SPDX-License-Identifier: MIT */
/* superslab_free.h: a block goes back into its slab. Every entry is the site of phase 25;
 * on this design that is when a cache spills, not on every free. */
#ifndef SUPERSLAB_FREE_H
#define SUPERSLAB_FREE_H

#include "heap/hak_heap.h"

/* Puts the block, of class c, back; an empty slab leaves the heap. Under the owning heap's lock. */
HAK_INTERNAL void superslab_free(struct hak_heap *heap, void *block, unsigned c);
/* A list of so many blocks is about to be put back, as far as they are the heap's. What will be looked at lies at the
 * ends of blocks, in lines that no cache has any more: they come while the list is walked, instead of one at a time. */
HAK_INTERNAL void superslab_free_soon(const struct hak_heap *heap, unsigned c, const void *list, uint32_t count);
HAK_INTERNAL void superslab_free_stats_print(void);

#endif
