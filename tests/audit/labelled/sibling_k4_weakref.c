/* SPDX-License-Identifier: GPL-3.0-or-later */
/* EXPECT hits CORRECTNESS : weakref */
#include <stdatomic.h>
#include <stdlib.h>
static int w(void) __attribute__((weakref("strong")));
_Atomic int hits;
int strong(void) {
  return hits;
}
int main(int c, char **v) {
  atomic_fetch_add(&hits, 1);
  if (w() > 3)
    free(v);
  return 0;
}
