/* SPDX-License-Identifier: GPL-3.0-or-later */
/* EXPECT total CORRECTNESS
 * A mirror in each thread takes the sum over, and decides. */
#include <stdatomic.h>
#include <stdlib.h>
static _Atomic long total;
static _Thread_local long mirror;
static void tick(void) {
  mirror = atomic_fetch_add(&total, 1);
}
static int full(void) {
  return mirror > 1000;
}
int main(void) {
  tick();
  if (full())
    return 1;
  free(malloc(8));
  return 0;
}
