/* SPDX-License-Identifier: GPL-3.0-or-later */
/* EXPECT cnt UNKNOWN : standard error is read back */
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
  char c = 0;
  fprintf(stderr, "%d\n", cnt);
  if (pread(2, &c, 1, 0) == 1 && c > 51)
    abort();
  return 0;
}
