/* SPDX-License-Identifier: GPL-3.0-or-later */
/* arm_stats.c: see arm_stats.h. */
#include "harness/data/arm_stats.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>

#include "harness/data/block_fit.h"
#include "harness/data/pairs.h"

/* Log times, one row for each block; NaN where an arm did not run. */
struct grid {
  double *log_ns;
  size_t blocks;
};

static bool make_grid(const struct arm_table *t, struct grid *g) {
  uint64_t last = 0;
  for (size_t i = 0; i < t->runs; i++) last = t->run[i].block >= last ? t->run[i].block + 1 : last;
  g->blocks = last;
  g->log_ns = calloc(last * t->arms + 1, sizeof *g->log_ns);
  if (!g->log_ns) return false;
  for (size_t i = 0; i < last * t->arms; i++) g->log_ns[i] = NAN;
  for (size_t i = 0; i < t->runs; i++)
    if (t->run[i].ns > 0) g->log_ns[t->run[i].block * t->arms + t->run[i].arm] = log(t->run[i].ns);
  return true;
}

static struct estimate interval(const double *x, size_t n, double alpha) {
  return n >= PAIRS_MIN ? block_fit_trimmed(x, n, STATS_TRIM, alpha) : stats_median_interval(x, n, alpha);
}

/* Of a run, where each of them was counted. */
static double counted(const struct arm_table *t, uint32_t which, size_t counter) {
  double sum = 0, n = 0;
  for (size_t i = 0; i < t->runs; i++) {
    if (t->run[i].arm != which) continue;
    if (t->run[i].pmu[counter] == UINT64_MAX) return NAN;
    sum += (double)t->run[i].pmu[counter];
    n++;
  }
  return sum / n;
}

static void describe(const struct arm_table *t, uint32_t which, double *x, struct ab_arm *o) {
  size_t n = 0;
  double user = 0, system = 0, rss = 0, faults = 0, switches = 0, involuntary = 0;
  for (size_t i = 0; i < t->runs; i++) {
    const struct arm_run *r = &t->run[i];
    if (r->arm != which) continue;
    x[n++] = r->ns;
    user += (double)r->user_ns;
    system += (double)r->system_ns;
    rss = fmax(rss, (double)r->max_rss_bytes);
    faults += (double)r->minor_faults;
    switches += (double)(r->voluntary + r->involuntary);
    involuntary += (double)r->involuntary;
  }
  o->runs = (int64_t)n;
  if (n == 0 || t->failed[which]) return; /* what fails now and then is not timed by the runs that do not */
  o->mean_ns = stats_mean(x, n);
  o->stddev_ns = stats_sd(x, n);
  o->median_ns = stats_median(x, n);
  o->min_ns = stats_quantile(x, n, 0);
  o->max_ns = stats_quantile(x, n, 1);
  o->user_ns = user / (double)n;
  o->system_ns = system / (double)n;
  o->max_rss_bytes = rss;
  o->page_faults = faults / (double)n;
  o->context_switches = switches / (double)n;
  o->involuntary_switches = involuntary / (double)n;
  double *const hardware[] = { &o->cycles, &o->instructions, &o->cache_misses, &o->branch_misses };
  for (size_t k = 0; k < 4; k++) *hardware[k] = counted(t, which, k);
  for (size_t i = 0; i < n; i++) x[i] = log(x[i]);
  struct estimate e = interval(x, n, 1 - t->level);
  o->ns_per_op = exp(e.value);
  o->low = exp(e.low);
  o->high = exp(e.high);
  o->level = e.level;
  o->rank_first = 1;
}

/* Blocks in which both ran: how much longer b took, in logs. */
static size_t differences(const struct arm_table *t, const struct grid *g, size_t a, size_t b, double *x) {
  size_t n = 0;
  for (size_t i = 0; i < g->blocks; i++) {
    double d = g->log_ns[i * t->arms + b] - g->log_ns[i * t->arms + a];
    if (!isnan(d)) x[n++] = d;
  }
  return n;
}

static int compare(const struct arm_table *t, const struct grid *g, size_t compared, double *x, struct ab_arm *arm,
                   void *pairs) {
  double alpha = (1 - t->level) / fmax(1, (double)(compared * (compared - 1)) / 2);
  for (size_t a = 0; a < t->arms; a++) {
    if (arm[a].rank_first > 0) arm[a].rank_last = (int64_t)compared;
    for (size_t b = a + 1; b < t->arms; b++) {
      struct ab_arm_pair *p = fields_append(pairs, sizeof *p);
      if (!p) return -ENOMEM;
      fields_init(&ab_arm_pair_fields, p);
      fields_copy_text(&p->a, arm[a].name);
      fields_copy_text(&p->b, arm[b].name);
      if (arm[a].rank_first < 0 || arm[b].rank_first < 0) continue;
      size_t n = differences(t, g, a, b, x);
      struct verdict_result v;
      struct estimate e = stats_log_to_pct(interval(x, n, alpha));
      struct verdict_input in = { .baseline_name = arm[a].name,
                                  .gain_pct = e,
                                  .mean_gain_pct = stats_none(),
                                  .control_pct = stats_none(),
                                  .margin_pct = t->margin_pct,
                                  .disturbed_pct = NAN,
                                  .elapsed_s = NAN };
      verdict_decide(&in, &v);
      enum verdict alone = v.verdict;
      verdict_beside(&t->company, &e, t->margin_pct, &v);
      if (t->taken_back && n >= PAIRS_MIN) *t->taken_back += v.verdict != alone;
      p->gain_pct = e;
      p->verdict = n >= PAIRS_MIN ? v.verdict : VERDICT_INCONCLUSIVE;
    }
  }
  return 0;
}

/* Each sure difference pushes one of the two back and the other forward. */
static void rank(const struct arm_table *t, struct ab_arm *arm, const struct ab_arm_pair *pair) {
  for (size_t a = 0; a < t->arms; a++)
    for (size_t b = a + 1; b < t->arms; b++, pair++) {
      const struct estimate *e = &pair->gain_pct;
      if (!stats_known(e) || (e->low <= 0 && e->high >= 0)) continue;
      struct ab_arm *faster = e->low > 0 ? &arm[a] : &arm[b], *slower = e->low > 0 ? &arm[b] : &arm[a];
      faster->rank_last--;
      slower->rank_first++;
    }
}

int arm_stats(const struct arm_table *t, struct ab_arm *arm, void *pairs) {
  LIST_OF(struct ab_arm_pair) *list = pairs;
  struct grid g;
  size_t compared = 0, before = list->count;
  double *x = calloc(t->runs + 1, sizeof *x);
  int rc = make_grid(t, &g) && x ? 0 : -ENOMEM;
  for (uint32_t i = 0; i < t->arms && rc == 0; i++) {
    describe(t, i, x, &arm[i]);
    compared += arm[i].rank_first > 0;
  }
  if (rc == 0) rc = compare(t, &g, compared, x, arm, pairs);
  if (rc == 0 && list->count > before) rank(t, arm, list->item + before);
  free(g.log_ns);
  free(x);
  return rc;
}
