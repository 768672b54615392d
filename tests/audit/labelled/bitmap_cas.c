/* SPDX-License-Identifier: GPL-3.0-or-later */
// What is loaded goes into a compare-and-swap of the same word, and the word decides elsewhere.
// EVERY g_map CORRECTNESS
#include <stdatomic.h>
static _Atomic unsigned long g_map;
static int slots[64];
void mark(int bit)
{
  unsigned long seen = atomic_load_explicit(&g_map, memory_order_relaxed);
  while (!atomic_compare_exchange_weak(&g_map, &seen, seen | 1ul << bit)) { }
}
int *first(void)
{
  unsigned long map = atomic_load(&g_map);
  return map ? &slots[__builtin_ctzl(map)] : 0;
}
int main(void) { mark(3); *first() = 1; return 0; }
