/* SPDX-License-Identifier: GPL-3.0-or-later */
// Flow control that is named and shaped like a statistic. EXPECT g_stats_queued_count CORRECTNESS
#include <stdatomic.h>
#include <stdlib.h>
static _Atomic long g_stats_queued_count;
static void *queue[64];
static void drain(void) { for (int i = 0; i < 64; i++) { free(queue[i]); queue[i] = NULL; } }
void put(void *p, int slot)
{
  atomic_fetch_add_explicit(&g_stats_queued_count, 1, memory_order_relaxed);
  queue[slot & 63] = p;
  if (atomic_load_explicit(&g_stats_queued_count, memory_order_relaxed) > 32) drain();
}
int main(void) { put(malloc(3), 2); return 0; }
