/* SPDX-License-Identifier: GPL-3.0-or-later */
/* block_fit.h: regression of values that stand in the order of time, whose errors are not independent.
 *
 * States of a machine last seconds, so neighbouring pairs err alike, and an interval that takes them for
 * independent is too narrow. What is independent enough are blocks of time: the variance comes from the
 * sums of the scores in each block (Liang and Zeger 1986; for trimmed means and M-estimators alike), but
 * is never less than that of independent values. The degrees of freedom are those of the blocks that say
 * something of the coefficient: their effective number (Carter, Schnepel and Steigerwald 2017) less one. */
#ifndef HARNESS_DATA_BLOCK_FIT_H
#define HARNESS_DATA_BLOCK_FIT_H

#include <stdbool.h>
#include <stddef.h>

#include "harness/data/stats.h"

enum { BLOCK_FIT_COLUMNS_MAX = 8 };

/* Blocks of n values in the order of time: of 40 values, no fewer than 8 and no more than 60 blocks. */
size_t block_fit_blocks(size_t n);

struct block_fit {
  size_t n, columns;
  double value[BLOCK_FIT_COLUMNS_MAX], se[BLOCK_FIT_COLUMNS_MAX], df[BLOCK_FIT_COLUMNS_MAX];
};

/* y[i] by x[i * columns + k], i in the order of time. robust: Huber's M-estimator, 95% as efficient as
 * least squares on clean data (gsl_multifit_robust_huber); else least squares. -ERANGE: fewer than three
 * values for each column, or columns that cannot be told apart; -ENOMEM. */
int block_fit(const double *x, const double *y, size_t n, size_t columns, bool robust, struct block_fit *fit);
/* The two-sided interval of error alpha of one coefficient. */
struct estimate block_fit_estimate(const struct block_fit *fit, size_t column, double alpha);

/* The trimmed mean as stats_trimmed_interval gives it, its interval by blocks where that is wider: its
 * scores are the winsorised deviations. x in the order of time. */
struct estimate block_fit_trimmed(const double *x, size_t n, double trim, double alpha);

#endif
