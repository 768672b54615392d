/* SPDX-License-Identifier: GPL-3.0-or-later */
/* random_effects.h: one effect, measured on several kinds of machine.
 *
 * Owns the normal-normal random-effects model: machine i has the true effect theta_i ~ N(mu, tau^2), and
 * was measured as y_i ~ N(theta_i, se_i^2). Gives mu with an interval, tau^2, I^2, and the prediction
 * interval: where the true effect of a machine lies that is not in the set. Knows nothing of files,
 * margins or verdicts.
 *
 * tau^2: restricted maximum likelihood, or DerSimonian and Laird's moment estimate where the likelihood has
 * no maximum that the minimiser finds. mu: Hartung and Knapp 2001, t with k - 1 degrees of freedom, its variance
 * never below that of known variances (Roever, Knapp and Friede 2015). Prediction: the posterior predictive
 * distribution under Berger and Bernardo's reference prior, which metrology uses for comparisons of laboratories
 * (Bodnar, Link and Elster 2016, Bayesian Analysis 11: 25). With few machines tau^2 is estimated as 0 too often:
 * the usual interval, t with k - 2 degrees of freedom at the estimate, covers 84 to 93% where 95 is said
 * (doc/method.md has both, `make bench-merge`). */
#ifndef HARNESS_DATA_RANDOM_EFFECTS_H
#define HARNESS_DATA_RANDOM_EFFECTS_H

#include <stdbool.h>
#include <stddef.h>

enum { RANDOM_EFFECTS_MACHINES_MAX = 4096 };

struct random_effects {
  size_t k;
  double mu, low, high;             /* NaN below k = 2 */
  double predict_low, predict_high; /* NaN below k = 3 */
  double tau2, i2_pct;              /* between machines; share of the spread that is not measurement */
  double q;                         /* Cochran's, k - 1 degrees of freedom where tau is 0 */
  bool reml;                        /* else DerSimonian and Laird */
  double level;                     /* of both intervals */
};

/* y and se in one unit (percent, log ratios); every se finite and above 0, alpha in (0, 1). Returns 0, or -EINVAL for
 * k = 0, more than RANDOM_EFFECTS_MACHINES_MAX or values that are not finite. */
int random_effects_fit(const double *y, const double *se, size_t k, double alpha, struct random_effects *out);

/* tau^2 alone, for tests: DerSimonian and Laird 1986; restricted maximum likelihood, NaN where not found. */
double random_effects_tau2_moments(const double *y, const double *se, size_t k);
double random_effects_tau2_reml(const double *y, const double *se, size_t k);

/* Several measurements of one kind of machine: inverse-variance mean; its standard error is widened by the
 * Birge ratio sqrt(Q / (n - 1)) where they differ by more than they say. n >= 1. */
void random_effects_pool(const double *y, const double *se, size_t n, double *mean, double *mean_se);

#endif
