/* SPDX-License-Identifier: GPL-3.0-or-later */
/* fleets.c: see fleets.h. */
#include "tests/merge/fleets.h"

#include <gsl/gsl_cdf.h>
#include <gsl/gsl_randist.h>
#include <gsl/gsl_rng.h>
#include <math.h>
#include <stdlib.h>

#include "harness/data/random_effects.h"
#include "harness/data/stats.h"

static double effect(gsl_rng *rng, struct fleet_kind kind) {
  return kind.tau * (kind.heavy ? gsl_ran_tdist(rng, 3) / sqrt(3) : gsl_ran_ugaussian(rng));
}

struct fleet_coverage fleets_simulate(struct fleet_kind kind, size_t fleets, unsigned long seed) {
  gsl_rng *rng = gsl_rng_alloc(gsl_rng_mt19937);
  double *y = calloc(kind.machines, sizeof *y), *se = calloc(kind.machines, sizeof *se);
  double *mean_width = calloc(fleets, sizeof *mean_width), *predict_width = calloc(fleets, sizeof *predict_width);
  size_t mean = 0, predict = 0, plain = 0;
  if (rng == NULL || y == NULL || se == NULL || mean_width == NULL || predict_width == NULL) abort();
  gsl_rng_set(rng, seed);
  for (size_t f = 0; f < fleets; f++) {
    struct random_effects r;
    for (size_t i = 0; i < kind.machines; i++) {
      se[i] = exp(0.4 * gsl_ran_ugaussian(rng));
      y[i] = effect(rng, kind) + se[i] * gsl_ran_ugaussian(rng);
    }
    double one_more = effect(rng, kind);
    if (random_effects_fit(y, se, kind.machines, 0.05, &r) != 0) abort();
    mean += r.low <= 0 && 0 <= r.high;
    predict += r.predict_low <= one_more && one_more <= r.predict_high;
    double df = (double)kind.machines - 2, mean_se = (r.high - r.mu) / gsl_cdf_tdist_Pinv(0.975, df + 1);
    plain += fabs(one_more - r.mu) <= gsl_cdf_tdist_Pinv(0.975, df) * sqrt(r.tau2 + mean_se * mean_se);
    mean_width[f] = r.high - r.low;
    predict_width[f] = r.predict_high - r.predict_low;
  }
  struct fleet_coverage c = {
    .mean_pct = 100.0 * (double)mean / (double)fleets,
    .predict_pct = 100.0 * (double)predict / (double)fleets,
    .plain_pct = 100.0 * (double)plain / (double)fleets,
    .mean_width = stats_median(mean_width, fleets),
    .predict_width = stats_median(predict_width, fleets),
  };
  free(y);
  free(se);
  free(mean_width);
  free(predict_width);
  gsl_rng_free(rng);
  return c;
}
