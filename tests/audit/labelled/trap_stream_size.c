/* SPDX-License-Identifier: GPL-3.0-or-later */
/* EXPECT cnt UNKNOWN : the size of the file that standard error is */
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
  struct stat st;
  fprintf(stderr, "%d\n", cnt);
  if (fstat(2, &st) == 0 && st.st_size > 3)
    abort();
  return 0;
}
