/* SPDX-License-Identifier: GPL-3.0-or-later */
// ONLY x86_64
// Assembler that jumps: what it touches decides where the program goes on.
// EXPECT g_references CORRECTNESS
// ROW g_references sub CORRECTNESS
// It decides whether such assembler runs. EXPECT g_turns CORRECTNESS
#include <stdio.h>
#include <stdlib.h>
static unsigned long g_references, g_turns;
static void release(void)
{
  __asm__ goto("lock; decq %0\n\tje %l1" : : "m"(g_references) : "memory" : last);
  return;
last:
  abort();
}
int main(void)
{
  __atomic_fetch_add(&g_references, 1, __ATOMIC_RELAXED);
  printf("%lu\n", __atomic_load_n(&g_references, __ATOMIC_RELAXED));
  if (__atomic_fetch_add(&g_turns, 1, __ATOMIC_RELAXED) > 3)
    release();
  return 0;
}
