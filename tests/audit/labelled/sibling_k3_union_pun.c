/* SPDX-License-Identifier: GPL-3.0-or-later */
/* EXPECT u.h CORRECTNESS : half of a word by a union, read by its whole */
#include <stdatomic.h>
#include <stdlib.h>
static union {
  struct {
    _Atomic unsigned lo;
    unsigned hi;
  } h;
  unsigned long all;
} u;
int main(int c, char **v) {
  atomic_fetch_add(&u.h.lo, 1);
  if (u.all > 100)
    free(v);
  return 0;
}
