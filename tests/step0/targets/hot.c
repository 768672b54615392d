/* SPDX-License-Identifier: GPL-3.0-or-later */
/* hot.c: for bench_verify.py. hot:turn is passed N times, about 200 ns of work apart; how many
 * nanoseconds that took is printed. */
#include <stdio.h>
#include <stdlib.h>
#include <sys/sdt.h>
#include <time.h>

static volatile unsigned sink;

__attribute__((noinline)) void hot_turn(unsigned i) {
  STAP_PROBE(hot, turn);
  for (unsigned k = 0; k < 100; k++) sink += i ^ k;
}

int main(int argc, char **argv) {
  struct timespec a, b;
  unsigned n = argc > 1 ? (unsigned)strtoul(argv[1], NULL, 10) : 1000;
  clock_gettime(CLOCK_MONOTONIC, &a);
  for (unsigned i = 0; i < n; i++) hot_turn(i);
  clock_gettime(CLOCK_MONOTONIC, &b);
  printf("hot-ns %.0f\n", (double)(b.tv_sec - a.tv_sec) * 1e9 + (double)(b.tv_nsec - a.tv_nsec));
  return 0;
}
