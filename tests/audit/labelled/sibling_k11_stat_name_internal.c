/* SPDX-License-Identifier: GPL-3.0-or-later */
/* EXPECT n CORRECTNESS : a getter named stats whose caller acts */
#include <stdatomic.h>
#include <stdlib.h>
static _Atomic long n;
long stats_get(void) {
  return atomic_fetch_add(&n, 1);
}
int main(int c, char **v) {
  if (stats_get() > 3)
    free(v);
  return 0;
}
