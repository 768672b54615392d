/* SPDX-License-Identifier: GPL-3.0-or-later */
// An exported getter of statistics. EXPECT g_allocs TELEMETRY
#include <stdatomic.h>
static _Atomic unsigned long g_allocs;
unsigned long pool_stats_allocs(void);
unsigned long pool_stats_allocs(void) { return atomic_load(&g_allocs); }
void pool_take(void);
void pool_take(void) { atomic_fetch_add(&g_allocs, 1); }
