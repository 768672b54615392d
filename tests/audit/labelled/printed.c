/* SPDX-License-Identifier: GPL-3.0-or-later */
// A counter that is only printed. EXPECT g_frees TELEMETRY
#include <stdatomic.h>
#include <stdio.h>
static _Atomic unsigned long g_frees;
static void release(void) { atomic_fetch_add(&g_frees, 1); }
int main(void)
{
  release();
  printf("frees %lu, about %lu per minute\n", atomic_load(&g_frees), atomic_load(&g_frees) * 60 / 7);
  return 0;
}
