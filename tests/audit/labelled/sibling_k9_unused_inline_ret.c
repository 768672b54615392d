/* SPDX-License-Identifier: GPL-3.0-or-later */
/* EXPECT n UNKNOWN : the same, returning it */
#include <stdatomic.h>
#include <stdlib.h>
static _Atomic long n;
static inline long level(void) {
  return atomic_load(&n);
}
int main(void) {
  atomic_fetch_add(&n, 1);
#ifdef GUARD
  if (level() > 3)
    abort();
#endif
  return 0;
}
