/* SPDX-License-Identifier: GPL-3.0-or-later */
/* plot_data.c: the pictures of a whole set, and the files of any picture. */
#include "harness/report/plot_data.h"

#include <fcntl.h>
#include <inttypes.h>
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
  return bad ? error_raise(err, ERROR_INTERNAL, -EIO, "cannot write %s", f->path) : 0;
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
static const struct ab_step0 *sites_of(const struct record_set *set) {
  const struct ab_step0 *all = record_row_step0(record_set_row(set, "cumulative"));
  return all && all->per_site.count > 0 ? all : set->sites;
}

static int sites(const struct record_set *set, const char *dir, struct pictures *pictures, struct error *err) {
  const struct ab_step0 *step0 = sites_of(set);
  struct bar bar[128];
  struct plot_files f;
  size_t i, n = 0;
  double floor = 1;
  for (i = 0; i < step0->per_site.count && n < 128; i++) {
    const struct ab_site *s = &step0->per_site.item[i];
    bar[n++] = (struct bar){ s->name ? s->name : "-", fields_enum_name(step0_verdict_names, s->verdict), s->hits_per_op,
                             s->hits < 0 ? NAN : (double)s->hits };
  }
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
  plot_data_number(&f, "ops", step0->ops < 0 ? NAN : (double)step0->ops);
  plot_data_text(&f, "workload", "%s", step0->workload ? step0->workload : "-");
  plot_data_text(&f, "method", "%s", step0->method ? step0->method : "-");
  plot_data_add(pictures, "sites-hits", "", "sites.gp", "executions of each site for each operation (Step 0)");
  return plot_data_end(&f, err);
}

void plot_data_widen(struct plot_span *s, double x) {
  if (!isfinite(x)) return;
  s->low = fmin(s->low, x);
  s->high = fmax(s->high, x);
}

static void forest_line(FILE *f, struct plot_span *span, double y, const char *label, const struct record_row *row,
                        double source, double low, double high, const char *verdict) {
  struct estimate e = row ? record_row_gain(row, false) : stats_none();
  plot_data_widen(span, e.low);
  plot_data_widen(span, e.high);
  plot_data_widen(span, source);
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
  const char *v = row ? verdict_name(row->phase.verdict) : NULL;
  if (!v && record_row_ab(row)) v = verdict_name(record_row_ab(row)->m.verdict);
  return v ? v : "not recorded";
}

static int forest(const struct record_set *set, const char *dir, struct pictures *pictures, struct error *err) {
  struct plot_files f;
  char label[128];
  struct plot_span span = { -0.7, 1.2 };
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
    /* and where it runs, if the row's own workload does not execute it */
    snprintf(label, sizeof label, "%s-open", p->id);
    const struct record_row *open = record_set_row(set, label);
    if (!open) continue;
    snprintf(label, sizeof label, "%s in %s", p->id, p->open_workload[0] ? p->open_workload : p->open_env);
    forest_line(f.dat, &span, y++, label, open, NAN, NAN, NAN, verdict_of(open));
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

double plot_data_known_truth(const struct calibration_kind *kind, bool same_code) {
  if (same_code) return 0;
  return kind->true_pct == kind->estimate ? NAN : kind->true_pct; /* equal: the estimate was put in its place */
}

static void calibration_kind(FILE *f, const struct calibration_kind *one, bool same_code, double *y) {
  const struct calibration_verdicts *v = &one->verdicts;
  fprintf(f, "%g ", (*y)++);
  plot_data_cell(f, one->name);
  fprintf(f,
          " %.9g %.9g %.9g %.9g \"%" PRId64 " GO, %" PRId64 " NEUTRAL, %" PRId64 " NO-GO, %" PRId64
          " INCONCLUSIVE; n = %" PRId64 "\"\n",
          one->estimate, one->low, one->high, plot_data_known_truth(one, same_code), v->go, v->neutral, v->no_go,
          v->inconclusive, one->pairs);
}

static double known(int64_t count) { return count < 0 ? NAN : (double)count; }

static int calibration(const struct record_set *set, const char *dir, struct pictures *pictures, struct error *err) {
  const struct calibration_result *c = set->calibration;
  struct plot_files f;
  double lines = 0;
  int rc = plot_data_begin(&f, dir, "calibration", err);
  if (rc) return rc;
  for (size_t i = 0; i < c->same_code.count; i++) calibration_kind(f.dat, &c->same_code.item[i], true, &lines);
  for (size_t i = 0; i < c->injected.count; i++) calibration_kind(f.dat, &c->injected.item[i], false, &lines);
  if (lines == 0) fputs("0 \"\" NaN NaN NaN NaN \"\"\n", f.dat);
  plot_data_number(&f, "lines", lines);
  plot_data_number(&f, "margin", isnan(c->margin_pct) ? 0.5 : c->margin_pct);
  plot_data_number(&f, "campaigns", known(c->campaigns));
  plot_data_number(&f, "false_verdicts", known(c->false_verdicts));
  plot_data_number(&f, "budget", c->budget_s);
  plot_data_number(&f, "half_width", c->half_width_pct);
  plot_data_number(&f, "detectable", c->detectable_pct);
  plot_data_add(pictures, "calibration", "", "calibration.gp", "calibration: equal code, and injected instructions");
  return plot_data_end(&f, err);
}

static const struct peer_spread *spread_of(const struct peer_line *row, const char *allocator, bool memory) {
  for (size_t a = 0; allocator && a < row->allocators.count; a++) {
    const struct peer_one *one = &row->allocators.item[a];
    if (one->allocator && strcmp(one->allocator, allocator) == 0) return memory ? &one->peak_rss_bytes : &one->time_ns;
  }
  return NULL;
}

static void peer_block(FILE *f, const struct peers_record *peers, const char *allocator, bool memory) {
  static const struct peer_spread none = { 0, NAN, NAN, NAN };
  for (size_t r = 0; r < peers->rows.count; r++) {
    const struct peer_line *row = &peers->rows.item[r];
    const struct peer_spread *base = spread_of(row, "hakmem", memory), *one = spread_of(row, allocator, memory);
    if (!base) base = &none;
    if (!one) one = &none;
    fprintf(f, "%zu ", r);
    plot_data_cell(f, row->name);
    fprintf(f, " %.6g %.6g %.6g\n", one->median / base->median, one->low / base->median, one->high / base->median);
  }
  fputs("\n\n", f);
}

static int peers(const struct record_set *set, const char *dir, struct pictures *pictures, struct error *err) {
  const struct peers_record *all = set->peers;
  const struct peer_line *first = &all->rows.item[0];
  struct plot_files f;
  char names[400] = "";
  size_t n = 0;
  int rc = plot_data_begin(&f, dir, "peers", err);
  if (rc) return rc;
  for (int memory = 0; memory < 2; memory++)
    for (size_t i = 0; i < first->allocators.count; i++)
      peer_block(f.dat, all, first->allocators.item[i].allocator, memory);
  for (size_t i = 0; i < first->allocators.count && n < sizeof names; i++) {
    char word[64]; /* gnuplot takes the list apart at its blanks */
    const char *name = first->allocators.item[i].allocator;
    identifier_make(word, sizeof word, name ? name : "-");
    n += (size_t)snprintf(names + n, sizeof names - n, "%s%s", i ? " " : "", word);
  }
  plot_data_text(&f, "allocators", "%s", names);
  plot_data_number(&f, "rows", (double)all->rows.count);
  plot_data_number(&f, "repetitions", known(all->repetitions));
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
  if (rc == 0 && set->peers && set->peers->rows.count > 0) rc = peers(set, dir, pictures, err);
  else if (rc == 0) plot_data_missing(pictures, "allocators side by side", "run hakmem-harness peers");
  return rc;
}
