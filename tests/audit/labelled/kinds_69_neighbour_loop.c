/* SPDX-License-Identifier: GPL-3.0-or-later */
/* EXPECT pool.misses CORRECTNESS : counters of a struct walked from the first one's address */
#include <stdatomic.h>
#include <stdlib.h>
struct pool {
  _Atomic long hits, misses, waits;
};
static struct pool p;
static void *block;
__attribute__((noinline)) static long sum(const long *first, int n) {
  long s = 0;
  for (int i = 0; i < n; i++) s += first[i];
  return s;
}
int main(void) {
  atomic_fetch_add(&p.misses, 1);
  if (sum((const long *)&p.hits, 3) > 10) {
    free(block);
    block = 0;
  }
  return 0;
}
