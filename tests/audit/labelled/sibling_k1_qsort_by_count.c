/* SPDX-License-Identifier: GPL-3.0-or-later */
/* EXPECT tab.hits CORRECTNESS : entries are sorted by their hits and the last one is evicted */
#include <stdatomic.h>
#include <stdlib.h>
struct e {
  _Atomic long hits;
  void *p;
};
static struct e tab[4];
static int cmp(const void *a, const void *b) {
  long x = ((const struct e *)a)->hits, y = ((const struct e *)b)->hits;
  return x < y ? -1 : x > y;
}
int main(void) {
  atomic_fetch_add(&tab[1].hits, 1);
  qsort(tab, 4, sizeof *tab, cmp);
  free(tab[0].p);
  return 0;
}
