/* SPDX-License-Identifier: MIT */
/* large_kept.h: freed mappings that keep their pages, because mapping and touching them again is dear.
 *
 *   | used by the block | touched in earlier lives (to `warm`) | never touched (to `bytes`) |
 *
 * What a kept mapping may hold resident is its weight: all that was ever handed out of it. Which pages
 * are is not asked (mincore): programs may run where that ends them.
 *
 * All of this is called under the lock of large.c, but for kept_space, kept_bytes_now and kept_regret_over. A hardened
 * build keeps nothing. live: the bytes of large blocks in use. */
#ifndef LARGE_KEPT_H
#define LARGE_KEPT_H

#include "large/large_mapping.h"

#if !HAKMEM_HARDENED_COMPILED
/* The bytes to map for a block: up to a power of two, so that the mapping fits later blocks too.
 * What is never touched costs address space only. */
HAK_INTERNAL size_t kept_space(size_t bytes);
/* A kept mapping of at least so many bytes leaves to serve a block; false for none. */
HAK_INTERNAL bool kept_take(size_t bytes, struct mapping *m);
/* None does: one that is shorter, but not by far, leaves to be made longer; false for none. */
HAK_INTERNAL bool kept_take_shorter(size_t bytes, struct mapping *m);
/* A mapping is made for a block of so many bytes. */
HAK_INTERNAL void kept_missed(size_t bytes);
/* False: there is no room for it, it is to be unmapped. True: kept_shed next. */
HAK_INTERNAL bool kept_give(struct mapping m, size_t live);
/* What may be kept. */
HAK_INTERNAL size_t kept_bytes_max(size_t live);
/* What is kept. Anybody may ask. */
HAK_INTERNAL size_t kept_bytes_now(void);
/* While there is more, the oldest leave, to be unmapped: to gone, room for GONE_MAX. Their count; if
 * it is GONE_MAX there may be more. */
HAK_INTERNAL unsigned kept_shed(size_t most, struct mapping *gone);
/* What left is no reason any more to keep more. */
HAK_INTERNAL void kept_forget(void);
/* Whether more is kept than the bound for a reason that is over: then shed. Cheap, takes no lock. */
HAK_INTERNAL bool kept_regret_over(void);
/* It was shed; more: again at the next tick. */
HAK_INTERNAL void kept_regret_looked(bool more);
# if HAKMEM_CHECKS
HAK_INTERNAL void kept_check(void);
# endif
#endif

#endif
