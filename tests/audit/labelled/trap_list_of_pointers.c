/* SPDX-License-Identifier: GPL-3.0-or-later */
/* EXPECT g_n CORRECTNESS : a list of bare pointers is walked, and what hangs at the last is looked at
 * EXPECT g_told TELEMETRY : a counter beside it is as good as ever */
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
static _Atomic long g_n, g_told;
static void *last = &g_n, *second = &last, *first = &second, *head = &first;
int main(void) {
  atomic_fetch_add(&g_n, 1);
  atomic_fetch_add(&g_told, 1);
  _Atomic long *n = *(void **)*(void **)*(void **)*(void **)&head;
  if (*n > 4) abort();
  printf("%ld\n", atomic_load(&g_told));
  return 0;
}
