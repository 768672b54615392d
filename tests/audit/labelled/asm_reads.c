/* SPDX-License-Identifier: GPL-3.0-or-later */
// ONLY x86_64
// What it decides is whether assembler reads and prints. EXPECT g_seen TELEMETRY
// Here assembler writes. EXPECT g_written UNKNOWN
#include <stdio.h>
static unsigned long g_seen, g_written;
static long slot = 4;
static long read_slot(void)
{
  long v;
  __asm__("movq %1, %0" : "=r"(v) : "m"(slot));
  return v;
}
static void write_slot(void) { __asm__ volatile("movq $0, %0" : "=m"(slot)); }
int main(void)
{
  if (__atomic_fetch_add(&g_seen, 1, __ATOMIC_RELAXED) < 5) printf("%ld\n", read_slot());
  if (__atomic_fetch_add(&g_written, 1, __ATOMIC_RELAXED) > 5) write_slot();
  return 0;
}
