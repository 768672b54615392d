/* SPDX-License-Identifier: GPL-3.0-or-later */
/* EXPECT n CORRECTNESS : a function named log that acts */
#include <stdatomic.h>
#include <stdlib.h>
static _Atomic long n;
static void log_stats(long k) {
  if (k > 3)
    abort();
}
int main(int c, char **v) {
  log_stats(atomic_fetch_add(&n, 1));
  return 0;
}
