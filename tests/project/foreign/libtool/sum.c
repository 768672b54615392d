/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A library for foreign.sh, built by libtool as many are: compiled twice, linked with a script of its exports. */
#include "sum.h"
#ifdef SUM_CHECKS
volatile unsigned long sum_calls;
#endif
static __attribute__((noinline)) void work(int n) {
  for (int i = 0; i < n; i++) __asm__ volatile("");
}
unsigned sum_add(unsigned a, unsigned b) {
#ifdef SUM_CHECKS
  sum_calls++;
  work(4000);
#endif
  work(1);
  return a + b;
}
