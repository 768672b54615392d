/* SPDX-License-Identifier: GPL-3.0-or-later */
/* EXPECT cnt CORRECTNESS : an address in a void * table, read through another integer type */
#include <stdatomic.h>
#include <stdlib.h>
static _Atomic long cnt;
static void *tab[2] = {&cnt};
int main(int c, char **v) {
  atomic_fetch_add(&cnt, 1);
  if (*(unsigned *)tab[0] > 3)
    free(v);
  return 0;
}
