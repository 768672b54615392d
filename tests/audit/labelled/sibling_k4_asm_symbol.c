/* SPDX-License-Identifier: GPL-3.0-or-later */
/* EXPECT hits CORRECTNESS : asm text loads it by an "i" operand */
#include <stdatomic.h>
#include <stdlib.h>
static _Atomic long hits;
int main(int c, char **v) {
  long x;
  atomic_fetch_add(&hits, 1);
  __asm__("mov %c1(%%rip), %0" : "=r"(x) : "i"(&hits));
  if (x > 3)
    free(v);
  return 0;
}
