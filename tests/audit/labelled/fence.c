/* SPDX-License-Identifier: GPL-3.0-or-later */
// Fences and barrier assembler are rows of their own. EXPECT (fence) CORRECTNESS
#include <stdatomic.h>
static int a, b;
int main(void)
{
  a = 1;
  atomic_thread_fence(memory_order_seq_cst);
  b = a;
  __asm__ volatile("mfence" ::: "memory");
  return b - 1;
}
