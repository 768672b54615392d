/* SPDX-License-Identifier: GPL-3.0-or-later */
/* EXPECT g_n CORRECTNESS
 * Through a complex number. */
#include <complex.h>
#include <stdatomic.h>
#include <stdlib.h>
static _Atomic long g_n;
static double complex take(void) {
  return (double)g_n * I;
}
int main(void) {
  atomic_fetch_add(&g_n, 1);
  double complex z = take();
  if (cimag(z) > 5)
    abort();
  return 0;
}
