/* SPDX-License-Identifier: GPL-3.0-or-later */
/* random_effects.c: see random_effects.h. */
#include "harness/data/random_effects.h"

#include <errno.h>
#include <gsl/gsl_cdf.h>
#include <gsl/gsl_errno.h>
#include <gsl/gsl_min.h>
#include <gsl/gsl_roots.h>
#include <math.h>

/* Steps of the grid of tau, and how far it goes: as large as 60 times the largest deviation it has a posterior
 * probability below 1e-3 from three machines on. */
enum { GRID = 400, TAU_MOST = 60, SOLVER_STEPS = 200 };

struct sample {
  const double *y, *se;
  size_t k;
};

/* Weighted mean, and the sums behind it, with weights 1 / (se^2 + tau2). */
static double weighted(const struct sample *s, double tau2, double *sum_w, double *sum_log, double *spread) {
  double w_all = 0, wy = 0, logs = 0, q = 0;
  for (size_t i = 0; i < s->k; i++) {
    double v = s->se[i] * s->se[i] + tau2;
    w_all += 1 / v;
    wy += s->y[i] / v;
    logs += log(v);
  }
  double mu = wy / w_all;
  for (size_t i = 0; i < s->k; i++) q += (s->y[i] - mu) * (s->y[i] - mu) / (s->se[i] * s->se[i] + tau2);
  *sum_w = w_all;
  *sum_log = logs;
  *spread = q;
  return mu;
}

/* -2 times the restricted log-likelihood, less constants. */
static double restricted(double tau2, void *sample) {
  double w, logs, q;
  weighted(sample, tau2, &w, &logs, &q);
  return logs + log(w) + q;
}

double random_effects_tau2_moments(const double *y, const double *se, size_t k) {
  struct sample s = { y, se, k };
  double w, logs, q, w2 = 0;
  weighted(&s, 0, &w, &logs, &q);
  for (size_t i = 0; i < k; i++) w2 += pow(se[i], -4);
  double c = w - w2 / w;
  return c > 0 && q > (double)(k - 1) ? (q - (double)(k - 1)) / c : 0;
}

/* The likelihood may have its maximum at 0, or more than one: the best point of a grid is where the minimiser
 * begins. */
double random_effects_tau2_reml(const double *y, const double *se, size_t k) {
  enum { POINTS = 200 };
  struct sample s = { y, se, k };
  double least = y[0], most = y[0], widest = 0;
  for (size_t i = 0; i < k; i++) {
    if (y[i] < least) least = y[i];
    if (y[i] > most) most = y[i];
    if (se[i] > widest) widest = se[i];
  }
  /* above the range's square every weight is equal, and the likelihood falls */
  double upper = (most - least) * (most - least) + widest * widest, step = sqrt(upper) / POINTS;
  size_t best = 0;
  double best_value = restricted(0, &s);
  for (size_t i = 1; i <= POINTS; i++) {
    double v = restricted((double)i * (double)i * step * step, &s);
    if (v < best_value) best_value = v, best = i;
  }
  if (best == POINTS) return NAN;
  double low = best == 0 ? 0 : (double)(best - 1) * (double)(best - 1) * step * step;
  double high = (double)(best + 1) * (double)(best + 1) * step * step;
  double at = best == 0 ? high / 4 : (double)best * (double)best * step * step;
  if (best == 0 && restricted(at, &s) >= best_value) return 0;
  gsl_function f = { restricted, &s };
  gsl_min_fminimizer *m = gsl_min_fminimizer_alloc(gsl_min_fminimizer_brent);
  if (m == NULL) return NAN;
  double found = NAN;
  if (gsl_min_fminimizer_set(m, &f, at, low, high) == GSL_SUCCESS)
    for (int i = 0; i < SOLVER_STEPS && gsl_min_fminimizer_iterate(m) == GSL_SUCCESS; i++) {
      low = gsl_min_fminimizer_x_lower(m);
      high = gsl_min_fminimizer_x_upper(m);
      if (gsl_min_test_interval(low, high, 1e-12 * upper, 1e-6) != GSL_SUCCESS) continue;
      found = gsl_min_fminimizer_x_minimum(m);
      break;
    }
  gsl_min_fminimizer_free(m);
  return found;
}

/* Standard error of mu by Hartung and Knapp, never below that of known variances (Roever, Knapp and Friede
 * 2015): machines that agree by chance do not make the answer more certain. */
static double hartung_knapp(const struct sample *s, double tau2, double *mu) {
  double w, logs, q;
  *mu = weighted(s, tau2, &w, &logs, &q);
  return sqrt(fmax(1, q / (double)(s->k - 1)) / w);
}

/* The predictive distribution of a machine that is not in the set: a mixture of normals over a grid of tau,
 * weighted by the posterior of tau under the reference prior sqrt(sum (tau / (se^2 + tau^2))^2). */
struct mixture {
  double weight[GRID], mean[GRID], sd[GRID];
  double tail; /* the probability whose quantile is looked for */
};

static double mixture_below(double x, void *context) {
  const struct mixture *m = context;
  double below = 0;
  for (size_t g = 0; g < GRID; g++)
    if (m->weight[g] > 0) below += m->weight[g] * gsl_cdf_gaussian_P(x - m->mean[g], m->sd[g]);
  return below - m->tail;
}

static double mixture_quantile(struct mixture *m, double probability, double low, double high) {
  gsl_function f = { mixture_below, m };
  gsl_root_fsolver *solver = gsl_root_fsolver_alloc(gsl_root_fsolver_brent);
  if (solver == NULL) return NAN;
  m->tail = probability;
  double found = NAN;
  if (gsl_root_fsolver_set(solver, &f, low, high) == GSL_SUCCESS)
    for (int i = 0; i < SOLVER_STEPS && gsl_root_fsolver_iterate(solver) == GSL_SUCCESS; i++) {
      found = gsl_root_fsolver_root(solver);
      if (gsl_root_test_interval(gsl_root_fsolver_x_lower(solver), gsl_root_fsolver_x_upper(solver),
                                 1e-9 * (high - low), 1e-9) == GSL_SUCCESS)
        break;
    }
  gsl_root_fsolver_free(solver);
  return found;
}

static void predict(const struct sample *s, double alpha, struct random_effects *out) {
  double range = 0, widest = 0, best = -INFINITY, all = 0;
  for (size_t i = 0; i < s->k; i++) {
    range = fmax(range, fabs(s->y[i] - out->mu));
    widest = fmax(widest, s->se[i]);
  }
  struct mixture m = { .tail = NAN };
  double most = TAU_MOST * (range + widest);
  for (size_t g = 0; g < GRID; g++) {
    double x = ((double)g + 0.5) / GRID, tau = most * x * x * x, information = 0; /* dense near 0 */
    double w, logs, q;
    m.mean[g] = weighted(s, tau * tau, &w, &logs, &q);
    m.sd[g] = sqrt(1 / w + tau * tau);
    for (size_t i = 0; i < s->k; i++) information += pow(tau / (s->se[i] * s->se[i] + tau * tau), 2);
    /* likelihood, prior, and the width of the grid's step */
    m.weight[g] = -0.5 * (logs + log(w) + q) + 0.5 * log(information) + log(x * x);
    best = fmax(best, m.weight[g]);
  }
  for (size_t g = 0; g < GRID; g++) all += m.weight[g] = exp(m.weight[g] - best);
  for (size_t g = 0; g < GRID; g++) m.weight[g] /= all;
  double reach = 50 * (most + widest);
  out->predict_low = mixture_quantile(&m, alpha / 2, out->mu - reach, out->mu + reach);
  out->predict_high = mixture_quantile(&m, 1 - alpha / 2, out->mu - reach, out->mu + reach);
}

int random_effects_fit(const double *y, const double *se, size_t k, double alpha, struct random_effects *out) {
  struct sample s = { y, se, k };
  *out = (struct random_effects){ .k = k,
                                  .mu = NAN,
                                  .low = NAN,
                                  .high = NAN,
                                  .predict_low = NAN,
                                  .predict_high = NAN,
                                  .tau2 = NAN,
                                  .i2_pct = NAN,
                                  .q = NAN,
                                  .level = 1 - alpha };
  if (k == 0 || k > RANDOM_EFFECTS_MACHINES_MAX || !(alpha > 0 && alpha < 1)) return -EINVAL;
  for (size_t i = 0; i < k; i++)
    if (!isfinite(y[i]) || !isfinite(se[i]) || !(se[i] > 0)) return -EINVAL;
  if (k == 1) {
    out->mu = y[0];
    return 0;
  }
  gsl_error_handler_t *handler = gsl_set_error_handler_off();
  double w, logs, tau2 = random_effects_tau2_reml(y, se, k);
  out->reml = !isnan(tau2);
  out->tau2 = out->reml ? tau2 : random_effects_tau2_moments(y, se, k);
  weighted(&s, 0, &w, &logs, &out->q);
  out->i2_pct = out->q > (double)(k - 1) ? 100 * (out->q - (double)(k - 1)) / out->q : 0;
  double half = gsl_cdf_tdist_Pinv(1 - alpha / 2, (double)(k - 1)) * hartung_knapp(&s, out->tau2, &out->mu);
  out->low = out->mu - half;
  out->high = out->mu + half;
  if (k >= 3) predict(&s, alpha, out);
  gsl_set_error_handler(handler);
  return 0;
}

void random_effects_pool(const double *y, const double *se, size_t n, double *mean, double *mean_se) {
  struct sample s = { y, se, n };
  double w, logs, q;
  *mean = weighted(&s, 0, &w, &logs, &q);
  double birge = n > 1 ? sqrt(q / (double)(n - 1)) : 1;
  *mean_se = sqrt(1 / w) * fmax(1, birge);
}
