/* SPDX-License-Identifier: GPL-3.0-or-later */
/* check.h: the few macros that the A/B tests need: a failed check says where and goes on. */
#ifndef TESTS_AB_CHECK_H
#define TESTS_AB_CHECK_H

#include <math.h>
#include <stdio.h>
#include <string.h>

static int check_failures, check_count;

#define CHECK(condition)                                                   \
 do {                                                                      \
  check_count++;                                                           \
  if (!(condition)) {                                                      \
   check_failures++;                                                       \
   fprintf(stderr, "%s:%d: failed: %s\n", __FILE__, __LINE__, #condition); \
  }                                                                        \
 } while (0)

#define CHECK_NEAR(got, want, tolerance)                                                    \
 do {                                                                                       \
  double got_ = (got), want_ = (want);                                                      \
  check_count++;                                                                            \
  if (!(fabs(got_ - want_) <= (tolerance))) {                                               \
   check_failures++;                                                                        \
   fprintf(stderr, "%s:%d: %s is %.9g, not %.9g\n", __FILE__, __LINE__, #got, got_, want_); \
  }                                                                                         \
 } while (0)

static inline int check_result(void) {
  printf("%d checks, %d failed\n", check_count, check_failures);
  return check_failures != 0;
}

#endif
