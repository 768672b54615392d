/* SPDX-License-Identifier: GPL-3.0-or-later */
// A high-water mark kept by a compare-and-swap loop. EXPECT g_live TELEMETRY
// EXPECT g_peak TELEMETRY
#include <stdatomic.h>
#include <stdio.h>
static _Atomic long g_live, g_peak;
static void taken(long bytes)
{
  long now = atomic_fetch_add(&g_live, bytes) + bytes, peak = atomic_load(&g_peak);
  while (now > peak && !atomic_compare_exchange_weak(&g_peak, &peak, now)) { }
}
int main(void) { taken(40); printf("peak %ld\n", atomic_load(&g_peak)); return 0; }
