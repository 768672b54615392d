/* SPDX-License-Identifier: GPL-3.0-or-later */
// Read in the #else of an arm that is on. EXPECT g_refills UNKNOWN
#include <stdatomic.h>
#include <stdio.h>
static _Atomic unsigned long g_refills;
int main(void)
{
  atomic_fetch_add(&g_refills, 1);
#if 1 /* print */
  printf("%lu\n", atomic_load(&g_refills));
#else
  return atomic_load(&g_refills) > 3;
#endif
  return 0;
}
