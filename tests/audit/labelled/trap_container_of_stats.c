/* SPDX-License-Identifier: GPL-3.0-or-later */
/* EXPECT stats.calls CORRECTNESS
 * From a member back to the object, and from there to the counter by offset. */
#include <stdatomic.h>
#include <stddef.h>
#include <stdlib.h>
struct link {
  struct link *next;
};
struct stats {
  _Atomic long calls;
  struct link in;
};
static struct stats one;
static struct link *head;
#define container_of(p, t, m) ((t *)((char *)(p)-offsetof(t, m)))
int main(void) {
  head = &one.in;
  atomic_fetch_add(&one.calls, 1);
  for (struct link *l = head; l; l = l->next)
    if (container_of(l, struct stats, in)->calls > 9)
      abort();
  return 0;
}
