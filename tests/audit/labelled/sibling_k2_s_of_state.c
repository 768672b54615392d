/* SPDX-License-Identifier: GPL-3.0-or-later */
/* EXPECT state CORRECTNESS : %s of a pointer picked out of NULLs */
#include <stdatomic.h>
#include <stdio.h>
static _Atomic unsigned state;
static char *names[4] = {"a"};
int main(void) {
  char *p = 0;
  if (atomic_fetch_add(&state, 1) == 3)
    p = "x";
  printf("%s\n", p);
  return *p;
}
