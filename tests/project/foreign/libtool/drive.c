/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sum.h"
#include <stdio.h>
#include <stdlib.h>
int main(int argc, char **argv) {
  unsigned x = 0;
  for (long n = argc > 1 ? atol(argv[1]) : 1000; n > 0; n--) x = sum_add(x, (unsigned)n);
  printf("%u\n", x);
  return 0;
}
