/* SPDX-License-Identifier: GPL-3.0-or-later */
/* EXPECT n CORRECTNESS : decides whether a mode word is written, which decides */
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
static _Atomic unsigned n;
static char mode[8];
static void *block;
int main(void) {
  if (atomic_fetch_add(&n, 1) > 10) snprintf(mode, sizeof mode, "slow");
  if (mode[0] == 's') {
    free(block);
    block = 0;
  }
  return 0;
}
