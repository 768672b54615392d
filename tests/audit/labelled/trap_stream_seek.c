/* SPDX-License-Identifier: GPL-3.0-or-later */
/* EXPECT cnt UNKNOWN : the position of the descriptor */
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
  printf("%d\n", cnt);
  fflush(stdout);
  if (lseek(fileno(stdout), 0, SEEK_CUR) > 3)
    abort();
  return 0;
}
