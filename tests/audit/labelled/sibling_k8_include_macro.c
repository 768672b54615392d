/* SPDX-License-Identifier: GPL-3.0-or-later */
/* EXPECT n CORRECTNESS : -imacros like defines by -D with spaces
   FLAGS -D CHECK=1 */
#include <stdatomic.h>
#include <stdlib.h>
static _Atomic long n;
int main(void) {
  atomic_fetch_add(&n, 1);
#if CHECK
  if (n > 3)
    abort();
#endif
  return 0;
}
