/* SPDX-License-Identifier: GPL-3.0-or-later */
/* EXPECT n_published CORRECTNESS : a telemetry-looking name whose release publishes a slot */
#include <stdatomic.h>
#include <stdio.h>
static long slot[64];
static _Atomic unsigned n_published;
void produce(long v) {
  unsigned n = atomic_load_explicit(&n_published, memory_order_relaxed);
  slot[n % 64] = v;
  atomic_store_explicit(&n_published, n + 1, memory_order_release);
}
long consume(unsigned at) {
  while (atomic_load_explicit(&n_published, memory_order_acquire) <= at)
    ;
  return slot[at % 64];
}
int main(void) {
  produce(3);
  return (int)consume(0);
}
