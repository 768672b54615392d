/* SPDX-License-Identifier: GPL-3.0-or-later */
/* EXPECT marks CORRECTNESS
 * ONLY x86_64
 * Assembler stores what was read into memory that is looked at. */
#include <stdatomic.h>
#include <stdlib.h>
static _Atomic long marks;
static long copy;
int main(void) {
  long in = atomic_fetch_add(&marks, 1);
  __asm__ volatile("movq %1, %0" : "=m"(copy) : "r"(in));
  if (copy > 7)
    abort();
  return 0;
}
