/* SPDX-License-Identifier: GPL-3.0-or-later */
/* EXPECT cnt UNKNOWN : standard error is opened by its name */
#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>
static _Atomic int cnt;
int main(void) {
  atomic_fetch_add(&cnt, 1);
  fprintf(stderr, "%d\n", cnt);
  FILE *f = fopen("/proc/self/fd/2", "r");
  if (f && fgetc(f) > 51)
    abort();
  return 0;
}
