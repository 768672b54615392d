/* SPDX-License-Identifier: GPL-3.0-or-later */
// A lock: its loop is as empty as that of a peak counter. EXPECT g_word CORRECTNESS
#include <stdatomic.h>
static atomic_int g_word;
static int shared;
int main(void)
{
  while (atomic_exchange_explicit(&g_word, 1, memory_order_acquire)) { }
  shared++;
  atomic_store_explicit(&g_word, 0, memory_order_release);
  return 0;
}
