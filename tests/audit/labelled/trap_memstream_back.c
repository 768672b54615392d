/* SPDX-License-Identifier: GPL-3.0-or-later */
/* EXPECT ops UNKNOWN
 * Really CORRECTNESS. Printed to a stream that writes to memory. */
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
static _Atomic long ops;
int main(void) {
  char *buf;
  size_t len;
  FILE *f = open_memstream(&buf, &len);
  fprintf(f, "%ld", atomic_fetch_add(&ops, 1));
  fclose(f);
  if (atol(buf) > 3)
    abort();
  return 0;
}
