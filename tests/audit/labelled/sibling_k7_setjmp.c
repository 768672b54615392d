/* SPDX-License-Identifier: GPL-3.0-or-later */
/* EXPECT n CORRECTNESS : chooses to longjmp */
#include <stdatomic.h>
#include <setjmp.h>
static _Atomic int n;
static jmp_buf b;
static void step(void) {
  if (atomic_fetch_add(&n, 1) > 3)
    longjmp(b, 1);
}
int main(void) {
  if (!setjmp(b))
    step();
  return 0;
}
