/* SPDX-License-Identifier: GPL-3.0-or-later */
/* EXPECT tries CORRECTNESS
 * The number goes through longjmp() and comes back as the result of setjmp(). */
#include <setjmp.h>
#include <stdatomic.h>
#include <stdlib.h>
static _Atomic int tries;
static jmp_buf at;
static void fail(void) {
  longjmp(at, atomic_fetch_add(&tries, 1) + 1);
}
int main(void) {
  int n = setjmp(at);
  if (n > 3)
    abort();
  fail();
  return 0;
}
