/* SPDX-License-Identifier: GPL-3.0-or-later */
/* EXPECT g_dummy UNKNOWN
 * EXPECT g_last TELEMETRY
 * Really CORRECTNESS. What nobody reads is written for its order; a relaxed store is not. */
#include <stdatomic.h>
static _Atomic int g_dummy, g_last;
static int data, ready;
int main(void) {
  data = 1;
  atomic_exchange(&g_dummy, 0);
  ready = 1;
  atomic_store_explicit(&g_last, 5, memory_order_relaxed);
  return data == ready ? 0 : 1;
}
