/* SPDX-License-Identifier: GPL-3.0-or-later */
/* EXPECT n UNKNOWN : a check with a message that is thrown away */
#include <stdatomic.h>
#define REQUIRE(x, ...)
static _Atomic long n;
int main(void) {
  atomic_fetch_add(&n, 1);
  REQUIRE(atomic_load(&n) < 10, "n is %ld", atomic_load(&n));
  return 0;
}
