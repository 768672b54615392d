/* SPDX-License-Identifier: GPL-3.0-or-later */
/* EXPECT whole.all CORRECTNESS
 * Two halves in a union: one is counted, the other read. */
#include <stdatomic.h>
#include <stdint.h>
#include <stdlib.h>
static union {
  _Atomic uint64_t all;
  struct {
    uint32_t low, high;
  } half;
} whole;
int main(void) {
  atomic_fetch_add(&whole.all, 1);
  if (whole.half.low > 100)
    abort();
  return 0;
}
