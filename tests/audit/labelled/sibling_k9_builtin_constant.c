/* SPDX-License-Identifier: GPL-3.0-or-later */
/* EXPECT n UNKNOWN : __builtin_constant_p chooses the arm */
#include <stdatomic.h>
#include <stdlib.h>
static _Atomic long n;
int main(void) {
  atomic_fetch_add(&n, 1);
  if (__builtin_choose_expr(0, n > 3, 0))
    abort();
  return 0;
}
