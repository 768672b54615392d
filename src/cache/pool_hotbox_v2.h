/* SPDX-License-Identifier: MIT */
/* pool_hotbox_v2.h: a per-thread front of the mid-size pool, behind the environment switch
 * HAKMEM_POOL_V2_ENABLED (off by default, read once when the allocator starts).
 *
 * The unified cache links free blocks through their first word, so each free of a mid-size block
 * touches the block. The hotbox is an array of pointers: a block that goes in and out again is
 * never touched by the allocator. Owns the thread's arrays and, behind the gate
 * pool-hotbox-v2-stats (phase 29), their counters; blocks come from and go to the unified cache.
 * Only the owning thread touches its arrays. */
#ifndef POOL_HOTBOX_V2_H
#define POOL_HOTBOX_V2_H

#include <stdatomic.h>

#include "base/hak_config.h"

/* HAKMEM_POOL_V2_ENABLED as read by pool_hotbox_v2_init; false before. */
HAK_INTERNAL extern _Atomic bool pool_hotbox_v2_enabled;

/* Reads the environment. Once, before the first block exists. */
HAK_INTERNAL void pool_hotbox_v2_init(void);
/* A block of pool class c (HAK_TINY_CLASSES or above); NULL with errno ENOMEM. */
HAK_INTERNAL void *pool_hotbox_v2_alloc(unsigned c);
/* Takes back a block of pool class c where hak_tls.pool is NULL: into the hotbox, or the thread has no heap
 * (yet). Ends the program where it is in the hotbox, or the last in the cache, already. */
HAK_INTERNAL void pool_hotbox_v2_give(unsigned c, void *block);
/* All of the calling thread's blocks go to its unified cache. */
HAK_INTERNAL void pool_hotbox_v2_flush(void);
#if HAKMEM_CHECKS
HAK_INTERNAL void pool_hotbox_v2_check(void);
#endif

#if HAKMEM_POOL_HOTBOX_V2_STATS_COMPILED
/* For each pool class, ci = class - HAK_TINY_CLASSES. Calls are counted on entry. */
struct pool_hotbox_v2_stats {
  uint64_t alloc_calls, alloc_fast;   /* fast: the array had a block */
  uint64_t alloc_refill;              /* refills that brought more than the block asked for */
  uint64_t alloc_refill_blocks;       /* what they brought besides that block */
  uint64_t alloc_slow;                /* the unified cache was empty too: batch refill */
  uint64_t alloc_fail;                /* out of memory */
  uint64_t free_calls, free_fast;     /* fast: the array had room */
  uint64_t free_spill;                /* array full */
  uint64_t free_spill_blocks;         /* blocks that left for the unified cache */
  uint64_t flush_calls, flush_blocks; /* thread exits and trims, and the blocks they moved */
};
extern HAK_EXPORT struct pool_hotbox_v2_stats g_pool_hotbox_v2_stats[HAK_POOL_CLASSES];
#endif
/* Prints the counters; nothing where they are compiled out. */
HAK_INTERNAL void pool_hotbox_v2_stats_print(void);

#endif
