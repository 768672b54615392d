/* SPDX-License-Identifier: MIT */
/* warm_pool.h: empty runs that keep their pages for a while, so that a workload whose
 * live size swings does not ask the kernel for the same pages again and again: a page that was
 * given back costs a fault (0.5 to 10 us on a virtual machine) when it is touched again.
 *
 * Time is cut into windows. What stayed in the pool for the whole of one was not needed in it
 * (the pool's low-water mark) and goes back to the kernel at the first tick (superslab.h) of the
 * next. Everything here but warm_pool_due and warm_pool_bytes is called under the arena's lock. */
#ifndef WARM_POOL_H
#define WARM_POOL_H

#include "base/hak_config.h"

struct hak_slab;

/* At most half of what is handed out stays warm in the whole process, within these bounds; when
 * that falls, the pool falls with it. */
#define WARM_POOL_BYTES_MIN ((size_t)512 << 10)
#define WARM_POOL_BYTES_MAX ((size_t)64 << 20)
#define WARM_POOL_WINDOW_NS 250000000u
/* What was given back for want of room and is asked for again within one to two windows was worth
 * keeping: a program that works in bursts. So many times as much may stay from then on (the next
 * burst is likely to miss more than this one did so far), until nobody has taken a warm run for
 * so long; the windows still say what goes. A burst that stands alone leaves no more than the
 * bounds above. */
#define WARM_POOL_REGRET_TIMES 4u
#define WARM_POOL_REGRET_MAX ((size_t)256 << 20)
#define WARM_POOL_REGRET_NS 1000000000u

/* A warm run for what superslab_acquire is asked for, or NULL. */
HAK_INTERNAL struct hak_slab *warm_pool_take(unsigned run);
/* Keeps what was such a run if there is room; live: bytes of runs that are handed out. */
HAK_INTERNAL bool warm_pool_keep(struct hak_slab *slab, unsigned run, size_t live);
/* Bytes went to the kernel because there was no room for them. */
HAK_INTERNAL void warm_pool_gave(size_t bytes);
/* A run of that many bytes is handed out whose pages were given back once. */
HAK_INTERNAL void warm_pool_missed(size_t bytes);
/* What was given back is no reason any more to keep more. */
HAK_INTERNAL void warm_pool_forget(void);
/* Whether the pool holds more than it may: drain it. */
HAK_INTERNAL bool warm_pool_over(size_t live);
/* Whether there is anything to give back now; cheap, takes no lock. */
HAK_INTERNAL bool warm_pool_due(void);
/* The coldest run that stayed for a whole window, NULL when there is none (left). */
HAK_INTERNAL struct hak_slab *warm_pool_expired(void);
/* The coldest run of all, NULL when there is none. */
HAK_INTERNAL struct hak_slab *warm_pool_drain(void);
/* The coldest of the length of which there is most, runs of so many slabs last; NULL when there is none. */
HAK_INTERNAL struct hak_slab *warm_pool_shed(unsigned spare_slabs);
/* What it holds. Anybody may ask. */
HAK_INTERNAL size_t warm_pool_bytes(void);

#if HAKMEM_CHECKS
/* Under the arena's lock. */
HAK_INTERNAL void warm_pool_check(void);
#endif

#endif
