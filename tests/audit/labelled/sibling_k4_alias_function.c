/* SPDX-License-Identifier: GPL-3.0-or-later */
/* EXPECT hits CORRECTNESS : a getter called by its alias */
#include <stdatomic.h>
#include <stdlib.h>
static _Atomic int hits;
int get(void) {
  return hits;
}
extern int get2(void) __attribute__((alias("get")));
int main(int c, char **v) {
  atomic_fetch_add(&hits, 1);
  if (get2() > 3)
    free(v);
  return 0;
}
