/* SPDX-License-Identifier: GPL-3.0-or-later */
/* EXPECT me.hits CORRECTNESS : __thread counter whose address is taken into a list */
#include <stdatomic.h>
#include <stdlib.h>
struct node {
  _Atomic long hits;
  struct node *next;
};
static __thread struct node me;
static struct node *all;
int main(int c, char **v) {
  me.next = all;
  all = &me;
  atomic_fetch_add(&me.hits, 1);
  long s = 0;
  for (struct node *n = all; n; n = n->next)
    s += n->hits;
  if (s > 3)
    free(v);
  return 0;
}
