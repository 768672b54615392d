/* SPDX-License-Identifier: MIT */
/* refill_p0.h: P0 batch refill: what a miss of the unified cache does. */
#ifndef REFILL_P0_H
#define REFILL_P0_H

#include "base/hak_config.h"

/* Fills the thread's cache of class c and returns one block; NULL with errno ENOMEM. */
HAK_INTERNAL HAK_APART void *p0_refill(unsigned c);
/* The same, but the block is certainly of class c, not of a larger one. */
HAK_INTERNAL HAK_APART void *p0_refill_exactly(unsigned c);
HAK_INTERNAL void p0_stats_print(void);

#endif
