/* SPDX-License-Identifier: GPL-3.0-or-later */
/* EXPECT beats CORRECTNESS
 * ONLY x86_64
 * Assembler moves what was read to another register. */
#include <stdatomic.h>
#include <stdlib.h>
static _Atomic long beats;
int main(void) {
  long in = atomic_fetch_add(&beats, 1), out;
  __asm__("movq %1, %0" : "=r"(out) : "r"(in));
  if (out > 7)
    abort();
  return 0;
}
