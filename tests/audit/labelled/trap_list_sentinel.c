/* SPDX-License-Identifier: GPL-3.0-or-later */
/* EXPECT item.uses CORRECTNESS
 * The counter lies in items of a list that is walked by its links alone. */
#include <stdatomic.h>
#include <stdlib.h>
struct list {
  struct list *next;
};
struct item {
  struct list l;
  _Atomic int uses;
};
static struct list *head;
static void put(struct item *i) {
  i->l.next = head;
  head = &i->l;
  atomic_fetch_add(&i->uses, 1);
}
int main(void) {
  put(calloc(1, sizeof(struct item)));
  for (struct list *l = head; l; l = l->next)
    if (((struct item *)l)->uses > 2)
      free(l);
  return 0;
}
