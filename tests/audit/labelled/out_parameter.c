/* SPDX-License-Identifier: GPL-3.0-or-later */
// Handed out through a pointer of the caller: as one that returns it, by the name of the function.
// EXPECT g_allocs TELEMETRY
// EXPECT g_level UNKNOWN
// A caller within the program is followed, whatever the name. EXPECT g_pressure CORRECTNESS
// What the function itself reads back counts. EXPECT g_read_back CORRECTNESS
// An atomic in the caller's memory is not for this. EXPECT *argument_1_of_pool_stats_reset UNKNOWN
#include <stdatomic.h>
#include <stddef.h>
#include <stdlib.h>
static _Atomic unsigned long g_allocs, g_level, g_pressure, g_read_back;
void pool_stats(unsigned long *out);
void pool_stats(unsigned long *out) { *out = atomic_load(&g_allocs); }
void pool_level(unsigned long *out);
void pool_level(unsigned long *out) { *out = atomic_load(&g_level); }
void pool_pressure_stats(unsigned long *out);
void pool_pressure_stats(unsigned long *out) { *out = atomic_load(&g_pressure); }
void pool_back_stats(unsigned long *out);
void pool_back_stats(unsigned long *out)
{
  *out = atomic_load(&g_read_back);
  if (*out > 7) abort();
}
void pool_stats_reset(_Atomic unsigned long *counter);
void pool_stats_reset(_Atomic unsigned long *counter) { atomic_store(counter, 0); }
void pool_take(void);
void pool_take(void)
{
  unsigned long now;
  atomic_fetch_add(&g_allocs, 1);
  atomic_fetch_add(&g_level, 1);
  atomic_fetch_add(&g_read_back, 1);
  atomic_fetch_add(&g_pressure, 1);
  pool_pressure_stats(&now);
  if (now > 100) abort();
}
