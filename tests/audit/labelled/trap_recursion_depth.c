/* SPDX-License-Identifier: GPL-3.0-or-later */
/* EXPECT level CORRECTNESS
 * How deep it calls itself. */
#include <stdatomic.h>
#include <stdlib.h>
static _Atomic int level;
static void *down(int n) {
  return n <= 0 ? malloc(1) : down(n - 1);
}
int main(void) {
  return down(atomic_fetch_add(&level, 1)) == 0;
}
