/* SPDX-License-Identifier: GPL-3.0-or-later */
/* EXPECT g_n CORRECTNESS
 * A seed. */
#include <stdatomic.h>
#include <stdlib.h>
static _Atomic unsigned g_n;
int main(void) {
  srand(atomic_fetch_add(&g_n, 1));
  return rand() & 1;
}
