/* SPDX-License-Identifier: MIT */
/* free_magazine.h: what happens when a thread's cache is over its target. Owns the targets
 * (how they start, grow and decay) and the choice of where spilled blocks go: the background
 * spill queue while it is below its target length, else back into their slabs, directly or
 * through the owner's remote target queue. */
#ifndef FREE_MAGAZINE_H
#define FREE_MAGAZINE_H

#include <stdatomic.h>

#include "base/hak_config.h"
#include "thread/unified_cache.h"

HAK_INTERNAL void magazine_init(void);
/* The steps of a class's target: the first, and the next larger one up to the class's cap. */
HAK_INTERNAL uint32_t magazine_first_target(unsigned c);
HAK_INTERNAL uint32_t magazine_grow_target(unsigned c, uint32_t target);
/* After a miss or a first free: the thread's target of class c grows by a step. */
HAK_INTERNAL void magazine_raise_target(unsigned c);
/* The thread's cache of class c is over its target: half of it leaves; all of it, and the target
 * falls to the first, where nothing was missed for some spills. */
HAK_INTERNAL HAK_APART void magazine_spill(unsigned c);
/* Frees a mid-size block where the thread has no heap: not yet, or no more. */
HAK_INTERNAL HAK_COLD void magazine_free_early(void *block, unsigned c);
/* Frees a tiny block whose cache had no room and was counted down for it. */
HAK_INTERNAL HAK_APART void magazine_free_full(void *block, unsigned c);
/* The thread gives up class c: at its exit. */
HAK_INTERNAL void magazine_leave(unsigned c);
/* All of the thread's blocks of class c go back into their slabs. */
HAK_INTERNAL void magazine_flush(unsigned c);

/* The mid-size caches hold more than they did before, or than they may together, since a block of class c
 * came: what is not used leaves. */
HAK_INTERNAL HAK_COLD void magazine_scavenge(unsigned c);
/* Takes a block of the mid-size class c that was counted down for, and has no room, by either count. */
HAK_INTERNAL HAK_APART void magazine_put_over(void *block, unsigned c);
/* What all mid-size caches of one thread may hold; no more than the most. */
HAK_INTERNAL extern _Atomic uint32_t magazine_pool_bytes;
#define MAGAZINE_POOL_MOST ((uint32_t)1 << 30)
/* Nothing was at hand of a mid-size class: the next look comes no later than so. */
HAK_INTERNAL void magazine_missed(void);
/* A mid-size block goes into the calling thread's cache. */
HAK_INLINE void magazine_put(struct hak_more *more, void *block, unsigned c) {
  struct hak_pool_cache *p = &more->pool[c - HAK_TINY_CLASSES];
  more->pool_room -= (int32_t)p->bytes;
  p->k.room--;
  if (unlikely((more->pool_room | p->k.room) < 0)) {
    magazine_put_over(block, c);
    return;
  }
  link_set(block, p->k.head);
  p->k.head = block;
  p->k.count++;
  TINY_CLASS_STATS_FREE(c);
}

/* At the end of the program: ends it where a list of the calling thread's is a ring, which is what a block
 * freed twice makes of it, or holds an address that is no block's start. A list that was cut off, or
 * that a signal handler's exit left half done, is not spoken of. */
HAK_INTERNAL void magazine_exit_check(void);

#if HAKMEM_CHECKS
/* The calling thread's caches and targets. */
HAK_INTERNAL void magazine_check(void);
#endif

#endif
