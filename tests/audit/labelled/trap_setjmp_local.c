/* SPDX-License-Identifier: GPL-3.0-or-later */
/* EXPECT seen CORRECTNESS
 * A volatile local keeps the number over longjmp(). */
#include <setjmp.h>
#include <stdatomic.h>
#include <stdlib.h>
static _Atomic int seen;
static jmp_buf at;
int main(void) {
  volatile int last = 0;
  if (setjmp(at)) {
    if (last > 5)
      _Exit(3);
  }
  last = atomic_fetch_add(&seen, 1);
  if (last < 8)
    longjmp(at, 1);
  return 0;
}
