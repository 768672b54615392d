/* SPDX-License-Identifier: GPL-3.0-or-later */
/* EXPECT n CORRECTNESS : a macro reads it, used in an arm that is left out */
#include <stdatomic.h>
#include <stdlib.h>
static _Atomic long n;
#define LEVEL() atomic_load(&n)
int main(void) {
  atomic_fetch_add(&n, 1);
#ifdef GUARD
  if (LEVEL() > 3)
    abort();
#endif
  return 0;
}
