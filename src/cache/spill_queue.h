/* SPDX-License-Identifier: MIT */
/* spill_queue.h: the background spill queue: for each class a lock-free stack of
 * batches that caches spilled and refills take. No thread serves it.
 *
 * g_bg_spill_len is flow control, not a statistic: the free magazine reads it (relaxed) and
 * compares it with g_bg_spill_target to decide whether a batch is queued or goes back into its
 * slabs. All eight atomics on head and len are CORRECTNESS (phase 28). */
#ifndef SPILL_QUEUE_H
#define SPILL_QUEUE_H

#include <stdatomic.h>

#include "base/hak_config.h"

/* Blocks in the queue; may be off by what is on its way. */
HAK_INTERNAL extern _Atomic uint32_t g_bg_spill_len[HAK_CLASSES];
/* Blocks above which nothing more is queued. Constant after init. */
HAK_INTERNAL extern uint32_t g_bg_spill_target[HAK_CLASSES];

HAK_INTERNAL void bg_spill_init(void);
/* Queues a batch of count blocks. */
HAK_INTERNAL void bg_spill_push(unsigned c, void *first, uint32_t count);
/* Takes the newest batch; NULL if there is none. */
HAK_INTERNAL void *bg_spill_pop(unsigned c, uint32_t *count);

#if HAKMEM_CHECKS
/* Nothing may push or pop meanwhile. */
HAK_INTERNAL void bg_spill_check(void);
#endif

#endif
