/* SPDX-License-Identifier: GPL-3.0-or-later */
// The first sixteen are logged. EXPECT g_log_count TELEMETRY
#include <stdatomic.h>
#include <stdio.h>
static _Atomic unsigned g_log_count;
static void odd(int c)
{
  if (atomic_fetch_add_explicit(&g_log_count, 1, memory_order_relaxed) < 16) fprintf(stderr, "odd class %d\n", c);
}
int main(void) { odd(4); return 0; }
