/* SPDX-License-Identifier: GPL-3.0-or-later */
/* EXPECT n UNKNOWN : the arm that gcc compiles, clang does not */
#include <stdatomic.h>
#include <stdlib.h>
static _Atomic long n;
int main(void) {
  atomic_fetch_add(&n, 1);
#ifndef __clang__
  if (n > 3)
    abort();
#endif
  return 0;
}
