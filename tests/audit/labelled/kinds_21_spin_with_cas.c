/* SPDX-License-Identifier: GPL-3.0-or-later */
/* EXPECT go CORRECTNESS : waits for it, counting its spins by a compare-and-swap */
#include <stdatomic.h>
#include <stdio.h>
static _Atomic int go;
static _Atomic long spins;
void release(void) { atomic_store(&go, 1); }
void wait(void) {
  while (!atomic_load(&go)) {
    long v = atomic_load(&spins);
    atomic_compare_exchange_strong(&spins, &v, v + 1);
  }
}
int main(void) {
  release();
  wait();
  printf("%ld\n", spins);
  return 0;
}
