/* SPDX-License-Identifier: GPL-3.0-or-later */
/* EXPECT n UNKNOWN : an inline reader that this configuration does not call */
#include <stdatomic.h>
#include <stdlib.h>
static _Atomic long n;
static inline void guard(void) {
  if (atomic_load(&n) > 10)
    abort();
}
int main(void) {
  atomic_fetch_add(&n, 1);
#ifdef GUARD
  guard();
#endif
  return 0;
}
