/* SPDX-License-Identifier: GPL-3.0-or-later */
/* EXPECT g_n CORRECTNESS
 * A character of its text decides. */
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
static _Atomic unsigned g_n;
int main(void) {
  char t[16];
  sprintf(t, "%u", atomic_fetch_add(&g_n, 1));
  switch (t[1]) {
  case 0:
    return 0;
  default:
    abort();
  }
}
