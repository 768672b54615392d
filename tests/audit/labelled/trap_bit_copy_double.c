/* SPDX-License-Identifier: GPL-3.0-or-later */
/* EXPECT ticks CORRECTNESS
 * Copied as bytes into a double, which is compared. */
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
static _Atomic unsigned long ticks;
int main(void) {
  unsigned long v = atomic_fetch_add(&ticks, 1);
  double d;
  memcpy(&d, &v, sizeof d);
  if (d > 1.0)
    abort();
  return 0;
}
