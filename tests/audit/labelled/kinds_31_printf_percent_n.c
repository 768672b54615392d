/* SPDX-License-Identifier: GPL-3.0-or-later */
/* EXPECT used CORRECTNESS : %n brings the number of digits back */
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
static _Atomic long used;
static void *block;
int main(void) {
  int n = 0;
  atomic_fetch_add(&used, 1);
  printf("%ld%n", atomic_load(&used), &n);
  if (n > 3) {
    free(block);
    block = 0;
  }
  return 0;
}
