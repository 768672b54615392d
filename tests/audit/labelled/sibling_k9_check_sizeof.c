/* SPDX-License-Identifier: GPL-3.0-or-later */
/* EXPECT n UNKNOWN : a check that only asks for the size */
#include <stdatomic.h>
#define CHECK(x) ((void)sizeof(x))
static _Atomic long n;
int main(void) {
  atomic_fetch_add(&n, 1);
  CHECK(atomic_load(&n) < 10);
  return 0;
}
