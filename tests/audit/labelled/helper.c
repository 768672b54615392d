/* SPDX-License-Identifier: GPL-3.0-or-later */
// One helper, two counters: each has its own class. EXPECT g_shown TELEMETRY
// EXPECT g_limit CORRECTNESS
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
static _Atomic long g_shown, g_limit;
static void bump(_Atomic long *p) { atomic_fetch_add_explicit(p, 1, memory_order_relaxed); }
int main(void)
{
  bump(&g_shown);
  bump(&g_limit);
  printf("%ld\n", atomic_load(&g_shown));
  if (atomic_load(&g_limit) > 9) exit(3);
  return 0;
}
