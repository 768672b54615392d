/* SPDX-License-Identifier: MIT */
/* superslab_free.h: a block goes back into its slab. Every entry is the site of phase 25;
 * on this design that is when a cache spills, not on every free. */
#ifndef SUPERSLAB_FREE_H
#define SUPERSLAB_FREE_H

#include "heap/hak_heap.h"

/* Puts the block back; an empty slab leaves the heap. Under the owning heap's lock. */
HAK_INTERNAL void superslab_free(struct hak_heap *heap, void *block);
HAK_INTERNAL void superslab_free_stats_print(void);

#endif
