/* SPDX-License-Identifier: GPL-3.0-or-later */
/* EXPECT level CORRECTNESS
 * The environment carries it to a child, or back. */
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
static _Atomic int level;
int main(void) {
  char n[16];
  snprintf(n, sizeof n, "%d", atomic_fetch_add(&level, 1));
  setenv("LEVEL", n, 1);
  return atoi(getenv("LEVEL")) > 3;
}
