/* SPDX-License-Identifier: GPL-3.0-or-later */
/* test_random_effects.c: the model against published answers, its limits, and its coverage over seeded fleets. */
#include <errno.h>
#include <math.h>

#include "harness/data/random_effects.h"
#include "tests/merge/fleets.h"
#include "tests/unit.h"

/* Thirteen trials of the BCG vaccine (Colditz et al. 1994), log risk ratios and their variances, the standard
 * example of Viechtbauer 2010 (Journal of Statistical Software 36:3), whose answers these are. */
static const double bcg[] = { -0.8893, -1.5854, -1.3481, -1.4416, -0.2175, -0.7861, -1.6209,
                              0.0120,  -0.4694, -1.3713, -0.3394, 0.4459,  -0.0173 };
static const double bcg_variance[] = { 0.3256, 0.1946, 0.4154, 0.0200, 0.0512, 0.0069, 0.2230,
                                       0.0040, 0.0564, 0.0730, 0.0124, 0.5325, 0.0714 };
enum { BCG = sizeof bcg / sizeof *bcg };

static void published_answers(void **state) {
  (void)state;
  double se[BCG];
  struct random_effects r;
  for (size_t i = 0; i < BCG; i++) se[i] = sqrt(bcg_variance[i]);
  assert_near(random_effects_tau2_moments(bcg, se, BCG), 0.3088, 1e-3);
  assert_near(random_effects_tau2_reml(bcg, se, BCG), 0.3132, 1e-3);
  assert_int_equal(random_effects_fit(bcg, se, BCG, 0.05, &r), 0);
  assert_true(r.reml);
  assert_near(r.mu, -0.7145, 1e-3);
  assert_near(r.q, 152.23, 0.5);
  assert_near(r.i2_pct, 92.12, 0.1);
  /* Hartung and Knapp: SE 0.1808 */
  assert_near(r.low, -1.108, 3e-3);
  assert_near(r.high, -0.321, 3e-3);
  /* a machine more may lie anywhere between: wider than twice tau to each side */
  assert_true(r.predict_low < r.mu - 2 * sqrt(r.tau2) && r.predict_high > r.mu + 2 * sqrt(r.tau2));
}

static void limits(void **state) {
  (void)state;
  struct random_effects r;
  const double y[] = { 1, 1.02, 0.98, 1.01 }, se[] = { 0.1, 0.1, 0.1, 0.1 }, bad[] = { 0.1, 0, 0.1, 0.1 };
  const double far[] = { 1, 1.02, NAN, 1 };
  assert_int_equal(random_effects_fit(y, se, 0, 0.05, &r), -EINVAL);
  assert_int_equal(random_effects_fit(y, bad, 4, 0.05, &r), -EINVAL);
  assert_int_equal(random_effects_fit(far, se, 4, 0.05, &r), -EINVAL);
  assert_int_equal(random_effects_fit(y, se, 4, 1, &r), -EINVAL);
  /* one machine says nothing of others, two nothing of a third */
  assert_int_equal(random_effects_fit(y, se, 1, 0.05, &r), 0);
  assert_true(r.mu == 1 && isnan(r.low) && isnan(r.predict_low) && isnan(r.tau2));
  assert_int_equal(random_effects_fit(y, se, 2, 0.05, &r), 0);
  assert_true(r.low < r.mu && r.mu < r.high && isnan(r.predict_low));
  /* machines that agree better than their errors say are not more certain than those */
  assert_int_equal(random_effects_fit(y, se, 4, 0.05, &r), 0);
  assert_true(r.tau2 == 0 && r.i2_pct == 0);
  assert_near(r.high - r.mu, 3.1824 * 0.05, 1e-4);
  /* the unit does not matter, nor the origin */
  double y2[4], se2[4];
  struct random_effects s;
  for (size_t i = 0; i < 4; i++) y2[i] = 1000 * y[i] - 7, se2[i] = 1000 * se[i];
  assert_int_equal(random_effects_fit(y2, se2, 4, 0.05, &s), 0);
  assert_near(s.predict_high, 1000 * r.predict_high - 7, 0.02);
  assert_near(s.low, 1000 * r.low - 7, 0.02);
}

static void pooled(void **state) {
  (void)state;
  const double same[] = { 1, 1 }, apart[] = { 0, 2 }, se[] = { 0.1, 0.1 };
  double mean, mean_se;
  random_effects_pool(same, se, 2, &mean, &mean_se);
  assert_near(mean, 1, 1e-12);
  assert_near(mean_se, 0.1 / sqrt(2), 1e-12);
  random_effects_pool(apart, se, 2, &mean, &mean_se); /* their spread, not what they say of themselves */
  assert_near(mean, 1, 1e-12);
  assert_near(mean_se, 1, 1e-9);
  random_effects_pool(apart, se, 1, &mean, &mean_se);
  assert_near(mean_se, 0.1, 1e-12);
}

/* At least nominal, and of a width that says something. 600 fleets: a share of 95% has a standard error of 0.9. */
static void coverage(void **state) {
  (void)state;
  static const struct fleet_kind kinds[] = { { 3, 0, false }, { 3, 1, false },  { 5, 0.5, false }, { 5, 2, true },
                                             { 10, 1, true }, { 30, 2, false }, { 30, 0.5, false } };
  for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
    struct fleet_coverage c = fleets_simulate(kinds[i], 600, 7 + i);
    print_message("%zu machines, tau %.1f SE%s: mean %.1f%%, one more %.1f%%\n", kinds[i].machines, kinds[i].tau,
                  kinds[i].heavy ? ", heavy tails" : "", c.mean_pct, c.predict_pct);
    assert_true(c.mean_pct >= 92);
    assert_true(c.predict_pct >= 91);
  }
  /* with many machines that differ, it is not the cautious width of few: 2 * 1.96 * sqrt(tau^2 + small) */
  struct fleet_coverage many = fleets_simulate((struct fleet_kind){ 30, 2, false }, 200, 3);
  assert_true(many.predict_width < 2 * 2.3 * 2.05 && many.predict_pct < 99);
}

int main(void) {
  const struct CMUnitTest tests[] = {
    cmocka_unit_test(published_answers),
    cmocka_unit_test(limits),
    cmocka_unit_test(pooled),
    cmocka_unit_test(coverage),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
