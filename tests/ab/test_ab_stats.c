/* SPDX-License-Identifier: GPL-3.0-or-later */
/* test_ab_stats.c: each estimator against known answers, and by seeded simulation: coverage of
 * the intervals on clean and on contaminated samples, error of the planned looks. */
#include "tests/unit.h"
#include "tests/unit_random.h"

#include <gsl/gsl_cdf.h>
#include <gsl/gsl_randist.h>
#include <gsl/gsl_rng.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "harness/ab/spending.h"
#include "harness/data/stats.h"
#include "harness/data/verdict.h"

/* Self-awareness data of Dana (1990), the standard example of Wilcox's books. */
static const double wilcox[] = { 77,  87,  88,  114, 151, 210, 219, 246,  253, 262,
                                 296, 299, 306, 376, 428, 515, 666, 1310, 2611 };
#define WILCOX_N (sizeof wilcox / sizeof *wilcox)

static void known_answers(void **state) {
  (void)state;
  assert_near(stats_trimmed_mean(wilcox, WILCOX_N, 0.2), 282.6923, 1e-3);
  assert_near(stats_winsorised_variance(wilcox, WILCOX_N, 0.2), 21551.4, 0.1);
  struct estimate e = stats_trimmed_interval(wilcox, WILCOX_N, 0.2, 0.05);
  assert_near(e.df, 12, 0);
  assert_near(e.se, sqrt(21551.4 * 18 / (13 * 12)), 1e-2);
  assert_near(e.high - e.value, 2.178813 * e.se, 1e-3);
  /* trim 0 is Student: mean 448, SD 594.66 */
  e = stats_trimmed_interval(wilcox, WILCOX_N, 0, 0.05);
  assert_near(e.value, stats_mean(wilcox, WILCOX_N), 1e-9);
  assert_near(e.se, stats_sd(wilcox, WILCOX_N) / sqrt(19), 1e-9);
  assert_near(stats_median(wilcox, WILCOX_N), 262, 0);
  assert_near(stats_quantile(wilcox, WILCOX_N, 0.25), 180.5, 1e-9);
  assert_near(stats_quantile(wilcox, WILCOX_N, 1), 2611, 0);
  assert_true(isnan(stats_quantile(wilcox, 0, 0.5)));
  /* n = 19: order statistics 5 and 15 give 98.08%, the tightest above 95% (96.04 is 6 and 14 at 93.6) */
  e = stats_median_interval(wilcox, WILCOX_N, 0.05);
  assert_near(e.low, 151, 0);
  assert_near(e.high, 428, 0);
  assert_true(e.level >= 0.95);
  assert_true(isnan(stats_median_interval(wilcox, 3, 0.05).low));
  assert_true(isnan(stats_trimmed_interval(wilcox, 2, 0.2, 0.05).low));
  assert_true(isnan(stats_trimmed_interval(wilcox, 0, 0.2, 0.05).value));
}

static void log_scale(void **state) {
  (void)state;
  /* t(7): 2.365 at 95%, 5.408 at 99.9% */
  struct estimate w = stats_at_alpha(
      stats_log_to_pct((struct estimate){
          .value = 0.01, .low = 0.01 - 0.02365, .high = 0.01 + 0.02365, .df = 7, .level = 0.95, .n = 9 }),
      0.001);
  assert_near(log1p(w.low / 100), 0.01 - 0.05408, 1e-4);
  assert_near(log1p(w.high / 100), 0.01 + 0.05408, 1e-4);
  assert_near(stats_at_alpha(w, 0.05).low, w.low, 0); /* never narrower */
  struct estimate e =
      stats_log_to_pct((struct estimate){ .value = log(1.007), .low = log(1.005), .high = log(1.009), .n = 9 });
  assert_near(e.value, 0.7, 1e-9);
  assert_near(e.low, 0.5, 1e-9);
  assert_near(e.high, 0.9, 1e-9);
}

/* A pair's difference as measured: mostly narrow, a tenth of the processes in a bad state. */
static double pair_difference(gsl_rng *r, double effect) {
  double d = gsl_ran_gaussian(r, 0.009);
  if (gsl_rng_uniform(r) < 0.08) d += gsl_ran_exponential(r, 0.03);
  if (gsl_rng_uniform(r) < 0.08) d -= gsl_ran_exponential(r, 0.03);
  return d + effect;
}

static void coverage(void **state) {
  gsl_rng *r = *state;
  static const size_t sizes[] = { 40, 100, 400 };
  for (size_t k = 0; k < 3; k++) {
    size_t n = sizes[k], reps = 4000, in = 0, in_mean = 0, in_median = 0;
    double x[400];
    for (size_t i = 0; i < reps; i++) {
      for (size_t j = 0; j < n; j++) x[j] = pair_difference(r, 0.007);
      struct estimate e = stats_trimmed_interval(x, n, STATS_TRIM, 0.05);
      in += e.low <= 0.007 && 0.007 <= e.high;
      e = stats_trimmed_interval(x, n, 0, 0.05);
      in_mean += e.low <= 0.007 && 0.007 <= e.high;
      e = stats_median_interval(x, n, 0.05);
      in_median += e.low <= 0.007 && 0.007 <= e.high;
    }
    double share = (double)in / (double)reps;
    printf("coverage at n=%zu: trimmed %.3f mean %.3f median %.3f\n", n, share, (double)in_mean / (double)reps,
           (double)in_median / (double)reps);
    /* 4 standard errors of a proportion of 4000 are 0.014 */
    assert_true(share > 0.936 && share < 0.966);
    assert_true((double)in_mean / (double)reps > 0.93);
    assert_true((double)in_median / (double)reps > 0.936);
  }
}

static void yuen_coverage(void **state) {
  gsl_rng *r = *state;
  size_t reps = 3000, in = 0;
  for (size_t i = 0; i < reps; i++) {
    double x[30], y[45];
    for (size_t j = 0; j < 30; j++) x[j] = gsl_ran_gaussian(r, 3) + 1;
    for (size_t j = 0; j < 45; j++) y[j] = gsl_ran_gaussian(r, 1);
    struct estimate e = stats_yuen_interval(x, 30, y, 45, 0.2, 0.05);
    in += e.low <= 1 && 1 <= e.high;
  }
  assert_true((double)in / (double)reps > 0.93 && (double)in / (double)reps < 0.968);
}

static double spend_obrien_fleming(double t, double alpha) {
  /* alpha/2 for each side */
  return t >= 1 ? alpha : 4 * gsl_cdf_ugaussian_Q(gsl_cdf_ugaussian_Qinv(alpha / 4) / sqrt(t));
}

static void looks_known(void **state) {
  (void)state;
  /* Lan and DeMets, O'Brien-Fleming type, five equal looks, two-sided 0.05. */
  static const double published[] = { 4.8769, 3.3569, 2.6803, 2.2898, 2.0310 };
  struct spending s;
  spending_plan(&s, 60, 0.05);
  assert_true(s.planned == 5 && s.look_s[0] == 4 && s.look_s[4] == 60);
  /* the error that our function spends by these seconds is what theirs spends by that share of the pairs */
  for (size_t i = 0; i < 5; i++)
    s.look_s[i] = 60 * pow(spend_obrien_fleming((double)(i + 1) / 5, 0.05) / 0.05, 1 / 1.5);
  for (size_t i = 0; i < 5; i++) {
    double z = stats_z_of_alpha(spending_take(&s, i, 100.0 * (double)(i + 1)));
    assert_near(z, published[i], 2e-3);
  }
  spending_plan(&s, 3, 0.05);
  assert_true(s.planned == 1);
  assert_near(spending_take(&s, 0, 50), 0.05, 1e-9); /* one look is an ordinary interval */
  spending_plan(&s, 120, 0.05);
  assert_true(s.planned == 6);
  assert_true(spending_take(&s, 1, 100) > 0);  /* the first was passed over */
  assert_true(spending_take(&s, 2, 100) == 0); /* no new pair, no look */
}

/* Error of all planned looks together, the campaign's own path: trimmed mean, winsorised t at the
 * spent error, at least 40 pairs. */
static void looks_simulated(void **state) {
  gsl_rng *r = *state;
  static const size_t at[] = { 44, 88, 165, 330, 660 };
  double x[660];
  size_t reps = 3000, wrong = 0, false_verdict = 0, neutral = 0;
  struct spending plan;
  double alpha[5];
  spending_plan(&plan, 60, 0.05);
  for (size_t k = 0; k < 5; k++) alpha[k] = spending_take(&plan, k, (double)at[k]);
  assert_near(plan.spent, 0.05, 1e-9);
  for (size_t i = 0; i < reps; i++) {
    bool off = false, decided = false;
    for (size_t j = 0; j < 660; j++) x[j] = pair_difference(r, 0);
    for (size_t k = 0; k < 5; k++) {
      struct estimate e = stats_trimmed_interval(x, at[k], STATS_TRIM, alpha[k]);
      off |= e.low > 0 || e.high < 0;
      if (!decided) {
        struct verdict_input in = { .gain_pct = stats_log_to_pct(e),
                                    .mean_gain_pct = stats_none(),
                                    .control_pct = stats_none(),
                                    .margin_pct = 0.5,
                                    .disturbed_pct = NAN,
                                    .elapsed_s = 1 };
        struct verdict_result v;
        verdict_decide(&in, &v);
        decided = v.verdict != VERDICT_INCONCLUSIVE;
        neutral += v.verdict == VERDICT_NEUTRAL;
        false_verdict += v.verdict == VERDICT_GO || v.verdict == VERDICT_NO_GO;
      }
    }
    wrong += off;
  }
  printf("planned looks: error %.4f of 0.05, false verdicts %zu, NEUTRAL %zu of %zu\n", (double)wrong / (double)reps,
         false_verdict, neutral, reps);
  assert_true((double)wrong / (double)reps < 0.066); /* 4 standard errors above */
  assert_true((double)wrong / (double)reps > 0.025);
  assert_true(false_verdict == 0);
  assert_true(neutral > reps * 95 / 100);
}

static enum verdict decide(double low, double value, double high, struct verdict_result *out) {
  struct verdict_input in = { .gain_pct = { .value = value, .low = low, .high = high, .n = 100 },
                              .mean_gain_pct = stats_none(),
                              .control_pct = stats_none(),
                              .margin_pct = 0.5,
                              .disturbed_pct = 0,
                              .elapsed_s = 60 };
  verdict_decide(&in, out);
  return out->verdict;
}

static void verdicts(void **state) {
  (void)state;
  struct verdict_result v;
  assert_true(decide(0.5, 0.7, 0.9, &v) == VERDICT_GO);
  assert_true(decide(0.49, 0.7, 0.91, &v) == VERDICT_INCONCLUSIVE);
  assert_true(strstr(v.reason, "a gain, margin unresolved") != NULL);
  assert_near(v.needed_s, 1.1 * 60 * 0.21 * 0.21 / 0.04, 1e-6);
  assert_true(decide(-0.9, -0.7, -0.5, &v) == VERDICT_NO_GO);
  assert_true(decide(-0.49, 0, 0.49, &v) == VERDICT_NEUTRAL);
  assert_true(decide(0.1, 0.2, 0.3, &v) == VERDICT_NEUTRAL);
  assert_true(strstr(v.reason, "gain is real") != NULL);
  assert_true(decide(-0.6, 0, 0.6, &v) == VERDICT_INCONCLUSIVE);
  assert_true(strstr(v.reason, "sign unknown") != NULL);
  assert_true(decide(-0.5, -0.2, 0.1, &v) == VERDICT_INCONCLUSIVE);
  assert_true(decide(-0.9, -0.5, -0.1, &v) == VERDICT_INCONCLUSIVE);
  assert_true(isnan(v.needed_s));
  assert_true(strstr(v.reason, "a loss") != NULL);
  struct verdict_input in = { .gain_pct = { .value = 0.7, .low = 0.6, .high = 0.8, .n = 100 },
                              .mean_gain_pct = stats_none(),
                              .control_pct = stats_none(),
                              .margin_pct = 0.5,
                              .disturbed_pct = 11,
                              .elapsed_s = 60 };
  verdict_decide(&in, &v);
  assert_true(v.verdict == VERDICT_INCONCLUSIVE && strstr(v.reason, "disturbed"));
  in.disturbed_pct = 9;
  in.control_pct = (struct estimate){ .value = 0.3, .low = 0.11, .high = 0.5 };
  verdict_decide(&in, &v);
  assert_true(v.verdict == VERDICT_INCONCLUSIVE && strstr(v.reason, "control"));
  in.control_pct.low = 0.09;
  in.mean_gain_pct = (struct estimate){ .value = 1.5, .low = 1.2, .high = 1.8 };
  verdict_decide(&in, &v);
  assert_true(v.verdict == VERDICT_INCONCLUSIVE && strstr(v.reason, "bad states"));
  in.mean_gain_pct.low = 0.75;
  verdict_decide(&in, &v);
  assert_true(v.verdict == VERDICT_GO);
  in.gain_pct = stats_none();
  verdict_decide(&in, &v);
  assert_true(v.verdict == VERDICT_INCONCLUSIVE);
  /* beside other work: 9 +- 3 could be chance, 209 +- 17 is none */
  assert_false(
      verdict_stands_out(&(struct estimate){ .value = 9, .low = 6, .high = 12, .level = 0.95, .n = 100 }, 0.5));
  /* a hundred times as fast, told within a factor of two */
  assert_true(verdict_stands_out(
      &(struct estimate){ .value = 9900, .low = 4900, .high = 19900, .level = 0.95, .n = 42, .df = 41 }, 0.5));
  assert_true(verdict_stands_out(
      &(struct estimate){ .value = 209, .low = 192, .high = 227, .df = INFINITY, .level = 0.95, .n = 100 }, 0.5));
  assert_true(
      verdict_stands_out(&(struct estimate){ .value = -40, .low = -43, .high = -37, .level = 0.95, .n = 100 }, 0.5));
  /* a wide interval passes the margin by chance once in forty times: 0.8 of it has to be passed at 99.9% */
  in.gain_pct = (struct estimate){ .value = 9, .low = 1, .high = 17.6, .df = 7, .level = 0.95, .n = 100 };
  in.mean_gain_pct = stats_none();
  verdict_decide(&in, &v);
  assert_true(v.verdict == VERDICT_INCONCLUSIVE && strstr(v.reason, "not surely") && v.needed_s > 60);
  in.gain_pct = (struct estimate){ .value = -9, .low = -16.3, .high = -1, .df = 7, .level = 0.95, .n = 100 };
  verdict_decide(&in, &v);
  assert_true(v.verdict == VERDICT_INCONCLUSIVE && strstr(v.reason, "a loss"));
  in.gain_pct = (struct estimate){ .value = 9, .low = 6, .high = 12.1, .df = 7, .level = 0.95, .n = 100 };
  verdict_decide(&in, &v);
  assert_true(v.verdict == VERDICT_GO);
  /* and so that an effect a little below the margin, which is mostly NEUTRAL, is no GO once in a while */
  in.gain_pct = (struct estimate){ .value = 0.75, .low = 0.51, .high = 0.99, .df = 60, .level = 0.95, .n = 800 };
  verdict_decide(&in, &v);
  assert_true(v.verdict == VERDICT_INCONCLUSIVE && strstr(v.reason, "not surely"));
  in.gain_pct = (struct estimate){ .value = 0.63, .low = 0.51, .high = 0.75, .df = 60, .level = 0.95, .n = 3200 };
  verdict_decide(&in, &v);
  assert_true(v.verdict == VERDICT_GO);
  verdict_decide_source(-0.5, 0.5, &v);
  assert_true(v.verdict == VERDICT_NO_GO);
}

static int seed(void **state) { return unit_random(state, gsl_rng_ranlxs0, 20240607); }

int main(void) {
  const struct CMUnitTest tests[] = {
    cmocka_unit_test(known_answers),   cmocka_unit_test(log_scale), cmocka_unit_test(looks_known),
    cmocka_unit_test(verdicts),        cmocka_unit_test(coverage),  cmocka_unit_test(yuen_coverage),
    cmocka_unit_test(looks_simulated),
  };
  return cmocka_run_group_tests(tests, seed, unit_random_end) != 0;
}
