/* SPDX-License-Identifier: GPL-3.0-or-later */
/* plot_data.c: the pictures of a whole set, and the files of any picture. */
#include "harness/report/plot_data.h"

#include <fcntl.h>
#include <math.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "harness/core/identifier.h"
#include "harness/phase/phase_table.h"

static FILE *create(const char *path);

int plot_data_begin(struct plot_files *f, const char *dir, const char *name, struct error *err) {
  snprintf(f->path, sizeof f->path, "%.3800s/%.200s.gp", dir, name);
  f->gp = create(f->path);
  if (!f->gp) return error_set_errno(err, -errno, "cannot write %s", f->path);
  snprintf(f->path, sizeof f->path, "%.3800s/%.200s.dat", dir, name);
  f->dat = create(f->path);
  if (!f->dat) {
    int rc = error_set_errno(err, -errno, "cannot write %s", f->path);
    fclose(f->gp);
    return rc;
  }
  return 0;
}

int plot_data_end(struct plot_files *f, struct error *err) {
  int bad = ferror(f->dat) | ferror(f->gp);
  bad |= fclose(f->dat) != 0;
  bad |= fclose(f->gp) != 0;
  return bad ? error_set(err, -EIO, "cannot write %s", f->path) : 0;
}

void plot_data_text(struct plot_files *f, const char *name, const char *format, ...) {
  char text[1024];
  va_list ap;
  va_start(ap, format);
  vsnprintf(text, sizeof text, format, ap);
  va_end(ap);
  plot_data_quoted(f->gp, name, text);
}

void plot_data_quoted(FILE *f, const char *name, const char *text) {
  fprintf(f, "%s = '", name);
  for (const char *p = text; *p; p++)
    if (*p == '\'') fputs("''", f);
    else fputc((unsigned char)*p < ' ' || *p == 127 ? ' ' : *p, f); /* a newline would end the string's line */
  fputs("'\n", f);
}

void plot_data_cell(FILE *f, const char *text) {
  fputc('"', f);
  for (const char *p = text ? text : "-"; *p; p++)
    fputc((unsigned char)*p < ' ' || *p == 127 ? ' ' : *p == '"' || *p == '\\' ? '\'' : *p, f);
  fputc('"', f);
}

/* Nothing is written through a link, or into what somebody else has open. */
static FILE *create(const char *path) {
  if (unlink(path) != 0 && errno != ENOENT) return NULL;
  int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0666);
  FILE *f = fd >= 0 ? fdopen(fd, "w") : NULL;
  if (fd >= 0 && !f) close(fd);
  return f;
}

void plot_data_number(struct plot_files *f, const char *name, double value) {
  if (isfinite(value))
    fprintf(f->gp, "%s = %.9g + 0.0\n", name, value); /* never an integer: gnuplot divides those whole */
  else fprintf(f->gp, "%s = NaN\n", name);
}

void plot_data_add(struct pictures *p, const char *name, const char *id, const char *script, const char *caption) {
  if (p->count == PICTURES_MAX) return;
  struct picture *one = &p->list[p->count++];
  snprintf(one->name, sizeof one->name, "%.95s", name);
  snprintf(one->id, sizeof one->id, "%.63s", id);
  one->script = script;
  snprintf(one->caption, sizeof one->caption, "%.199s", caption);
}

void plot_data_missing(struct pictures *p, const char *what, const char *how) {
  size_t n = strlen(p->missing);
  if (n < sizeof p->missing) snprintf(p->missing + n, sizeof p->missing - n, "%s: not recorded; %s\n", what, how);
}

static double number(const json_t *o, const char *key) {
  const json_t *v = json_object_get(o, key);
  return json_is_number(v) ? json_number_value(v) : NAN;
}

static const char *text_of(const json_t *o, const char *key) {
  const char *text = json_string_value(json_object_get(o, key));
  return text ? text : "-";
}

struct bar {
  const char *name, *verdict;
  double value, hits;
};

static int by_rate(const void *a, const void *b) {
  double x = ((const struct bar *)a)->value, y = ((const struct bar *)b)->value;
  x = isnan(x) ? -1 : x;
  y = isnan(y) ? -1 : y;
  return x < y ? 1 : x > y ? -1 : strcmp(((const struct bar *)a)->name, ((const struct bar *)b)->name);
}

/* Step 0 of all gates together saw every site; a `verify` only those of its build. */
static const json_t *sites_of(const struct record_set *set) {
  const json_t *all = json_object_get(record_row_ab(record_set_row(set, "cumulative")), "step0");
  return json_array_size(json_object_get(all, "per_site")) > 0 ? all : set->sites;
}

static int sites(const struct record_set *set, const char *dir, struct pictures *pictures, struct error *err) {
  const json_t *step0 = sites_of(set), *list = json_object_get(step0, "per_site");
  struct bar bar[128];
  struct plot_files f;
  json_t *s;
  size_t i, n = 0;
  double floor = 1;
  json_array_foreach(list, i, s) if (n < 128) bar[n++] =
      (struct bar){ text_of(s, "name"), text_of(s, "verdict"), number(s, "hits_per_op"), number(s, "hits") };
  if (n == 0) return 0;
  qsort(bar, n, sizeof *bar, by_rate);
  int rc = plot_data_begin(&f, dir, "sites-hits", err);
  if (rc) return rc;
  for (i = 0; i < n; i++) {
    fprintf(f.dat, "%zu ", i);
    plot_data_cell(f.dat, bar[i].name);
    fprintf(f.dat, " %.9g ", isnan(bar[i].value) ? -1 : bar[i].value);
    plot_data_cell(f.dat, bar[i].verdict);
    fprintf(f.dat, " %.0f\n", isnan(bar[i].hits) ? -1 : bar[i].hits);
    if (bar[i].value > 0) floor = fmin(floor, bar[i].value);
  }
  plot_data_number(&f, "sites", (double)n);
  plot_data_number(&f, "floor", floor);
  plot_data_number(&f, "ops", number(step0, "ops"));
  plot_data_text(&f, "workload", "%s", text_of(step0, "workload"));
  plot_data_text(&f, "method", "%s", text_of(step0, "method"));
  plot_data_add(pictures, "sites-hits", "", "sites.gp", "executions of each site for each operation (Step 0)");
  return plot_data_end(&f, err);
}

struct span {
  double low, high;
};

static void widen(struct span *s, double x) {
  if (isfinite(x)) {
    s->low = fmin(s->low, x);
    s->high = fmax(s->high, x);
  }
}

static void forest_line(FILE *f, struct span *span, double y, const char *label, const struct record_row *row,
                        double source, double low, double high, const char *verdict) {
  struct estimate e = row ? record_row_gain(row, false) : stats_none();
  widen(span, e.low);
  widen(span, e.high);
  widen(span, source);
  char said[160];
  fprintf(f, "%g ", y);
  plot_data_cell(f, label);
  fprintf(f, " %.9g %.9g %.9g %.9g %.9g %.9g ", e.value, e.low, e.high, source, low, high);
  if (e.n) snprintf(said, sizeof said, "%.120s, n = %zu", verdict, e.n);
  else snprintf(said, sizeof said, "%.120s", verdict);
  plot_data_cell(f, said);
  fputc('\n', f);
}

static const char *verdict_of(const struct record_row *row) {
  const char *v = json_string_value(json_object_get(row ? row->json : NULL, "verdict"));
  if (!v && row) v = json_string_value(json_object_get(record_row_ab(row), "verdict"));
  return v ? v : "not recorded";
}

static int forest(const struct record_set *set, const char *dir, struct pictures *pictures, struct error *err) {
  struct plot_files f;
  char label[128];
  struct span span = { -0.7, 1.2 };
  double y = 0;
  size_t timed = 0;
  for (size_t i = 0; i < set->rows; i++) timed += (phase_find(set->row[i].id) != NULL);
  if (timed == 0) return 0;
  int rc = plot_data_begin(&f, dir, "forest", err);
  if (rc) return rc;
  for (size_t i = 0; i < phase_count(); i++) {
    const struct phase *p = phase_at(i);
    if (p->kind == PHASE_PROCEDURE) continue;
    const char *what = p->gates[0] && !strchr(p->gates, ',') ? p->gates : p->name;
    snprintf(label, sizeof label, "%s%s%s", p->id, strcmp(p->id, what) ? " " : "", strcmp(p->id, what) ? what : "");
    forest_line(f.dat, &span, y++, label, record_set_row(set, p->id), phase_source_pct(p, false), p->expected_low_pct,
                p->expected_high_pct, verdict_of(record_set_row(set, p->id)));
  }
  forest_line(f.dat, &span, y++, "all gates together", record_set_row(set, "cumulative"), PHASE_SOURCE_SUM_PCT, NAN,
              NAN, verdict_of(record_set_row(set, "cumulative")));
  plot_data_number(&f, "lines", y);
  plot_data_number(&f, "left", span.low - 0.3);
  plot_data_number(&f, "right", span.high + 0.3);
  plot_data_number(&f, "margin", 0.5);
  plot_data_add(pictures, "forest", "", "forest.gp", "all phases: gain with its interval, beside the source's claims");
  return plot_data_end(&f, err);
}

double plot_data_known_truth(const json_t *kind, bool same_code) {
  double truth = number(kind, "true_pct");
  return same_code ? 0 : truth == number(kind, "estimate") ? NAN : truth; /* equal: the estimate was put in its place */
}

static void calibration_kinds(FILE *f, const json_t *list, bool same_code, double *y) {
  json_t *one;
  size_t i;
  json_array_foreach(list, i, one) {
    const json_t *v = json_object_get(one, "verdicts");
    fprintf(f, "%g ", (*y)++);
    plot_data_cell(f, json_string_value(json_object_get(one, "name")));
    fprintf(f, " %.9g %.9g %.9g %.9g \"%.0f GO, %.0f NEUTRAL, %.0f NO-GO, %.0f INCONCLUSIVE; n = %.0f\"\n",
            number(one, "estimate"), number(one, "low"), number(one, "high"), plot_data_known_truth(one, same_code),
            number(v, "GO"), number(v, "NEUTRAL"), number(v, "NO-GO"), number(v, "INCONCLUSIVE"), number(one, "pairs"));
  }
}

static int calibration(const struct record_set *set, const char *dir, struct pictures *pictures, struct error *err) {
  const json_t *c = set->calibration;
  struct plot_files f;
  double lines = 0;
  int rc = plot_data_begin(&f, dir, "calibration", err);
  if (rc) return rc;
  calibration_kinds(f.dat, json_object_get(c, "same_code"), true, &lines);
  calibration_kinds(f.dat, json_object_get(c, "injected"), false, &lines);
  if (lines == 0) fputs("0 \"\" NaN NaN NaN NaN \"\"\n", f.dat);
  plot_data_number(&f, "lines", lines);
  plot_data_number(&f, "margin", isnan(number(c, "margin_pct")) ? 0.5 : number(c, "margin_pct"));
  plot_data_number(&f, "campaigns", number(c, "campaigns"));
  plot_data_number(&f, "false_verdicts", number(c, "false_verdicts"));
  plot_data_number(&f, "budget", number(c, "budget_s"));
  plot_data_number(&f, "half_width", number(c, "half_width_pct"));
  plot_data_number(&f, "detectable", number(c, "detectable_pct"));
  plot_data_add(pictures, "calibration", "", "calibration.gp", "calibration: equal code, and injected instructions");
  return plot_data_end(&f, err);
}

static void peer_block(FILE *f, const json_t *rows, const char *allocator, const char *key) {
  size_t r, a;
  json_t *row, *one;
  json_array_foreach(rows, r, row) {
    double base = NAN, value = NAN, low = NAN, high = NAN;
    json_array_foreach(json_object_get(row, "allocators"), a, one) {
      const char *name = json_string_value(json_object_get(one, "allocator"));
      const json_t *spread = json_object_get(one, key);
      if (name && strcmp(name, "hakmem") == 0) base = number(spread, "median");
      if (name && strcmp(name, allocator) == 0) {
        value = number(spread, "median");
        low = number(spread, "low");
        high = number(spread, "high");
      }
    }
    fprintf(f, "%zu ", r);
    plot_data_cell(f, json_string_value(json_object_get(row, "name")));
    fprintf(f, " %.6g %.6g %.6g\n", value / base, low / base, high / base);
  }
  fputs("\n\n", f);
}

static int peers(const struct record_set *set, const char *dir, struct pictures *pictures, struct error *err) {
  static const char *const key[] = { "time_ns", "peak_rss_bytes" };
  const json_t *rows = json_object_get(set->peers, "rows"),
               *first = json_object_get(json_array_get(rows, 0), "allocators");
  struct plot_files f;
  char names[400] = "";
  size_t i, n = 0;
  json_t *one;
  int rc = plot_data_begin(&f, dir, "peers", err);
  if (rc) return rc;
  for (int k = 0; k < 2; k++)
    json_array_foreach(first, i, one) peer_block(f.dat, rows, text_of(one, "allocator"), key[k]);
  json_array_foreach(first, i, one) {
    char word[64]; /* gnuplot takes the list apart at its blanks */
    identifier_make(word, sizeof word, text_of(one, "allocator"));
    if (n < sizeof names) n += (size_t)snprintf(names + n, sizeof names - n, "%s%s", i ? " " : "", word);
  }
  plot_data_text(&f, "allocators", "%s", names);
  plot_data_number(&f, "rows", (double)json_array_size(rows));
  plot_data_number(&f, "repetitions", number(set->peers, "repetitions"));
  plot_data_add(pictures, "peers", "", "peers.gp", "allocators side by side: time and peak memory against HAKMEM");
  return plot_data_end(&f, err);
}

int plot_data_write(const struct record_set *set, const char *dir, struct pictures *pictures, struct error *err) {
  size_t before = pictures->count;
  int rc = forest(set, dir, pictures, err);
  for (size_t i = 0; i < set->rows && rc == 0; i++) rc = plot_data_row(&set->row[i], dir, pictures, err);
  if (rc == 0 && pictures->count == before)
    plot_data_missing(pictures, "phases (distributions, layouts, drift, counters, forest plot)",
                      "run hakmem-harness phases");
  if (rc == 0 && sites_of(set)) rc = sites(set, dir, pictures, err);
  else if (rc == 0) plot_data_missing(pictures, "hits of the sites", "run hakmem-harness verify --all");
  if (rc == 0 && set->calibration) rc = calibration(set, dir, pictures, err);
  else if (rc == 0) plot_data_missing(pictures, "calibration", "run hakmem-harness calibrate");
  if (rc == 0 && json_array_size(json_object_get(set->peers, "rows")) > 0) rc = peers(set, dir, pictures, err);
  else if (rc == 0) plot_data_missing(pictures, "allocators side by side", "run hakmem-harness peers");
  return rc;
}
