/* SPDX-License-Identifier: GPL-3.0-or-later */
/* EXPECT open_count CORRECTNESS
 * What runs at the end of the block looks at it. */
#include <stdatomic.h>
#include <stdlib.h>
static _Atomic int open_count;
static void leave(int *p) {
  if (*p > 2)
    abort();
}
int main(void) {
  __attribute__((cleanup(leave))) int n = atomic_fetch_add(&open_count, 1);
  (void)n;
  return 0;
}
