/* SPDX-License-Identifier: GPL-3.0-or-later */
/* EXPECT hits CORRECTNESS : through text and back into a number that is freed by */
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
static _Atomic long hits;
int main(int c, char **v) {
  char b[64];
  long k;
  snprintf(b, sizeof b, "%ld", atomic_fetch_add(&hits, 1));
  sscanf(b, "%ld", &k);
  if (k > 4)
    free(v);
  return 0;
}
