/* SPDX-License-Identifier: MIT */
/* hak_clock.h: the time by which what was not used for a while is given back. */
#ifndef HAK_CLOCK_H
#define HAK_CLOCK_H

#include <stdint.h>
#include <time.h>

/* Nanoseconds since some start, in steps of a few milliseconds; no system call (clock_gettime(2)). */
static inline uint64_t hak_clock_coarse_ns(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC_COARSE, &t);
  return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

#endif
