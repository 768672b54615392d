/* SPDX-License-Identifier: GPL-3.0-or-later */
/* EXPECT calls TELEMETRY : a progress line with the elapsed time, each 100th */
#include <stdatomic.h>
#include <stdio.h>
#include <time.h>
static _Atomic unsigned calls;
int main(void) {
  unsigned n = atomic_fetch_add(&calls, 1);
  if (n % 100 == 0) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    fprintf(stderr, "%u at %ld\n", n, (long)t.tv_sec);
  }
  return 0;
}
