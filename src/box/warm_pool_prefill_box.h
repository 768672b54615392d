/* SPDX-License-Identifier: MIT */
/* warm_pool_prefill_box.h: a few empty runs that keep their pages, so that a workload at the
 * edge of a slab does not ask the kernel for the same pages again and again. Everything here is
 * called under the arena's lock. */
#ifndef WARM_POOL_PREFILL_BOX_H
#define WARM_POOL_PREFILL_BOX_H

#include "hak_config.h"

struct hak_slab;

/* At most this many bytes stay warm in the whole process. */
#define WARM_POOL_BYTES ((size_t)512 << 10)

/* A warm run of that many slabs, or NULL. */
HAK_INTERNAL struct hak_slab *warm_pool_take(unsigned slabs);
/* Keeps the run if there is room. */
HAK_INTERNAL bool warm_pool_keep(struct hak_slab *slab);

#if HAKMEM_CHECKS
/* Under the arena's lock. */
HAK_INTERNAL void warm_pool_check(void);
#endif

#endif
