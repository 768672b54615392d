/* SPDX-License-Identifier: GPL-3.0-or-later */
/* EXPECT hits UNKNOWN : printed into a buffer stream that is read back */
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
static _Atomic long hits;
static char buf[64];
int main(void) {
  FILE *f = fmemopen(buf, sizeof buf, "w");
  fprintf(f, "%ld", atomic_fetch_add(&hits, 1));
  fclose(f);
  if (buf[1])
    abort();
  return 0;
}
