/* SPDX-License-Identifier: GPL-3.0-or-later */
/* random.h: the generator of all workloads: Marsaglia 2003, xorshift64 (13, 7, 17). */
#ifndef HARNESS_WORKLOADS_RANDOM_H
#define HARNESS_WORKLOADS_RANDOM_H

#include <stdint.h>

static inline uint64_t random_next(uint64_t *s) {
  uint64_t x = *s;
  x ^= x << 13;
  x ^= x >> 7;
  x ^= x << 17;
  return *s = x;
}

/* The start of thread `thread`: the odd constant keeps the threads apart; 0 is the one state
 * that xorshift never leaves. */
static inline uint64_t random_start(uint64_t seed, unsigned thread) {
  uint64_t s = seed + UINT64_C(0x9e3779b97f4a7c15) * (thread + 1u);
  return s != 0 ? s : UINT64_C(88172645463325252);
}

/* 0 <= result < n from the upper half of r, without a division: Lemire 2019. */
static inline uint64_t random_below_high(uint64_t r, uint64_t n) {
  return (uint64_t)(((unsigned __int128)(r >> 32) * n) >> 32);
}

/* The same from the lower half; n < 2^32. */
static inline uint64_t random_below_low(uint64_t r, uint64_t n) { return ((r & 0xffffffffu) * n) >> 32; }

#endif
