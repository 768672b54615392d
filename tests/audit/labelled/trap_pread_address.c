/* SPDX-License-Identifier: GPL-3.0-or-later */
/* EXPECT cnt UNKNOWN : the number of an address, in a constant, is where a file of memory is read */
#include <fcntl.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>
static _Atomic int cnt;
int main(void) {
  int v = 0, fd = open("/proc/self/mem", O_RDONLY);
  atomic_fetch_add(&cnt, 1);
  if (pread(fd, &v, sizeof v, (off_t)&cnt) == sizeof v && v > 3)
    abort();
  printf("%d\n", cnt);
  return 0;
}
