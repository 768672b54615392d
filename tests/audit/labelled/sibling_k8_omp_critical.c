/* SPDX-License-Identifier: GPL-3.0-or-later */
/* EXPECT n CORRECTNESS : omp atomic capture
   FLAGS -fopenmp */
#include <stdlib.h>
long n;
int main(void) {
  long k;
#pragma omp parallel
  {
#pragma omp atomic capture
    k = n++;
    if (k > 3)
      abort();
  }
  return 0;
}
