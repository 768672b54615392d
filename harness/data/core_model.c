/* SPDX-License-Identifier: GPL-3.0-or-later */
/* core_model.c: see core_model.h. */
#include "harness/data/core_model.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "harness/data/block_fit.h"
#include "harness/runner/core_probe.h"

/* The broken line's corners, in widths of the core alone. On the Zen machines that were looked at a shared
 * core is 1.4 to 1.9 times as wide; the corner between lets the line bend, so that what is far from an end
 * says little of it. */
enum { CORNERS = 3 };
/* A pair is at a corner where that has three quarters of it; a corner with less than this many pairs in all
 * is no corner, and one with less than PAIRS_MIN at it is fitted and not told. */
#define AT_CORNER 0.75
#define CORNER_MIN 15.0
/* Sum of squares of the differences in width (in shares of a corner) from which their effect is fitted. */
#define DIFFERENCE_MIN 4.0

/* An end that was seen in one or two spells alone is fitted and not told, where there is another one: how
 * much spells differ is not known then. */
#define DF_MIN 3.0

struct model {
  double node[CORNERS];
  size_t nodes;
};
static const struct model every_corner = { { 1, 1.35, 1.7 }, CORNERS };

/* Shares of the corners in a width: linear between two; beyond the last one its line goes on, below the
 * first one there is nothing that is narrower. */
static void shares(const struct model *m, double width, double share[CORNERS]) {
  size_t k = 0;
  for (size_t i = 0; i < CORNERS; i++) share[i] = 0;
  if (width <= m->node[0] || m->nodes == 1) {
    share[0] = 1;
    return;
  }
  while (k + 2 < m->nodes && width >= m->node[k + 1]) k++;
  share[k + 1] = (width - m->node[k]) / (m->node[k + 1] - m->node[k]);
  share[k] = 1 - share[k + 1];
}

static bool usable(const struct pair *q) {
  return q->kind == SAMPLE_TEST && q->side_width[0] > 0 && q->side_width[1] > 0;
}

static double relative(const struct pairs *p, double width) { return width / p->width_alone; }

/* The gain of a pair is that between its two widths. */
static void pair_shares(const struct pairs *p, const struct model *m, const struct pair *q, double share[CORNERS]) {
  double one[2][CORNERS];
  for (int side = 0; side < 2; side++) shares(m, relative(p, q->side_width[side]), one[side]);
  for (size_t k = 0; k < CORNERS; k++) share[k] = (one[0][k] + one[1][k]) / 2;
}

/* What time itself does over the width bends whatever the gain does: always by all corners. */
static void pair_differences(const struct pairs *p, const struct pair *q, double difference[CORNERS]) {
  double one[2][CORNERS];
  for (int side = 0; side < 2; side++) shares(&every_corner, relative(p, q->side_width[side]), one[side]);
  for (size_t k = 0; k < CORNERS; k++) difference[k] = one[1][k] - one[0][k];
}

/* How much of a corner both processes of a pair had. A pair of one narrow and one wide process tells the difference
 * that the width makes to the time, and cannot tell it from a gain at the corner: were there no other pairs there, all
 * of that difference would be taken for gain, and a width that is off by a hundredth would be one of half a percent. */
static double both_had(const struct pairs *p, const struct pair *q, size_t corner) {
  double one[2][CORNERS];
  for (int side = 0; side < 2; side++) shares(&every_corner, relative(p, q->side_width[side]), one[side]);
  return fmin(fmax(fmin(one[0][corner], one[1][corner]), 0), 1);
}

/* Corners that enough pairs had; without any the mean width is the only one. */
static size_t choose_nodes(const struct pairs *p, struct model *m, size_t at[CORNERS]) {
  double weight[CORNERS] = { 0 }, share[CORNERS], sum = 0;
  size_t n = 0, seen[CORNERS] = { 0 };
  for (size_t i = 0; i < p->count; i++) {
    if (!usable(&p->pair[i])) continue;
    pair_shares(p, &every_corner, &p->pair[i], share);
    n++;
    sum += (relative(p, p->pair[i].side_width[0]) + relative(p, p->pair[i].side_width[1])) / 2;
    for (size_t k = 0; k < CORNERS; k++) {
      weight[k] += both_had(p, &p->pair[i], k);
      seen[k] += share[k] >= AT_CORNER;
    }
  }
  m->nodes = 0;
  bool any = false;
  for (size_t k = 0; k < CORNERS; k++)
    if (weight[k] >= CORNER_MIN) {
      at[m->nodes] = seen[k];
      any |= seen[k] >= PAIRS_MIN;
      m->node[m->nodes++] = every_corner.node[k];
    }
  if (n >= PAIRS_MIN && !any) { /* between two corners */
    m->nodes = 1;
    m->node[0] = sum / (double)n;
    at[0] = n;
  }
  return n;
}

struct design {
  double *x, *value, *mean;
  size_t n, columns;
};

enum { COLUMNS_MAX = 2 * CORNERS - 1 };

/* How much of column `from` the `taken` columns before it do not say: the sum of squares of what is left of
 * it by Gram and Schmidt's way; q keeps the columns made orthogonal. */
static double left_of(double *q, size_t n, const bool taken[COLUMNS_MAX], size_t from) {
  double left = 0;
  for (size_t k = 0; k < from; k++) {
    double dot = 0, square = 0;
    if (!taken[k]) continue;
    for (size_t i = 0; i < n; i++) {
      dot += q[i * COLUMNS_MAX + k] * q[i * COLUMNS_MAX + from];
      square += q[i * COLUMNS_MAX + k] * q[i * COLUMNS_MAX + k];
    }
    for (size_t i = 0; i < n && square > 0; i++) q[i * COLUMNS_MAX + from] -= dot / square * q[i * COLUMNS_MAX + k];
  }
  for (size_t i = 0; i < n; i++) left += q[i * COLUMNS_MAX + from] * q[i * COLUMNS_MAX + from];
  return left;
}

/* Columns: the shares of the nodes, then those differences in width that the pairs can tell from these. */
static bool make_design(const struct pairs *p, const struct model *m, size_t n, struct design *d) {
  double share[CORNERS], difference[CORNERS];
  bool taken[COLUMNS_MAX] = { false };
  double *all = calloc(n * COLUMNS_MAX + 1, sizeof *all), *q = calloc(n * COLUMNS_MAX + 1, sizeof *q);
  d->x = calloc(n * COLUMNS_MAX + 1, sizeof *d->x);
  d->value = calloc(n + 1, sizeof *d->value);
  d->mean = calloc(n + 1, sizeof *d->mean);
  bool ok = all && q && d->x && d->value && d->mean;
  for (size_t i = 0; ok && i < p->count; i++) {
    if (!usable(&p->pair[i])) continue;
    double *row = &all[d->n * COLUMNS_MAX];
    pair_shares(p, m, &p->pair[i], share);
    pair_differences(p, &p->pair[i], difference);
    memcpy(row, share, m->nodes * sizeof *row);
    memcpy(row + m->nodes, difference + 1, (CORNERS - 1) * sizeof *row);
    d->value[d->n] = p->pair[i].value;
    d->mean[d->n++] = p->pair[i].mean_value;
  }
  if (ok) memcpy(q, all, n * COLUMNS_MAX * sizeof *q);
  for (size_t k = 0; ok && k < m->nodes + CORNERS - 1; k++) {
    taken[k] = left_of(q, n, taken, k) >= DIFFERENCE_MIN || k < m->nodes;
    d->columns += taken[k];
  }
  for (size_t i = 0; ok && i < n; i++)
    for (size_t k = 0, c = 0; k < COLUMNS_MAX; k++)
      if (taken[k]) d->x[i * d->columns + c++] = all[i * COLUMNS_MAX + k];
  free(all);
  free(q);
  return ok;
}

static void tell(struct core_end *e, const struct model *m, size_t node, size_t pairs, const struct block_fit *gain,
                 const struct block_fit *mean, double alpha) {
  e->gain = stats_log_to_pct(block_fit_estimate(gain, node, alpha));
  e->mean = mean ? stats_log_to_pct(block_fit_estimate(mean, node, alpha)) : stats_none();
  e->gain.n = e->pairs = pairs;
  e->width = m->node[node];
}

bool core_model_fit(const struct pairs *p, double alpha, struct core_end end[CORE_ENDS]) {
  struct model m = { .nodes = 0 };
  struct design d = { 0 };
  struct block_fit gain, mean;
  size_t at[CORNERS] = { 0 };
  for (int k = 0; k < CORE_ENDS; k++)
    end[k] = (struct core_end){ .gain = stats_none(), .mean = stats_none(), .width = NAN };
  if (!(p->width_alone > 0)) return false;
  size_t n = choose_nodes(p, &m, at);
  bool ok = m.nodes > 0 && make_design(p, &m, n, &d) && block_fit(d.x, d.value, d.n, d.columns, true, &gain) == 0;
  bool means = ok && block_fit(d.x, d.mean, d.n, d.columns, false, &mean) == 0;
  bool spells = false;
  for (size_t k = 0; k < m.nodes && ok; k++) spells |= at[k] >= PAIRS_MIN && gain.df[k] >= DF_MIN;
  for (size_t k = 0; k < m.nodes && ok; k++) {
    if (at[k] < PAIRS_MIN || (gain.df[k] < DF_MIN && spells)) continue;
    /* the widest corner that was seen is the shared end: later ones replace earlier ones */
    enum core_end_name which = m.node[k] <= CORE_SHARED_ABOVE ? CORE_END_ALONE : CORE_END_SHARED;
    tell(&end[which], &m, k, at[k], &gain, means ? &mean : NULL, alpha);
  }
  free(d.x);
  free(d.value);
  free(d.mean);
  return end[CORE_END_ALONE].pairs || end[CORE_END_SHARED].pairs;
}
