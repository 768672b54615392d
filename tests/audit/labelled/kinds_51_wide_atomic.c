/* SPDX-License-Identifier: GPL-3.0-or-later */
/* EXPECT pair CORRECTNESS : a 16-byte atomic struct */
#include <stdatomic.h>
#include <stdlib.h>
typedef struct {
  long n, gen;
} pair_t;
static _Atomic pair_t pair;
static void *block;
int main(void) {
  pair_t p = atomic_load(&pair), q = { p.n + 1, p.gen + 1 };
  atomic_compare_exchange_strong(&pair, &p, q);
  if (p.n > 10) {
    free(block);
    block = 0;
  }
  return 0;
}
