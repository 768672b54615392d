/* SPDX-License-Identifier: GPL-3.0-or-later */
/* EVERY g_ready CORRECTNESS
 * A flag beside a fence publishes data. */
#include <stdatomic.h>
static _Atomic int g_ready;
static int data;
static int reader(void) {
  if (!atomic_load_explicit(&g_ready, memory_order_relaxed))
    return 0;
  atomic_thread_fence(memory_order_acquire);
  return data;
}
int main(void) {
  data = 1;
  atomic_thread_fence(memory_order_release);
  atomic_store_explicit(&g_ready, 1, memory_order_relaxed);
  return reader();
}
