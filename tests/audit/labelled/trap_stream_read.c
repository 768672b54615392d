/* SPDX-License-Identifier: GPL-3.0-or-later */
/* EXPECT cnt UNKNOWN : standard output is read back */
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
  printf("%d\n", cnt);
  fflush(stdout);
  if (lseek(1, 0, SEEK_SET) == 0 && read(1, &c, 1) == 1 && c > 51)
    abort();
  return 0;
}
