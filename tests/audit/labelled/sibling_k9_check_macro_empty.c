/* SPDX-License-Identifier: GPL-3.0-or-later */
/* EXPECT n UNKNOWN : a check macro that does nothing here */
#include <stdatomic.h>
#include <stdlib.h>
#define CHECK(x)                                                                                                   \
  do {                                                                                                             \
  } while (0)
static _Atomic long n;
int main(void) {
  atomic_fetch_add(&n, 1);
  CHECK(atomic_load(&n) < 10);
  return 0;
}
