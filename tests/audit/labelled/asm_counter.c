/* SPDX-License-Identifier: GPL-3.0-or-later */
// Inline assembler increments it: never TELEMETRY. EXPECT g_asm_hits UNKNOWN
#include <stdatomic.h>
#include <stdio.h>
static unsigned long g_asm_hits;
static void hit(void) { __asm__ volatile("lock; incq %0" : "+m"(g_asm_hits)); }
int main(void)
{
  hit();
  __atomic_fetch_add(&g_asm_hits, 1, __ATOMIC_RELAXED);
  printf("%lu\n", __atomic_load_n(&g_asm_hits, __ATOMIC_RELAXED));
  return 0;
}
