/* SPDX-License-Identifier: GPL-3.0-or-later */
/* EXPECT hits UNKNOWN : stdout is a file that is read back */
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
static _Atomic long hits;
int main(void) {
  long k = 0;
  freopen("/tmp/state", "w", stdout);
  printf("%ld\n", atomic_fetch_add(&hits, 1));
  fflush(stdout);
  FILE *f = fopen("/tmp/state", "r");
  if (f && fscanf(f, "%ld", &k) == 1 && k > 3)
    abort();
  return 0;
}
