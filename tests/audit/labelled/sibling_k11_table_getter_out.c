/* SPDX-License-Identifier: GPL-3.0-or-later */
/* EXPECT n CORRECTNESS : the same through an out pointer */
#include <stdatomic.h>
#include <stdlib.h>
static _Atomic long n;
static void stat_n(void *out) {
  *(long *)out = n;
}
static const struct {
  const char *name;
  void (*get)(void *);
} table[] = {{"n", stat_n}};
int main(int c, char **v) {
  long k;
  atomic_fetch_add(&n, 1);
  table[c & 0].get(&k);
  if (k > 3)
    free(v);
  return 0;
}
