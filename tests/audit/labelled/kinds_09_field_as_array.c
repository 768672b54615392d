/* SPDX-License-Identifier: GPL-3.0-or-later */
/* EXPECT stats.misses CORRECTNESS : a struct of longs summed as an array decides */
#include <stdatomic.h>
#include <stdlib.h>
struct stats {
  _Atomic long hits, misses;
};
static struct stats s;
static void *block;
int main(void) {
  long sum = 0, *p = (long *)&s;
  atomic_fetch_add(&s.misses, 1);
  for (unsigned i = 0; i < sizeof s / sizeof *p; i++) sum += p[i];
  if (sum > 10) {
    free(block);
    block = 0;
  }
  return 0;
}
