/* SPDX-License-Identifier: GPL-3.0-or-later */
/* plot_data_row.c: distributions, layouts, drift and counters of one row. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "harness/phase/phase_table.h"
#include "harness/report/plot_data.h"

#define ECDF_POINTS 400
#define DENSITY_POINTS 200

struct view { /* test pairs of a row */
  const struct record_row *row;
  const char *dir;
  size_t n;
  double *ns[2], *gain; /* sorted; gain in percent */
  struct estimate estimate;
};

static int view_open(struct view *v, const struct record_row *row, const char *dir) {
  memset(v, 0, sizeof *v);
  v->row = row;
  v->dir = dir;
  for (int s = 0; s < 2; s++) v->ns[s] = malloc((row->samples.pairs.count + 1) * sizeof(double));
  v->gain = malloc((row->samples.pairs.count + 1) * sizeof(double));
  if (!v->ns[0] || !v->ns[1] || !v->gain) return -ENOMEM;
  for (size_t i = 0; i < row->samples.pairs.count; i++) {
    const struct record_pair *p = &row->samples.pairs.item[i];
    if (p->kind == SAMPLE_CONTROL || p->left_out) continue;
    v->ns[0][v->n] = p->ns[0];
    v->ns[1][v->n] = p->ns[1];
    v->gain[v->n++] = (p->ns[1] / p->ns[0] - 1) * 100;
  }
  stats_sort(v->ns[0], v->n);
  stats_sort(v->ns[1], v->n);
  stats_sort(v->gain, v->n);
  v->estimate = record_row_gain(row, false);
  return 0;
}

static void view_close(struct view *v) {
  free(v->ns[0]);
  free(v->ns[1]);
  free(v->gain);
}

/* What every picture of a row says. */
static void words(struct plot_files *f, const struct view *v) {
  const struct ab_result *ab = record_row_ab(v->row);
  const char *verdict = ab ? verdict_name(ab->m.verdict) : NULL;
  const struct phase *p = phase_find(v->row->id);
  if (p) plot_data_text(f, "heading", "Phase %s, %s", p->id, p->name);
  else plot_data_text(f, "heading", "%s", v->row->id);
  plot_data_text(f, "verdict", "%s", verdict ? verdict : "no verdict");
  plot_data_number(f, "pairs", (double)v->n);
  plot_data_number(f, "estimate", v->estimate.value);
  plot_data_number(f, "low", v->estimate.low);
  plot_data_number(f, "high", v->estimate.high);
  plot_data_number(f, "level", v->estimate.level * 100);
  plot_data_number(f, "margin", ab && !isnan(ab->margin_pct) ? ab->margin_pct : 0.5);
}

static double kernel_density(const double *x, size_t n, double at, double width) {
  double sum = 0;
  for (size_t i = 0; i < n; i++) {
    double z = (x[i] - at) / width;
    if (fabs(z) < 5) sum += exp(-z * z / 2);
  }
  return sum / ((double)n * width * sqrt(2 * M_PI));
}

/* Silverman's rule on the quartiles, which outliers do not widen. */
static double bandwidth(const double *x, size_t n) {
  double spread = (stats_quantile(x, n, 0.75) - stats_quantile(x, n, 0.25)) / 1.349;
  return fmax(0.9 * spread * pow((double)n, -0.2), 1e-6);
}

static void ecdf(FILE *f, const double *x, size_t n) {
  size_t points = n < ECDF_POINTS ? n : ECDF_POINTS;
  for (size_t i = 0; i < points; i++) {
    size_t k = points < 2 ? 0 : i * (n - 1) / (points - 1);
    fprintf(f, "%.6g %.6g\n", x[k], (double)(k + 1) / (double)n);
  }
  fputs("\n\n", f);
}

/* Rounds, with a height that tells them apart: a fixed sequence, so that the file is always the same. */
static size_t strip(FILE *f, const struct record_row *row, unsigned side) {
  size_t n = 0;
  double height = 0.5;
  for (size_t i = 0; i < row->samples.rounds.count; i++) {
    if (row->samples.rounds.item[i].side != side) continue;
    height = fmod(height + 0.6180339887, 1);
    fprintf(f, "%.6g %.4f\n", row->samples.rounds.item[i].ns, height);
    n++;
  }
  if (n == 0) fputs("NaN NaN\n", f);
  fputs("\n\n", f);
  return n;
}

/* Blocks: ECDF out, in; rounds out, in; density of the gain; pairs' gains. */
static int distributions(const struct view *v, struct pictures *pictures, struct error *err) {
  struct plot_files f;
  char name[96];
  size_t rounds = 0;
  snprintf(name, sizeof name, "%.60s-distributions", v->row->id);
  int rc = plot_data_begin(&f, v->dir, name, err);
  if (rc) return rc;
  for (int s = 0; s < 2; s++) ecdf(f.dat, v->ns[s], v->n);
  for (unsigned s = 0; s < 2; s++) rounds += strip(f.dat, v->row, s);
  double low = stats_quantile(v->gain, v->n, 0.01), high = stats_quantile(v->gain, v->n, 0.99),
         width = bandwidth(v->gain, v->n);
  low = fmin(low - 3 * width, -1);
  high = fmax(high + 3 * width, 1);
  for (int i = 0; i < DENSITY_POINTS; i++) {
    double at = low + (high - low) * i / (DENSITY_POINTS - 1);
    fprintf(f.dat, "%.6g %.6g\n", at, kernel_density(v->gain, v->n, at, width));
  }
  fputs("\n\n", f.dat);
  ecdf(f.dat, v->gain, v->n);
  words(&f, v);
  plot_data_number(&f, "rounds", (double)rounds);
  plot_data_number(&f, "gain_low", low);
  plot_data_number(&f, "gain_high", high);
  plot_data_number(&f, "ns_low", fmin(stats_quantile(v->ns[0], v->n, 0.005), stats_quantile(v->ns[1], v->n, 0.005)));
  plot_data_number(&f, "ns_high", fmax(stats_quantile(v->ns[0], v->n, 0.98), stats_quantile(v->ns[1], v->n, 0.98)));
  plot_data_add(pictures, name, v->row->id, "distributions.gp",
                "time for each operation of both variants, and the paired difference");
  return plot_data_end(&f, err);
}

struct layout_line {
  double value, low, high;
};

static int by_value(const void *a, const void *b) {
  double x = ((const struct layout_line *)a)->value, y = ((const struct layout_line *)b)->value;
  return (x > y) - (x < y);
}

/* Each pair has a layout of its own: its interval is that of its rounds. */
static int layouts(const struct view *v, struct pictures *pictures, struct error *err) {
  const struct record_row *row = v->row;
  struct layout_line line[RECORD_ROUND_PAIRS];
  struct plot_files f;
  char name[96];
  size_t n = 0;
  for (size_t i = 0; i < row->samples.rounds.count && n < RECORD_ROUND_PAIRS;) {
    double x[2][1024];
    size_t k[2] = { 0, 0 };
    uint64_t pair = row->samples.rounds.item[i].pair;
    for (; i < row->samples.rounds.count && row->samples.rounds.item[i].pair == pair; i++)
      if (k[row->samples.rounds.item[i].side] < 1024)
        x[row->samples.rounds.item[i].side][k[row->samples.rounds.item[i].side]++] =
            log(row->samples.rounds.item[i].ns);
    struct estimate e = stats_log_to_pct(stats_yuen_interval(x[1], k[1], x[0], k[0], STATS_TRIM, 0.05));
    if (stats_known(&e)) line[n++] = (struct layout_line){ e.value, e.low, e.high };
  }
  if (n == 0) return 0;
  snprintf(name, sizeof name, "%.60s-layouts", row->id);
  int rc = plot_data_begin(&f, v->dir, name, err);
  if (rc) return rc;
  qsort(line, n, sizeof *line, by_value);
  for (size_t i = 0; i < n; i++)
    fprintf(f.dat, "%zu %.6g %.6g %.6g\n", i + 1, line[i].value, line[i].low, line[i].high);
  words(&f, v);
  double x[RECORD_ROUND_PAIRS]; /* disturbed layouts have intervals that would hide the others */
  for (size_t i = 0; i < n; i++) x[i] = line[i].value;
  double middle = stats_median(x, n), spread = fmax(3 * (stats_quantile(x, n, 0.85) - stats_quantile(x, n, 0.15)), 1.5);
  plot_data_number(&f, "gain_low", fmin(middle - spread, -1));
  plot_data_number(&f, "gain_high", fmax(middle + spread, 1));
  plot_data_number(&f, "shown", (double)n);
  plot_data_add(pictures, name, row->id, "layouts.gp", "gain and interval of single layouts, and of all");
  return plot_data_end(&f, err);
}

static double running_median(const struct record_row *row, size_t at, unsigned side) {
  double x[31];
  size_t n = 0, from = at > 15 ? at - 15 : 0;
  for (size_t i = from; i < row->samples.pairs.count && n < 31; i++) x[n++] = row->samples.pairs.item[i].ns[side];
  return stats_median(x, n);
}

static int drift(const struct view *v, struct pictures *pictures, struct error *err) {
  const struct record_row *row = v->row;
  struct plot_files f;
  char name[96];
  size_t step = row->samples.pairs.count / 600 + 1, disturbed = 0, left_out = 0;
  snprintf(name, sizeof name, "%.60s-time", row->id);
  int rc = plot_data_begin(&f, v->dir, name, err);
  if (rc) return rc;
  for (size_t i = 0; i < row->samples.pairs.count; i++)
    if (row->samples.pairs.item[i].kind == SAMPLE_TEST) {
      left_out += row->samples.pairs.item[i].left_out;
      disturbed += row->samples.pairs.item[i].disturbed && !row->samples.pairs.item[i].left_out;
    }
  for (size_t i = 0; i < row->samples.pairs.count; i += step) {
    const struct record_pair *p = &row->samples.pairs.item[i];
    if (p->kind == SAMPLE_TEST)
      fprintf(f.dat, "%.2f %.6g %.6g %.6g %.6g %d %d\n", p->elapsed_s, p->ns[0], p->ns[1], running_median(row, i, 0),
              running_median(row, i, 1), p->disturbed && !p->left_out, p->left_out);
  }
  words(&f, v);
  plot_data_number(&f, "disturbed", (double)disturbed);
  plot_data_number(&f, "left_out", (double)left_out);
  plot_data_number(&f, "shown_step", (double)step);
  plot_data_number(&f, "ns_low", fmin(stats_quantile(v->ns[0], v->n, 0.005), stats_quantile(v->ns[1], v->n, 0.005)));
  plot_data_number(&f, "ns_high", fmax(stats_quantile(v->ns[0], v->n, 0.98), stats_quantile(v->ns[1], v->n, 0.98)));
  plot_data_add(pictures, name, row->id, "time.gp", "both variants over the time of the campaign");
  return plot_data_end(&f, err);
}

/* span: least and greatest value above 0, for a logarithmic axis. */
static void counter_line(FILE *f, size_t *shown, const char *name, const struct ab_sides *sides, double span[2]) {
  fprintf(f, "%zu ", (*shown)++);
  plot_data_cell(f, name);
  fprintf(f, " %.9g %.9g\n", sides->side[0], sides->side[1]);
  for (int i = 0; i < 2; i++)
    if (sides->side[i] > 0) {
      span[0] = fmin(span[0], sides->side[i]);
      span[1] = fmax(span[1], sides->side[i]);
    }
}

static bool both(const struct ab_sides *s) { return !isnan(s->side[0]) && !isnan(s->side[1]); }

static int counters(const struct view *v, struct pictures *pictures, struct error *err) {
  const struct ab_result *ab = record_row_ab(v->row);
  struct ab_counter one;
  struct plot_files f;
  char name[96], absent[400] = "";
  size_t shown = 0, a = 0;
  double span[2] = { INFINITY, 0 };
  snprintf(name, sizeof name, "%.60s-counters", v->row->id);
  int rc = plot_data_begin(&f, v->dir, name, err);
  if (rc) return rc;
  if (ab && both(&ab->insns_per_op)) counter_line(f.dat, &shown, "instructions (callgrind)", &ab->insns_per_op, span);
  for (size_t i = 0; ab && ab_counters_at(ab->m.counters, &i, &one);) {
    if (both(one.sides)) counter_line(f.dat, &shown, one.name, one.sides, span);
    else if (a < sizeof absent) a += (size_t)snprintf(absent + a, sizeof absent - a, "%s%s", a ? ", " : "", one.name);
  }
  words(&f, v);
  plot_data_number(&f, "shown", (double)shown);
  plot_data_number(&f, "least", span[1] > 0 ? span[0] / 10 : 1e-6);
  plot_data_number(&f, "most", span[1] > 0 ? span[1] * 200 : 1);
  plot_data_text(&f, "absent", "%s", absent);
  rc = plot_data_end(&f, err);
  if (rc == 0 && shown)
    plot_data_add(pictures, name, v->row->id, "counters.gp", "counters for each operation, both variants");
  return rc;
}

int plot_data_row(const struct record_row *row, const char *dir, struct pictures *pictures, struct error *err) {
  struct view v;
  int rc = view_open(&v, row, dir);
  if (rc) rc = error_raise(err, ERROR_INTERNAL, rc, "out of memory");
  if (rc == 0 && v.n >= 3) {
    rc = distributions(&v, pictures, err);
    if (rc == 0) rc = layouts(&v, pictures, err);
    if (rc == 0) rc = drift(&v, pictures, err);
    if (rc == 0) rc = counters(&v, pictures, err);
    if (rc == 0) rc = plot_data_ends(row, dir, pictures, err);
  }
  view_close(&v);
  return rc;
}
