/* SPDX-License-Identifier: GPL-3.0-or-later */
/* EXPECT load UNKNOWN
 * Really CORRECTNESS: written to a file of state, and read at the next start. */
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
static _Atomic long load;
static void save(void) {
  FILE *f = fopen("/var/lib/x/state", "w");
  fprintf(f, "%ld", load);
  fclose(f);
}
int main(void) {
  atomic_fetch_add(&load, 1);
  save();
  long n = 0;
  FILE *f = fopen("/var/lib/x/state", "r");
  if (f && fscanf(f, "%ld", &n) == 1 && n > 5)
    abort();
  return 0;
}
