/* SPDX-License-Identifier: GPL-3.0-or-later */
/* EXPECT cnt CORRECTNESS : an address hidden by xor is followed later */
#include <stdatomic.h>
#include <stdint.h>
#include <stdlib.h>
static _Atomic long cnt;
static uintptr_t hidden;
int main(int c, char **v) {
  hidden = (uintptr_t)&cnt ^ 0x5555;
  atomic_fetch_add(&cnt, 1);
  if (*(long *)(hidden ^ 0x5555) > 3)
    free(v);
  return 0;
}
