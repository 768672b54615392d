/* SPDX-License-Identifier: GPL-3.0-or-later */
/* EXPECT stats.n CORRECTNESS : a heap object reached as an array of longs */
#include <stdatomic.h>
#include <stdlib.h>
struct stats {
  long kind;
  _Atomic long n;
};
static struct stats *s;
int main(void) {
  s = calloc(1, sizeof *s);
  if (!s) return 1;
  atomic_fetch_add(&s->n, 1);
  long *w = (long *)s;
  if (w[1] > 10) {
    free(s);
    s = 0;
  }
  return 0;
}
