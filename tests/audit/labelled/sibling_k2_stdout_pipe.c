/* SPDX-License-Identifier: GPL-3.0-or-later */
/* EXPECT hits UNKNOWN : standard output was dup2'ed to a pipe that the program reads */
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>
static _Atomic long hits;
int main(void) {
  int p[2];
  char b[16] = "";
  pipe(p);
  dup2(p[1], 1);
  printf("%ld\n", atomic_fetch_add(&hits, 1));
  fflush(stdout);
  read(p[0], b, 15);
  if (atoi(b) > 3)
    abort();
  return 0;
}
