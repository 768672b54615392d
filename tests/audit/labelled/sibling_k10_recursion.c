/* SPDX-License-Identifier: GPL-3.0-or-later */
/* EXPECT n CORRECTNESS : through a recursion */
#include <stdatomic.h>
#include <stdlib.h>
static _Atomic long n;
static long down(long v, int d) {
  return d ? down(v, d - 1) : v;
}
int main(int c, char **v) {
  if (down(atomic_fetch_add(&n, 1), c) > 3)
    free(v);
  return 0;
}
