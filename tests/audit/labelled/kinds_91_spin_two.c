/* SPDX-License-Identifier: GPL-3.0-or-later */
/* EXPECT ready CORRECTNESS : waits with a peak-keeping helper inside */
#include <stdatomic.h>
#include <stdio.h>
static _Atomic int ready;
static _Atomic long peak;
static inline void keep_max(_Atomic long *m, long v) {
  long o = atomic_load(m);
  while (o < v && !atomic_compare_exchange_weak(m, &o, v))
    ;
}
void set(void) { atomic_store(&ready, 1); }
long wait(void) {
  long n = 0;
  while (!atomic_load(&ready)) keep_max(&peak, ++n);
  return 0;
}
int main(void) {
  set();
  wait();
  printf("%ld\n", atomic_load(&peak));
  return 0;
}
