/* SPDX-License-Identifier: GPL-3.0-or-later */
/* EXPECT n CORRECTNESS : alloca and nothing else */
#include <alloca.h>
#include <stdatomic.h>
#include <stdio.h>
static _Atomic int n;
int main(void) {
  char *b = alloca(atomic_fetch_add(&n, 1) + 16);
  sprintf(b, "x");
  puts(b);
  return 0;
}
