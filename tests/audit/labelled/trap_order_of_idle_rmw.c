/* SPDX-License-Identifier: GPL-3.0-or-later */
/* EXPECT g_fence CORRECTNESS
 * EXPECT g_mask CORRECTNESS
 * EXPECT g_count TELEMETRY
 * A read-modify-write that changes nothing is a barrier. */
#include <stdatomic.h>
static _Atomic int g_fence, g_mask, g_count;
static int data, ready;
int main(void) {
  data = 1;
  atomic_fetch_add(&g_fence, 0);
  ready = 1;
  atomic_fetch_and_explicit(&g_mask, -1, memory_order_acq_rel);
  atomic_fetch_add(&g_count, 1);
  return data == ready ? 0 : 1;
}
