/* SPDX-License-Identifier: GPL-3.0-or-later */
/* EXPECT g_n CORRECTNESS
 * A pointer to a pointer to it. */
#include <stdatomic.h>
#include <stdlib.h>
static _Atomic int g_n;
static _Atomic int *p1 = &g_n;
static _Atomic int **p2 = &p1;
int main(void) {
  atomic_fetch_add(&g_n, 1);
  if (atomic_load(*p2) > 3)
    abort();
  return 0;
}
