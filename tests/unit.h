/* SPDX-License-Identifier: GPL-3.0-or-later */
/* unit.h: cmocka, which every C unit test uses, with the headers that it wants before it, and the one
 * assertion that it lacks: two doubles within a tolerance of the caller's. */
#ifndef TESTS_UNIT_H
#define TESTS_UNIT_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <math.h>

static inline void unit_near(double got, double want, double tolerance, const char *what, const char *file, int line) {
  if (fabs(got - want) <= tolerance) return;
  print_error("%s is %.12g, not %.12g within %g\n", what, got, want, tolerance);
  _fail(file, line);
}
/* NaN is near nothing */
#define assert_near(got, want, tolerance) unit_near((got), (want), (tolerance), #got, __FILE__, __LINE__)

#endif
