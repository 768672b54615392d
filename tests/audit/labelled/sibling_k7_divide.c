/* SPDX-License-Identifier: GPL-3.0-or-later */
/* EXPECT n UNKNOWN : divides by it, and zero traps */
#include <stdatomic.h>
#include <stdio.h>
static _Atomic int n;
int main(void) {
  printf("%d\n", 100 / atomic_load(&n));
  atomic_fetch_add(&n, 1);
  return 0;
}
