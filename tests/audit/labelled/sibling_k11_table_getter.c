/* SPDX-License-Identifier: GPL-3.0-or-later */
/* EXPECT n CORRECTNESS : a table of getters with stats names, and its user acts */
#include <stdatomic.h>
#include <stdlib.h>
static _Atomic long n;
static long stat_n(void) {
  return n;
}
static const struct {
  const char *name;
  long (*get)(void);
} table[] = {{"n", stat_n}};
int main(int c, char **v) {
  atomic_fetch_add(&n, 1);
  if (table[c & 0].get() > 3)
    free(v);
  return 0;
}
