/* SPDX-License-Identifier: GPL-3.0-or-later */
/* EXPECT hits CORRECTNESS : a getter behind an ifunc */
#include <stdatomic.h>
#include <stdlib.h>
static _Atomic int hits;
static int g1(void) {
  return hits;
}
static int (*res(void))(void) {
  return g1;
}
int get(void) __attribute__((ifunc("res")));
int main(int c, char **v) {
  atomic_fetch_add(&hits, 1);
  if (get() > 3)
    free(v);
  return 0;
}
