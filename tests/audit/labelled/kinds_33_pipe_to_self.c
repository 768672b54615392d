/* SPDX-License-Identifier: GPL-3.0-or-later */
/* EXPECT used CORRECTNESS : written to a pipe that the program reads back and obeys */
#include <stdatomic.h>
#include <stdlib.h>
#include <unistd.h>
static _Atomic long used;
static void *block;
int main(void) {
  int p[2];
  long v;
  if (pipe(p)) return 1;
  atomic_fetch_add(&used, 1);
  v = atomic_load(&used);
  write(p[1], &v, sizeof v);
  v = 0;
  read(p[0], &v, sizeof v);
  if (v > 10) {
    free(block);
    block = 0;
  }
  return 0;
}
