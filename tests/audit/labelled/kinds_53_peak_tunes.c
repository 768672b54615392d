/* SPDX-License-Identifier: GPL-3.0-or-later */
/* EXPECT peak CORRECTNESS : a high-water mark sizes the next array */
#include <stdatomic.h>
#include <stdlib.h>
static _Atomic long cur, peak;
void in(void) {
  long n = atomic_fetch_add(&cur, 1) + 1, p = atomic_load(&peak);
  while (p < n && !atomic_compare_exchange_weak(&peak, &p, n))
    ;
}
int main(void) {
  in();
  void *q = malloc((size_t)atomic_load(&peak) * 8);
  free(q);
  return 0;
}
