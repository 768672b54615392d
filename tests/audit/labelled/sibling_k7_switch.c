/* SPDX-License-Identifier: GPL-3.0-or-later */
/* EXPECT n CORRECTNESS : a switch with a fall-through into an action */
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
static _Atomic int n;
int main(int c, char **v) {
  switch (atomic_fetch_add(&n, 1)) {
  case 3:
    puts("3");
  case 4:
    free(v);
    break;
  default:
    puts("d");
  }
  return 0;
}
