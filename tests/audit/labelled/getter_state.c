/* SPDX-License-Identifier: GPL-3.0-or-later */
// An exported getter of a state, which is not a statistic. EXPECT g_state UNKNOWN
// EXPECT g_symmetric UNKNOWN
#include <stdatomic.h>
static _Atomic int g_state, g_symmetric;
int pool_state(void);
int pool_state(void) { return atomic_load(&g_state); }
void pool_close(void);
void pool_close(void) { atomic_store(&g_state, 2); }
int pool_symmetric(void);
int pool_symmetric(void) { return atomic_load(&g_symmetric); }
void pool_fold(void);
void pool_fold(void) { atomic_store(&g_symmetric, 1); }
