/* SPDX-License-Identifier: GPL-3.0-or-later */
/* EXPECT g_n CORRECTNESS
 * Two ints by value are one long in a register. */
#include <stdatomic.h>
#include <stdlib.h>
static _Atomic int g_n;
struct pair {
  int a, b;
};
static struct pair take(void) {
  return (struct pair){0, g_n};
}
int main(void) {
  atomic_fetch_add(&g_n, 1);
  struct pair p = take();
  if (p.b > 5)
    abort();
  return 0;
}
