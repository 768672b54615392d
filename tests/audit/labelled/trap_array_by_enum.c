/* SPDX-License-Identifier: GPL-3.0-or-later */
/* EXPECT g_stat CORRECTNESS
 * One of an array of counters decides; all of them are one location. */
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
enum { HITS, MISSES, N };
static _Atomic long g_stat[N];
int main(void) {
  atomic_fetch_add(&g_stat[HITS], 1);
  printf("%ld\n", g_stat[HITS]);
  if (g_stat[MISSES] > 4)
    abort();
  return 0;
}
