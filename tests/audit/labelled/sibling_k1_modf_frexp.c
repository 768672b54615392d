/* SPDX-License-Identifier: GPL-3.0-or-later */
/* EXPECT hits UNKNOWN : through frexp's exponent */
#include <stdatomic.h>
#include <math.h>
#include <stdlib.h>
static _Atomic long hits;
int main(void) {
  int e;
  frexp((double)atomic_fetch_add(&hits, 1), &e);
  if (e > 10)
    abort();
  return 0;
}
