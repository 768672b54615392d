/* SPDX-License-Identifier: GPL-3.0-or-later */
/* EXPECT used CORRECTNESS : an OpenMP atomic is an atomic; it has to be a row
   FLAGS -fopenmp */
#include <stdlib.h>
long used;
static void *block;
int main(void) {
#pragma omp parallel for
  for (int i = 0; i < 100; i++) {
#pragma omp atomic
    used += 1;
  }
  if (used > 10) {
    free(block);
    block = 0;
  }
  return 0;
}
