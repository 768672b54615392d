/* SPDX-License-Identifier: GPL-3.0-or-later */
/* EXPECT n UNKNOWN : nested macros that drop it */
#include <stdatomic.h>
#define IGNORE(...)
#define INVARIANT(c) IGNORE(c)
static _Atomic long n;
int main(void) {
  atomic_fetch_add(&n, 1);
  INVARIANT(n < 10);
  return 0;
}
