/* SPDX-License-Identifier: GPL-3.0-or-later */
/* other_rules.c: see other_rules.h. */
#include "harness/data/other_rules.h"

#include <gsl/gsl_cdf.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "harness/data/stats.h"

/* Time of an operation in each of ten runs out of processes [from, to). */
static void runs_of(const struct other_process *p, size_t from, size_t to, double run[OTHER_RUNS]) {
  for (size_t k = 0; k < OTHER_RUNS; k++) {
    double ns = 0, ops = 0;
    for (size_t i = from + (to - from) * k / OTHER_RUNS; i < from + (to - from) * (k + 1) / OTHER_RUNS; i++) {
      ns += p[i].ns;
      ops += p[i].ops;
    }
    run[k] = ns / ops;
  }
}

double other_rules_welch(const double *x, const double *y, size_t n) {
  double vx = pow(stats_sd(x, n), 2) / (double)n, vy = pow(stats_sd(y, n), 2) / (double)n;
  if (!(vx + vy > 0)) return stats_mean(x, n) == stats_mean(y, n) ? 1 : 0;
  double t = (stats_mean(x, n) - stats_mean(y, n)) / sqrt(vx + vy);
  double df = (vx + vy) * (vx + vy) / ((vx * vx + vy * vy) / (double)(n - 1));
  return 2 * gsl_cdf_tdist_Q(fabs(t), df);
}

/* In how many of all orders of n and n values U is at most u: by the number of ways to reach each U. */
static double orders_up_to(size_t n, size_t u) {
  size_t most = n * n;
  /* ways[i][j][u] by the largest value's side; two layers would do, n is small */
  double *ways = calloc((n + 1) * (n + 1) * (most + 1), sizeof *ways), sum = 0, all = 0;
  if (!ways) return NAN;
#define WAYS(i, j, k) ways[((i) * (n + 1) + (j)) * (most + 1) + (k)]
  for (size_t i = 0; i <= n; i++)
    for (size_t j = 0; j <= n; j++)
      for (size_t k = 0; k <= i * j; k++)
        WAYS(i, j, k) = i == 0 || j == 0 ? 1 : (k >= j ? WAYS(i - 1, j, k - j) : 0) + WAYS(i, j - 1, k);
  for (size_t k = 0; k <= most; k++) {
    all += WAYS(n, n, k);
    if (k <= u) sum += WAYS(n, n, k);
  }
#undef WAYS
  free(ways);
  return sum / all;
}

double other_rules_rank(const double *x, const double *y, size_t n) {
  double u = 0;
  for (size_t i = 0; i < n; i++)
    for (size_t k = 0; k < n; k++) u += x[i] > y[k] ? 1 : x[i] == y[k] ? 0.5 : 0; /* times are hardly ever equal */
  u = fmin(u, (double)(n * n) - u);
  return fmin(1, 2 * orders_up_to(n, (size_t)floor(u)));
}

bool other_rules_ten(const struct other_process *a, const struct other_process *b, size_t count, bool in_order,
                     struct other_ten *out) {
  double x[OTHER_RUNS], y[OTHER_RUNS];
  size_t half = in_order ? count / 2 : count;
  *out = (struct other_ten){ NAN, NAN, NAN };
  if (half < OTHER_RUNS) return false;
  runs_of(a, 0, half, x);
  runs_of(b, count - half, count, y);
  out->mean_pct = 100 * (stats_mean(y, OTHER_RUNS) / stats_mean(x, OTHER_RUNS) - 1);
  out->welch_p = other_rules_welch(x, y, OTHER_RUNS);
  out->rank_p = other_rules_rank(x, y, OTHER_RUNS);
  return true;
}

/* tango-bench 0.4: differences farther than five interquartile ranges from their quartile are outliers, and as
 * many are left out at both ends. */
bool other_rules_pairs(const struct other_process *a, const struct other_process *b, size_t count,
                       struct other_pairs *out) {
  double *d = malloc((count + 1) * sizeof *d), base = 0;
  *out = (struct other_pairs){ NAN, NAN };
  if (!d || count < OTHER_RUNS) {
    free(d);
    return false;
  }
  for (size_t i = 0; i < count; i++) {
    d[i] = b[i].ns / b[i].ops - a[i].ns / a[i].ops;
    base += a[i].ns / a[i].ops / (double)count;
  }
  stats_sort(d, count);
  double q1 = d[count / 4], q3 = d[count * 3 / 4], reach = 5 * (q3 - q1);
  size_t low = 0, high = 0;
  while (low < count && d[low] < q1 - reach) low++;
  while (high < count && d[count - 1 - high] > q3 + reach) high++;
  size_t cut = low < high ? low : high, n = count - 2 * cut;
  double se = stats_sd(d + cut, n) / sqrt((double)n), mean = stats_mean(d + cut, n);
  out->mean_pct = 100 * mean / base;
  out->z = se > 0 ? mean / se : 0;
  free(d);
  return true;
}
