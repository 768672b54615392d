/* SPDX-License-Identifier: GPL-3.0-or-later */
/* EXPECT h.n CORRECTNESS : a flexible array behind a header, indexed from the header */
#include <stdatomic.h>
#include <stdlib.h>
struct h {
  long size;
  _Atomic long n[];
};
static struct h *g;
int main(int c, char **v) {
  g = calloc(1, sizeof *g + 64);
  atomic_fetch_add(&g->n[c], 1);
  if (((long *)g)[2] > 3)
    free(v);
  return 0;
}
