/* SPDX-License-Identifier: GPL-3.0-or-later */
/* EXPECT spent UNKNOWN
 * Really CORRECTNESS. Through floating point, an average and lround(). */
#include <math.h>
#include <stdatomic.h>
#include <stdlib.h>
static _Atomic long spent;
static double mean;
int main(void) {
  mean = mean * 0.9 + 0.1 * (double)atomic_fetch_add(&spent, 1);
  void *p = malloc((size_t)lround(mean));
  return p == 0;
}
