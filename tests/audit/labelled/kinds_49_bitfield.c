/* SPDX-License-Identifier: GPL-3.0-or-later */
/* EXPECT word CORRECTNESS : read as a bit-field of a struct laid over it */
#include <stdatomic.h>
#include <stdlib.h>
static _Atomic unsigned word;
struct bits {
  unsigned n : 20, full : 12;
};
static void *block;
int main(void) {
  atomic_fetch_add(&word, 1u << 20);
  if (((struct bits *)&word)->full) {
    free(block);
    block = 0;
  }
  return 0;
}
