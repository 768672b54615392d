/* SPDX-License-Identifier: GPL-3.0-or-later */
/* EXPECT g_warned CORRECTNESS
 * A one-shot flag that also frees. */
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
static _Atomic _Bool g_warned;
static char *spare;
int main(void) {
  spare = malloc(9);
  if (!atomic_exchange(&g_warned, 1)) {
    fprintf(stderr, "low\n");
    free(spare);
  }
  return 0;
}
