/* SPDX-License-Identifier: GPL-3.0-or-later */
/* EXPECT o.cnt CORRECTNESS : container_of from a list node */
#include <stdatomic.h>
#include <stddef.h>
#include <stdlib.h>
struct node {
  struct node *next;
};
struct obj {
  _Atomic long cnt;
  struct node n;
};
static struct obj o;
static struct node *head;
int main(int c, char **v) {
  head = &o.n;
  atomic_fetch_add(&o.cnt, 1);
  struct obj *p = (struct obj *)((char *)head - offsetof(struct obj, n));
  if (p->cnt > 3)
    free(v);
  return 0;
}
