/* SPDX-License-Identifier: GPL-3.0-or-later */
/* EXPECT cnt UNKNOWN : another file takes the place of standard error */
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
  close(2);
  int fd = open("state", O_RDWR | O_CREAT, 0600);
  fprintf(stderr, "%d\n", cnt);
  char c = 0;
  if (pread(fd, &c, 1, 0) == 1 && c > 51)
    abort();
  return 0;
}
