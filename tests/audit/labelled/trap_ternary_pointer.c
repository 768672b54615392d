/* SPDX-License-Identifier: GPL-3.0-or-later */
/* EXPECT g_n CORRECTNESS
 * It chooses one of two objects, which is written. */
#include <stdatomic.h>
static _Atomic unsigned g_n;
static int a, b;
int main(void) {
  int *p = (atomic_fetch_add(&g_n, 1) & 1) ? &a : &b;
  *p = 7;
  return a;
}
