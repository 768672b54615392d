/* SPDX-License-Identifier: GPL-3.0-or-later */
// A lock taken by compare-and-swap, relaxed by mistake. EXPECT g_owner CORRECTNESS
#include <stdatomic.h>
static atomic_int g_owner;
static int shared;
int main(void)
{
  int free_word = 0;
  while (!atomic_compare_exchange_weak_explicit(&g_owner, &free_word, 1, memory_order_relaxed, memory_order_relaxed))
    free_word = 0;
  shared++;
  atomic_store(&g_owner, 0);
  return 0;
}
