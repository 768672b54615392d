/* SPDX-License-Identifier: GPL-3.0-or-later */
/* EXPECT n UNKNOWN : __OPTIMIZE__ decides */
#include <stdatomic.h>
#include <stdlib.h>
static _Atomic long n;
int main(void) {
  atomic_fetch_add(&n, 1);
#ifndef __OPTIMIZE__
  if (n > 3)
    abort();
#endif
  return 0;
}
