/* SPDX-License-Identifier: GPL-3.0-or-later */
/* block_fit.c: see block_fit.h. */
#include "harness/data/block_fit.h"

#include <errno.h>
#include <gsl/gsl_cdf.h>
#include <gsl/gsl_errno.h>
#include <gsl/gsl_linalg.h>
#include <gsl/gsl_multifit.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { BLOCK_VALUES = 40, BLOCKS_MIN = 8, BLOCKS_MAX = 60 };

size_t block_fit_blocks(size_t n) {
  size_t blocks = n / BLOCK_VALUES;
  if (blocks < BLOCKS_MIN) blocks = n < BLOCKS_MIN ? n : BLOCKS_MIN;
  return blocks > BLOCKS_MAX ? BLOCKS_MAX : blocks;
}

static size_t block_of(size_t i, size_t n, size_t blocks) { return i * blocks / n; }

struct work {
  gsl_matrix *x;
  gsl_vector *y, *c, *residual, *weight;
  gsl_matrix *cov;
};

static void free_work(struct work *w) {
  if (w->x) gsl_matrix_free(w->x);
  if (w->cov) gsl_matrix_free(w->cov);
  if (w->y) gsl_vector_free(w->y);
  if (w->c) gsl_vector_free(w->c);
  if (w->residual) gsl_vector_free(w->residual);
  if (w->weight) gsl_vector_free(w->weight);
}

static bool new_work(struct work *w, const double *x, const double *y, size_t n, size_t columns) {
  *w = (struct work){ gsl_matrix_alloc(n, columns), gsl_vector_alloc(n), gsl_vector_alloc(columns),
                      gsl_vector_alloc(n),          gsl_vector_alloc(n), gsl_matrix_alloc(columns, columns) };
  if (!w->x || !w->y || !w->c || !w->residual || !w->weight || !w->cov) return false;
  memcpy(w->x->data, x, n * columns * sizeof *x);
  memcpy(w->y->data, y, n * sizeof *y);
  return true;
}

/* Coefficients, residuals and the weights that Huber gives them; least squares: all 1. */
static int solve(struct work *w, bool robust) {
  size_t n = w->y->size, p = w->c->size;
  gsl_vector_set_all(w->weight, 1);
  if (robust) {
    gsl_multifit_robust_workspace *r = gsl_multifit_robust_alloc(gsl_multifit_robust_huber, n, p);
    if (!r) return -ENOMEM;
    int rc = gsl_multifit_robust(w->x, w->y, w->c, w->cov, r);
    gsl_multifit_robust_stats s = gsl_multifit_robust_statistics(r);
    if (rc == 0 || rc == GSL_EMAXITER) {
      gsl_vector_memcpy(w->residual, s.r);
      gsl_vector_memcpy(w->weight, s.weights);
      rc = 0;
    }
    gsl_multifit_robust_free(r);
    return rc ? -ERANGE : 0;
  }
  double chisq;
  gsl_multifit_linear_workspace *l = gsl_multifit_linear_alloc(n, p);
  if (!l) return -ENOMEM;
  int rc = gsl_multifit_linear(w->x, w->y, w->c, w->cov, &chisq, l);
  if (rc == 0) rc = gsl_multifit_linear_residuals(w->x, w->y, w->c, w->residual);
  gsl_multifit_linear_free(l);
  return rc ? -ERANGE : 0;
}

/* A = sum of psi'(r) x x'. Huber's psi is the residual itself where its weight is 1, else constant. */
static int inverse_of_slopes(const struct work *w, gsl_matrix *inverse) {
  size_t n = w->y->size, p = w->c->size;
  gsl_matrix_set_zero(inverse);
  for (size_t i = 0; i < n; i++) {
    if (gsl_vector_get(w->weight, i) < 1 - 1e-9) continue;
    const double *x = gsl_matrix_const_ptr(w->x, i, 0);
    for (size_t a = 0; a < p; a++)
      for (size_t b = 0; b < p; b++) *gsl_matrix_ptr(inverse, a, b) += x[a] * x[b];
  }
  if (gsl_linalg_cholesky_decomp1(inverse) != 0 || gsl_linalg_cholesky_invert(inverse) != 0) return -ERANGE;
  for (size_t a = 0; a < p; a++)
    if (!(gsl_matrix_get(inverse, a, a) > 0) || !isfinite(gsl_matrix_get(inverse, a, a))) return -ERANGE;
  return 0;
}

/* Variance of coefficient k: by blocks, and with every value a block of its own; and the effective number
 * of blocks. influence = row k of A^-1 times the score of a value. */
static void variance(const struct work *w, const gsl_matrix *inverse, size_t k, struct block_fit *fit) {
  size_t n = w->y->size, p = w->c->size, blocks = block_fit_blocks(n);
  double sum[BLOCKS_MAX] = { 0 }, leverage[BLOCKS_MAX] = { 0 }, alone = 0, by_blocks = 0, l1 = 0, l2 = 0;
  for (size_t i = 0; i < n; i++) {
    const double *x = gsl_matrix_const_ptr(w->x, i, 0);
    double lever = 0;
    for (size_t a = 0; a < p; a++) lever += gsl_matrix_get(inverse, k, a) * x[a];
    double influence = lever * gsl_vector_get(w->residual, i) * gsl_vector_get(w->weight, i);
    size_t b = block_of(i, n, blocks);
    sum[b] += influence;
    leverage[b] += lever * lever;
    alone += influence * influence;
  }
  for (size_t b = 0; b < blocks; b++) {
    by_blocks += sum[b] * sum[b];
    l1 += leverage[b];
    l2 += leverage[b] * leverage[b];
  }
  double effective = l2 > 0 ? l1 * l1 / l2 : 1;
  by_blocks *= (double)blocks / (double)(blocks - 1);
  alone *= (double)n / (double)(n - p);
  fit->se[k] = sqrt(fmax(alone, by_blocks));
  fit->df[k] = fmax(effective - 1, 1);
}

int block_fit(const double *x, const double *y, size_t n, size_t columns, bool robust, struct block_fit *fit) {
  struct work w = { 0 };
  *fit = (struct block_fit){ .n = n, .columns = columns };
  if (columns < 1 || columns > BLOCK_FIT_COLUMNS_MAX || n < 3 * columns || n < BLOCKS_MIN) return -ERANGE;
  gsl_error_handler_t *handler = gsl_set_error_handler_off();
  gsl_matrix *inverse = gsl_matrix_alloc(columns, columns);
  int rc = inverse && new_work(&w, x, y, n, columns) ? 0 : -ENOMEM;
  if (rc == 0) rc = solve(&w, robust);
  if (rc == 0) rc = inverse_of_slopes(&w, inverse);
  for (size_t k = 0; k < columns && rc == 0; k++) {
    fit->value[k] = gsl_vector_get(w.c, k);
    variance(&w, inverse, k, fit);
    if (!isfinite(fit->value[k]) || !isfinite(fit->se[k])) rc = -ERANGE;
  }
  if (inverse) gsl_matrix_free(inverse);
  free_work(&w);
  gsl_set_error_handler(handler);
  return rc;
}

struct estimate block_fit_estimate(const struct block_fit *fit, size_t column, double alpha) {
  struct estimate e = stats_none();
  double t = gsl_cdf_tdist_Qinv(alpha / 2, fit->df[column]);
  e.n = fit->n;
  e.value = fit->value[column];
  e.se = fit->se[column];
  e.df = fit->df[column];
  e.level = 1 - alpha;
  e.low = e.value - t * e.se;
  e.high = e.value + t * e.se;
  return e;
}

struct estimate block_fit_trimmed(const double *x, size_t n, double trim, double alpha) {
  struct estimate e = stats_trimmed_interval(x, n, trim, alpha);
  size_t blocks = block_fit_blocks(n);
  if (!stats_known(&e) || blocks < BLOCKS_MIN) return e;
  double low = stats_trimmed_min(x, n, trim), high = stats_trimmed_max(x, n, trim), mean = 0, variance = 0;
  double sum[BLOCKS_MAX] = { 0 };
  for (size_t i = 0; i < n; i++) mean += fmin(fmax(x[i], low), high) / (double)n;
  for (size_t i = 0; i < n; i++) sum[block_of(i, n, blocks)] += fmin(fmax(x[i], low), high) - mean;
  for (size_t b = 0; b < blocks; b++) variance += sum[b] * sum[b];
  /* a trimmed mean's influence is the winsorised deviation over the share that is kept */
  double se = sqrt(variance * (double)blocks / (double)(blocks - 1)) / (e.df + 1);
  if (se <= e.se) return e;
  e.se = se;
  e.df = (double)(blocks - 1);
  double t = gsl_cdf_tdist_Qinv(alpha / 2, e.df);
  e.low = e.value - t * se;
  e.high = e.value + t * se;
  return e;
}
