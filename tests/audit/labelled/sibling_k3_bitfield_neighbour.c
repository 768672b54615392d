/* SPDX-License-Identifier: GPL-3.0-or-later */
/* EXPECT word CORRECTNESS : flags in the upper bits of a counter */
#include <stdatomic.h>
#include <stdlib.h>
static _Atomic unsigned word;
int main(int c, char **v) {
  atomic_fetch_add(&word, 1);
  if ((atomic_load(&word) >> 31) & 1)
    free(v);
  return 0;
}
