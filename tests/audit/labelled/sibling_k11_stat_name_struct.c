/* SPDX-License-Identifier: GPL-3.0-or-later */
/* EXPECT n CORRECTNESS : filled into a stats struct that the program reads */
#include <stdatomic.h>
#include <stdlib.h>
struct stats {
  long n;
};
static _Atomic long n;
void get_stats(struct stats *s) {
  s->n = atomic_fetch_add(&n, 1);
}
int main(int c, char **v) {
  struct stats s;
  get_stats(&s);
  if (s.n > 3)
    free(v);
  return 0;
}
