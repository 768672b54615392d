/* SPDX-License-Identifier: GPL-3.0-or-later */
// An exported getter that does not say what for. EXPECT g_pressure UNKNOWN
#include <stdatomic.h>
static _Atomic unsigned long g_pressure;
unsigned long pool_pressure(void);
unsigned long pool_pressure(void) { return atomic_load(&g_pressure); }
void pool_take(void);
void pool_take(void) { atomic_fetch_add(&g_pressure, 1); }
