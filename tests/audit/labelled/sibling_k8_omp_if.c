/* SPDX-License-Identifier: GPL-3.0-or-later */
/* EXPECT n UNKNOWN : a parallel region's number of threads
   FLAGS -fopenmp */
#include <stdatomic.h>
int n;
static int work[8];
int main(void) {
  __atomic_fetch_add(&n, 1, 0);
#pragma omp parallel for num_threads(n)
  for (int i = 0; i < 8; i++)
    work[i]++;
  return work[1];
}
