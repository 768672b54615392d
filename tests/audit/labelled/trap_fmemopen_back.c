/* SPDX-License-Identifier: GPL-3.0-or-later */
/* EXPECT ops UNKNOWN
 * Really CORRECTNESS. The same into a buffer of its own. */
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
static _Atomic long ops;
static char b[64];
int main(void) {
  FILE *f = fmemopen(b, sizeof b, "w");
  fprintf(f, "%ld", atomic_fetch_add(&ops, 1));
  fclose(f);
  if (atol(b) > 3)
    abort();
  return 0;
}
