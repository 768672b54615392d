/* SPDX-License-Identifier: GPL-3.0-or-later */
/* EXPECT node.score CORRECTNESS
 * Whole records are sorted by the counter in them. */
#include <stdatomic.h>
#include <stdlib.h>
struct node {
  _Atomic long score;
  int id;
};
static struct node n[8];
static int by(const void *a, const void *b) {
  const struct node *x = a, *y = b;
  return x->score > y->score;
}
int main(void) {
  atomic_fetch_add(&n[3].score, 1);
  qsort(n, 8, sizeof *n, by);
  return n[0].id;
}
