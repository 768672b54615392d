/* SPDX-License-Identifier: GPL-3.0-or-later */
/* unit_random.h: one stream of random numbers for all tests of a group: each takes what the one before left.
 * A group's set-up calls unit_random(state, GENERATOR, SEED); unit_random_end is its tear-down. */
#ifndef TESTS_UNIT_RANDOM_H
#define TESTS_UNIT_RANDOM_H

#include <gsl/gsl_rng.h>

static inline int unit_random(void **state, const gsl_rng_type *generator, unsigned long seed) {
  gsl_rng *r = gsl_rng_alloc(generator);
  if (r == NULL) return -1;
  gsl_rng_set(r, seed);
  *state = r;
  return 0;
}

static inline int unit_random_end(void **state) {
  gsl_rng_free(*state);
  return 0;
}

#endif
