/* SPDX-License-Identifier: GPL-3.0-or-later */
/* stats.c: see stats.h. Everything works on a private sorted copy: the caller's order is time
 * order and must survive. */
#include "harness/data/stats.h"

#include <gsl/gsl_cdf.h>
#include <gsl/gsl_errno.h>
#include <gsl/gsl_sort.h>
#include <gsl/gsl_statistics_double.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

struct estimate stats_none(void) {
  return (struct estimate){ .value = NAN, .low = NAN, .high = NAN, .se = NAN, .df = NAN, .level = NAN };
}

bool stats_known(const struct estimate *e) { return !isnan(e->value) && !isnan(e->low) && !isnan(e->high); }

void stats_sort(double *x, size_t n) {
  if (n > 1) gsl_sort(x, 1, n);
}

static double *sorted_copy(const double *x, size_t n) {
  double *s = malloc((n ? n : 1) * sizeof *s);
  if (!s) return NULL;
  if (n) memcpy(s, x, n * sizeof *s);
  stats_sort(s, n);
  return s;
}

double stats_quantile(const double *x, size_t n, double q) {
  if (n == 0 || isnan(q)) return NAN;
  double *s = sorted_copy(x, n);
  if (!s) return NAN;
  double v = gsl_stats_quantile_from_sorted_data(s, 1, n, q < 0 ? 0 : q > 1 ? 1 : q);
  free(s);
  return v;
}

double stats_median(const double *x, size_t n) { return stats_quantile(x, n, 0.5); }

double stats_mean(const double *x, size_t n) { return n ? gsl_stats_mean(x, 1, n) : NAN; }

double stats_sd(const double *x, size_t n) { return n > 1 ? gsl_stats_sd(x, 1, n) : NAN; }

static size_t trim_count(size_t n, double trim) {
  if (!(trim > 0)) return 0;
  size_t g = (size_t)floor((trim < 0.5 ? trim : 0.5) * (double)n + 1e-9);
  return 2 * g >= n && n ? (n - 1) / 2 : g;
}

/* Mean of the middle and winsorised variance of a sorted sample. */
static void trimmed_moments(const double *s, size_t n, size_t g, double *mean, double *wvar) {
  double low = s[g], high = s[n - 1 - g], sum = 0, wsum;
  for (size_t i = g; i < n - g; i++) sum += s[i];
  *mean = sum / (double)(n - 2 * g);
  wsum = sum + (double)g * (low + high);
  double wmean = wsum / (double)n, ss = 0;
  for (size_t i = g; i < n - g; i++) ss += (s[i] - wmean) * (s[i] - wmean);
  ss += (double)g * ((low - wmean) * (low - wmean) + (high - wmean) * (high - wmean));
  *wvar = n > 1 ? ss / (double)(n - 1) : NAN;
}

double stats_trimmed_mean(const double *x, size_t n, double trim) {
  double mean = NAN, wvar;
  double *s = n ? sorted_copy(x, n) : NULL;
  if (s) trimmed_moments(s, n, trim_count(n, trim), &mean, &wvar);
  free(s);
  return mean;
}

double stats_trimmed_max(const double *x, size_t n, double trim) {
  double *s = n ? sorted_copy(x, n) : NULL;
  double largest = s ? s[n - 1 - trim_count(n, trim)] : NAN;
  free(s);
  return largest;
}

double stats_trimmed_min(const double *x, size_t n, double trim) {
  double *s = n ? sorted_copy(x, n) : NULL;
  double smallest = s ? s[trim_count(n, trim)] : NAN;
  free(s);
  return smallest;
}

double stats_winsorised_variance(const double *x, size_t n, double trim) {
  double mean, wvar = NAN;
  double *s = n ? sorted_copy(x, n) : NULL;
  if (s) trimmed_moments(s, n, trim_count(n, trim), &mean, &wvar);
  free(s);
  return wvar;
}

static void set_interval(struct estimate *e, double alpha) {
  double t = gsl_cdf_tdist_Qinv(alpha / 2, e->df);
  e->level = 1 - alpha;
  e->low = e->value - t * e->se;
  e->high = e->value + t * e->se;
}

struct estimate stats_trimmed_interval(const double *x, size_t n, double trim, double alpha) {
  struct estimate e = stats_none();
  e.n = n;
  double *s = n ? sorted_copy(x, n) : NULL;
  if (!s) return e;
  size_t g = trim_count(n, trim), h = n - 2 * g;
  double wvar;
  trimmed_moments(s, n, g, &e.value, &wvar);
  free(s);
  if (h < 3) return e;
  /* Yuen: sum of squares of the winsorised sample over h(h-1). */
  e.se = sqrt(wvar * (double)(n - 1) / ((double)h * (double)(h - 1)));
  e.df = (double)(h - 1);
  set_interval(&e, alpha);
  return e;
}

struct estimate stats_yuen_interval(const double *x, size_t nx, const double *y, size_t ny, double trim, double alpha) {
  struct estimate a = stats_trimmed_interval(x, nx, trim, alpha), b = stats_trimmed_interval(y, ny, trim, alpha);
  struct estimate e = stats_none();
  e.n = nx + ny;
  e.value = a.value - b.value;
  if (isnan(a.se) || isnan(b.se)) return e;
  double va = a.se * a.se, vb = b.se * b.se;
  e.se = sqrt(va + vb);
  e.df = va + vb > 0 ? (va + vb) * (va + vb) / (va * va / a.df + vb * vb / b.df) : a.df + b.df;
  set_interval(&e, alpha);
  return e;
}

struct estimate stats_median_interval(const double *x, size_t n, double alpha) {
  struct estimate e = stats_none();
  e.n = n;
  double *s = n ? sorted_copy(x, n) : NULL;
  if (!s) return e;
  e.value = gsl_stats_median_from_sorted_data(s, 1, n);
  /* Largest k with P(Bin(n, 1/2) < k) <= alpha/2: the interval is [x(k), x(n+1-k)]. */
  unsigned k = 0;
  while (k < n / 2 && gsl_cdf_binomial_P(k, 0.5, (unsigned)n) <= alpha / 2) k++;
  if (k >= 1) {
    e.low = s[k - 1];
    e.high = s[n - k];
    e.level = 1 - 2 * gsl_cdf_binomial_P(k - 1, 0.5, (unsigned)n);
  }
  free(s);
  return e;
}

struct estimate stats_log_to_pct(struct estimate e) {
  e.se = 100 * e.se * exp(e.value);
  e.value = 100 * expm1(e.value);
  e.low = 100 * expm1(e.low);
  e.high = 100 * expm1(e.high);
  return e;
}

static double quantile_of(double df, double alpha) {
  return df > 0 && isfinite(df) ? gsl_cdf_tdist_Qinv(alpha / 2, df) : gsl_cdf_ugaussian_Qinv(alpha / 2);
}

struct estimate stats_at_alpha(struct estimate e, double alpha) {
  if (!stats_known(&e) || !(e.level > 0 && e.level < 1) || !(alpha < 1 - e.level)) return e;
  double wider = quantile_of(e.df, alpha) / quantile_of(e.df, 1 - e.level), v = log1p(e.value / 100);
  e.low = 100 * expm1(v - wider * (v - log1p(e.low / 100)));
  e.high = 100 * expm1(v + wider * (log1p(e.high / 100) - v));
  e.level = 1 - alpha;
  return e;
}

double stats_z_of_alpha(double alpha) { return gsl_cdf_ugaussian_Qinv(alpha / 2); }

double stats_alpha_of_z(double z) { return 2 * gsl_cdf_ugaussian_Q(fabs(z)); }
