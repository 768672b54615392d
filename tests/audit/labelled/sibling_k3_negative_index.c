/* SPDX-License-Identifier: GPL-3.0-or-later */
/* EXPECT g.cnt CORRECTNESS : reached from the neighbour's address, backwards */
#include <stdatomic.h>
#include <stdlib.h>
static struct {
  _Atomic long cnt;
  long other;
} g;
static long peek(long *p) {
  return p[-1];
}
int main(int c, char **v) {
  atomic_fetch_add(&g.cnt, 1);
  if (peek(&g.other) > 3)
    free(v);
  return 0;
}
