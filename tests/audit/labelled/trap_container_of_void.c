/* SPDX-License-Identifier: GPL-3.0-or-later */
/* EXPECT work.runs CORRECTNESS
 * The object behind a void pointer, less the offset of a member. */
#include <stdatomic.h>
#include <stddef.h>
#include <stdlib.h>
struct work {
  _Atomic int runs;
  int tag;
};
static void *kept;
static struct work w;
static void put(void *p) {
  kept = p;
}
int main(void) {
  put(&w.tag);
  atomic_fetch_add(&w.runs, 1);
  int *first = (int *)((char *)kept - offsetof(struct work, tag));
  if (*first > 4)
    abort();
  return 0;
}
