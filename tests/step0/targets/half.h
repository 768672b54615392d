/* SPDX-License-Identifier: GPL-3.0-or-later */
/* half.h: what half_a.c, compiled with debug information, and half_b.c, without it, both include. */
extern volatile int half_sum;
static inline __attribute__((always_inline)) void half_poke(int by) { half_sum += by * 3; /* LINE-BOTH */ }
void half_other(int times);
