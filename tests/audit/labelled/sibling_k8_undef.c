/* SPDX-License-Identifier: GPL-3.0-or-later */
/* EXPECT n CORRECTNESS : -U drops what the source asks for
   FLAGS -UQUIET */
#include <stdatomic.h>
#include <stdlib.h>
static _Atomic long n;
int main(void) {
  atomic_fetch_add(&n, 1);
#ifndef QUIET
  if (n > 3)
    abort();
#endif
  return 0;
}
