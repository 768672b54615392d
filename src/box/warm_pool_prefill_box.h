/* SPDX-License-Identifier: MIT */
/* warm_pool_prefill_box.h: empty runs that keep their pages for a while, so that a workload whose
 * live size swings does not ask the kernel for the same pages again and again: a page that was
 * given back costs a fault (0.5 to 10 us on a virtual machine) when it is touched again.
 *
 * Time is cut into windows. What stayed in the pool for the whole of one was not needed in it
 * (the pool's low-water mark) and goes back to the kernel at the first slow path of the next.
 * Everything here but warm_pool_idle is called under the arena's lock. */
#ifndef WARM_POOL_PREFILL_BOX_H
#define WARM_POOL_PREFILL_BOX_H

#include "hak_config.h"

struct hak_slab;

/* At most half of what is handed out stays warm in the whole process, within these bounds; when
 * that falls, the pool falls with it. */
#define WARM_POOL_BYTES_MIN ((size_t)512 << 10)
#define WARM_POOL_BYTES_MAX ((size_t)64 << 20)
#define WARM_POOL_WINDOW_NS 100000000u

/* A warm run of that many slabs, or NULL. */
HAK_INTERNAL struct hak_slab *warm_pool_take(unsigned slabs);
/* Keeps the run if there is room; live: bytes of runs that are handed out. */
HAK_INTERNAL bool warm_pool_keep(struct hak_slab *slab, size_t live);
/* Whether the pool holds more than it may: drain it. */
HAK_INTERNAL bool warm_pool_over(size_t live);
/* Whether there is anything to give back now; cheap, takes no lock. */
HAK_INTERNAL bool warm_pool_due(void);
/* The coldest run that stayed for a whole window, NULL when there is none (left). */
HAK_INTERNAL struct hak_slab *warm_pool_expired(void);
/* The coldest run of all, NULL when there is none. */
HAK_INTERNAL struct hak_slab *warm_pool_drain(void);

#if HAKMEM_CHECKS
/* Under the arena's lock. */
HAK_INTERNAL void warm_pool_check(void);
#endif

#endif
