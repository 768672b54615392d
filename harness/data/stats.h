/* SPDX-License-Identifier: GPL-3.0-or-later */
/* stats.h: estimators and their intervals.
 *
 * Owns what turns samples into an estimate with an interval: trimmed means with winsorised t
 * intervals (Yuen 1974), ordinary means, quantiles, distribution-free intervals of the median.
 * Quantiles of t and of the normal come from GSL. Knows nothing of variants or verdicts. */
#ifndef HARNESS_DATA_STATS_H
#define HARNESS_DATA_STATS_H

#include <stdbool.h>
#include <stddef.h>

/* 20% from each end: keeps 95% of the mean's efficiency on clean data, and is not moved by the
 * 6 to 10% of processes that are off by more than 2%. */
#define STATS_TRIM 0.2

struct estimate {
  double value, low, high; /* NaN where the sample is too small */
  double se, df;           /* standard error and degrees of freedom behind the interval */
  double level;            /* 1 - alpha */
  size_t n;
};

/* An estimate of nothing: NaN everywhere, n = 0. */
struct estimate stats_none(void);
bool stats_known(const struct estimate *e);

/* Sorts in place, ascending. */
void stats_sort(double *x, size_t n);
/* Quantile q in [0,1] by linear interpolation (type 7); x need not be sorted. NaN for n = 0. */
double stats_quantile(const double *x, size_t n, double q);
double stats_median(const double *x, size_t n);
double stats_mean(const double *x, size_t n);
double stats_sd(const double *x, size_t n);

/* The largest, and the smallest, that is left without the floor(trim*n) largest, or smallest. */
double stats_trimmed_max(const double *x, size_t n, double trim);
double stats_trimmed_min(const double *x, size_t n, double trim);
/* Mean without the floor(trim*n) smallest and largest. */
double stats_trimmed_mean(const double *x, size_t n, double trim);
/* Variance (n - 1) after those are pulled in to the nearest value kept. */
double stats_winsorised_variance(const double *x, size_t n, double trim);

/* Trimmed mean with a two-sided interval of error alpha: t with h-1 degrees of freedom, where h
 * values are kept. Needs h >= 3, else NaN. trim 0 is Student's interval. */
struct estimate stats_trimmed_interval(const double *x, size_t n, double trim, double alpha);
/* Difference of two independent samples' trimmed means, x - y (Yuen-Welch). */
struct estimate stats_yuen_interval(const double *x, size_t nx, const double *y, size_t ny, double trim, double alpha);
/* Median with an interval from order statistics (binomial), at least 1 - alpha. */
struct estimate stats_median_interval(const double *x, size_t n, double alpha);

/* Maps an interval of log-time differences (research - baseline) to a gain in percent: how much
 * faster the baseline is. */
struct estimate stats_log_to_pct(struct estimate e);

/* The interval of a gain in percent as it is at error alpha, by its own degrees of freedom; where alpha is larger
 * than its own, or its level is not known, it stays as it is. */
struct estimate stats_at_alpha(struct estimate e, double alpha);

/* z with P(|Z| > z) = alpha, and the other way round. */
double stats_z_of_alpha(double alpha);
double stats_alpha_of_z(double z);

#endif
