/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A program with a statistics macro, a default that is data, and a macro that changes nothing: for project.sh. */
#include "counter.h"

#include <stdio.h>
#include <stdlib.h>

int quiet = QUIET; /* not static: what the compiler knows is no data */
static unsigned long steps;

static unsigned step(unsigned x) {
#ifdef COUNT_STEPS
  steps++;
#endif
  return x * 1664525u + 1013904223u;
}

static void report(void) {
#ifdef COUNT_STEPS
  printf("steps %lu\n", steps);
#endif
}

int main(int argc, char **argv) {
  unsigned x = 1;
  for (long n = argc > 1 ? atol(argv[1]) : 1000; n > 0; n--) x = step(x) + other(x);
  if (!quiet) printf("%u\n", x);
  report();
  return (int)(steps & 0);
}
