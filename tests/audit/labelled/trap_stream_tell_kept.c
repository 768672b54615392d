/* SPDX-License-Identifier: GPL-3.0-or-later */
/* EXPECT cnt UNKNOWN : the same of a stream that is kept */
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
  static FILE *out;
  out = cnt > 1000 ? stderr : stdout;
  fprintf(stderr, "%d\n", cnt);
  if (ftell(out) > 3)
    abort();
  return 0;
}
