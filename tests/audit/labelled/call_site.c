/* SPDX-License-Identifier: GPL-3.0-or-later */
// The row of a helper names the lines that call it. CALL g_hits 11
// CALL g_misses 13
#include <stdatomic.h>
#include <stdio.h>
static _Atomic long g_hits, g_misses;
static void bump(_Atomic long *p) { atomic_fetch_add_explicit(p, 1, memory_order_relaxed); }
static void bump_twice(_Atomic long *p) { bump(p); bump(p); }
int main(void)
{
  bump(&g_hits);
  for (int i = 0; i < 3; i++)
    bump_twice(&g_misses);
  printf("%ld %ld\n", atomic_load(&g_hits), atomic_load(&g_misses));
  return 0;
}
