/* SPDX-License-Identifier: GPL-3.0-or-later */
/* page_parts.c: tables that several pages have. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "harness/report/pages.h"
#include "harness/report/plot_data.h"

/* Would a reader of Markdown take what begins here for HTML, or for a link? */
static bool is_markup(const char *p) {
  if (p[0] == '<')
    return (p[1] >= 'a' && p[1] <= 'z') || (p[1] >= 'A' && p[1] <= 'Z') || p[1] == '/' || p[1] == '!' || p[1] == '?';
  return p[0] == ']' && p[1] == '(';
}

static bool is_control(char c) { return (c >= 1 && c < ' ') || c == 127; }

const char *page_safe(const char *text) {
  enum { TEXTS = 32, SIZE = 4096 };
  static char room[TEXTS][SIZE];
  static unsigned next;
  const char *p = text;
  while (*p && !is_markup(p) && !is_control(*p)) p++;
  if (!*p) return text;
  char *safe = room[next++ % TEXTS], *to = safe;
  for (p = text; *p && to < safe + SIZE - 3; p++) {
    bool markup = is_markup(p);
    if (markup && *p == '<') *to++ = '\\';
    *to++ = is_control(*p) ? ' ' : *p;
    if (markup && *p == ']') *to++ = '\\';
  }
  *to = '\0';
  return safe;
}

const char *page_string(const json_t *o, const char *key, const char *otherwise) {
  const char *s = json_string_value(json_object_get(o, key));
  return s ? page_safe(s) : otherwise;
}

double page_number(const json_t *o, const char *key) {
  const json_t *v = json_object_get(o, key);
  return json_is_number(v) ? json_number_value(v) : NAN;
}

void page_text(FILE *f, const char *text) {
  for (; *text; text++) {
    if (*text == '|') fputc('\\', f);
    fputc(*text == '\n' ? ' ' : *text, f);
  }
}

void page_percent(FILE *f, double pct) {
  if (isnan(pct)) fputs("-", f);
  else fprintf(f, "%+.2f%%", pct);
}

void page_estimate(FILE *f, const struct estimate *e) {
  if (stats_known(e)) fprintf(f, "%+.3f%% [%+.3f, %+.3f]", e->value, e->low, e->high);
  else fputs("not measured", f);
}

static void quantiles(FILE *f, const char *name, double *x, size_t n, const char *unit) {
  static const double at[] = { 0, 0.05, 0.25, 0.5, 0.75, 0.95, 1 };
  fprintf(f, "| %s | %zu |", name, n);
  for (size_t i = 0; i < sizeof at / sizeof *at; i++) fprintf(f, " %.4g |", stats_quantile(x, n, at[i]));
  fprintf(f, " %.5g | %.5g | %.3g | %s |\n", stats_mean(x, n), stats_trimmed_mean(x, n, STATS_TRIM), stats_sd(x, n),
          unit);
}

enum column { COLUMN_OUT, COLUMN_IN, COLUMN_GAIN };

static size_t collect(const struct record_row *row, enum column column, bool control, double *x) {
  size_t n = 0;
  for (size_t i = 0; i < row->pairs; i++) {
    const struct record_pair *p = &row->pair[i];
    if (p->control == control && !p->left_out)
      x[n++] = column == COLUMN_GAIN ? (p->ns[1] / p->ns[0] - 1) * 100 : p->ns[column];
  }
  stats_sort(x, n);
  return n;
}

/* The gains of the pairs, thirteen bins between their 1% and 99% quantiles. */
static void histogram(FILE *f, const double *x, size_t n) {
  enum { BINS = 13, WIDTH = 50 };
  size_t count[BINS] = { 0 }, most = 1, below = 0, above = 0;
  double low = stats_quantile(x, n, 0.01), high = stats_quantile(x, n, 0.99), step = (high - low) / BINS;
  if (!(step > 0)) return;
  for (size_t i = 0; i < n; i++) {
    double k = floor((x[i] - low) / step);
    if (k < 0) below++;
    else if (k >= BINS) above++;
    else if (++count[(int)k] > most) most = count[(int)k];
  }
  fputs("\nPaired difference, in percent (the compiled-in variant's time over the other's):\n\n```\n", f);
  for (int i = 0; i < BINS; i++) {
    fprintf(f, "%+8.2f .. %+8.2f %6zu ", low + step * i, low + step * (i + 1), count[i]);
    for (size_t k = 0; k < count[i] * WIDTH / most; k++) fputc('#', f);
    fputc('\n', f);
  }
  fprintf(f, "below %zu, above %zu\n```\n", below, above);
}

void page_distributions(FILE *f, const struct record_row *row) {
  double *x = malloc((row->pairs + 1) * sizeof *x);
  if (!x || row->pairs == 0) {
    free(x);
    fputs("No samples: it was not timed.\n", f);
    return;
  }
  fputs("One process is one value: the 20% trimmed mean of its rounds.\n\n"
        "| | n | min | 5% | 25% | median | 75% | 95% | max | mean | trimmed mean | SD | unit "
        "|\n|---|---|---|---|---|---|---|---|---|---|---|---|---|\n",
        f);
  size_t n = collect(row, COLUMN_OUT, false, x);
  quantiles(f, "compiled out (baseline)", x, n, "ns/op");
  n = collect(row, COLUMN_IN, false, x);
  quantiles(f, "compiled in (research)", x, n, "ns/op");
  n = collect(row, COLUMN_GAIN, true, x);
  if (n) quantiles(f, "paired difference, control (A/A)", x, n, "%");
  n = collect(row, COLUMN_GAIN, false, x);
  quantiles(f, "paired difference", x, n, "%");
  histogram(f, x, n);
  free(x);
}

static void recorded_estimate(FILE *f, const char *name, const json_t *o) {
  fprintf(f, "| %s | ", name);
  if (json_is_object(o) && json_is_number(json_object_get(o, "estimate")))
    fprintf(f, "%+.3f%% [%+.3f, %+.3f] |\n", page_number(o, "estimate"), page_number(o, "low"), page_number(o, "high"));
  else
    fprintf(f, "not measured%s%s |\n", json_is_object(o) ? ": " : "",
            json_is_object(o) ? page_string(o, "status", page_string(o, "reason", "")) : "");
}

static void side_values(FILE *f, const char *name, const json_t *o) {
  double out = page_number(o, "out"), in = page_number(o, "in");
  if (!json_is_object(o)) return;
  fprintf(f, "| %s | ", name);
  if (isnan(out) || isnan(in)) fputs("not measured | not measured |\n", f);
  else fprintf(f, "%.6g | %.6g |\n", out, in);
}

void page_measures(FILE *f, const struct record_row *row) {
  const json_t *ab = record_row_ab(row);
  struct estimate gain = record_row_gain(row, false), mean = record_row_mean_gain(row),
                  control = record_row_gain(row, true);
  const char *key;
  json_t *c;
  fputs("| measure | value |\n|---|---|\n| gain (trimmed mean over pairs) | ", f);
  page_estimate(f, &gain);
  fputs(" |\n| gain (ordinary mean) | ", f);
  page_estimate(f, &mean);
  fputs(" |\n| live control, A/A | ", f);
  page_estimate(f, &control);
  fputs(" |\n", f);
  char direct[100] = "direct cost, by live toggle";
  const json_t *toggles = json_object_get(ab, "toggles");
  double found = page_number(toggles, "found"), toggled = page_number(toggles, "toggled");
  if (toggled < found)
    snprintf(direct, sizeof direct, "direct cost of %.0f of the %.0f places, by live toggle", toggled, found);
  recorded_estimate(f, direct, json_object_get(ab, "direct_pct"));
  recorded_estimate(f, "layout and code generation", json_object_get(ab, "layout_pct"));
  recorded_estimate(f, "expected: executions x cost of one", json_object_get(ab, "expected_pct"));
  fprintf(f, "| level of the interval | %.2f%% |\n| margin | %.2f%% |\n", gain.level * 100,
          page_number(ab, "margin_pct"));
  const json_t *core = json_object_get(ab, "core");
  fprintf(f, "| pairs, each with a layout of its own | %zu |\n| measuring time | %.1f s of %g s |\n", row->pairs,
          page_number(ab, "elapsed_s"), page_number(ab, "budget_s"));
  fprintf(f, "| pairs disturbed | %.1f%% |\n| threads, rounds, operations a round | %g, %g, %g |\n",
          page_number(ab, "disturbed_pct"), page_number(ab, "threads"), page_number(ab, "rounds"),
          page_number(ab, "round_ops"));
  if (!isnan(page_number(core, "alone_pct"))) {
    bool alone = strcmp(page_string(core, "state", "-"), "alone") == 0;
    fprintf(f, "| pairs that had the core alone (%s) | %.0f%% |\n",
            alone ? "only they are in the estimates" : "too few: the estimates are of the others",
            page_number(core, "alone_pct"));
    recorded_estimate(f,
                      alone ? "gain where another hardware thread used the core" : "gain where the core was ours alone",
                      json_object_get(core, "left_out_gain_pct"));
  }
  if (!isnan(page_number(ab, "needed_s")))
    fprintf(f, "| budget that would decide it | %.0f s |\n", page_number(ab, "needed_s"));
  fputs("\n| counter, for each operation | compiled out | compiled in |\n|---|---|---|\n", f);
  side_values(f, "instructions (callgrind)", json_object_get(ab, "insns_per_op"));
  json_object_foreach(json_object_get(ab, "counters"), key, c) side_values(f, page_safe(key), c);
  const char *why = page_string(json_object_get(ab, "counters"), "hardware_reason", NULL);
  if (why) fprintf(f, "\nHardware counters were not measured: %s.\n", why);
}

void page_step0(FILE *f, const json_t *step0) {
  size_t i;
  json_t *s;
  if (!json_is_object(step0)) {
    fputs("Not run.\n", f);
    return;
  }
  const char *decision = page_string(step0, "decision", "no decision"),
             *status = page_string(step0, "status", "no reason is recorded");
  size_t said = strlen(decision); /* the reason may begin with the decision's word */
  fprintf(f, "**%s**%s%s.\n\n", decision, strncmp(status, decision, said) == 0 ? "" : ": ",
          strncmp(status, decision, said) == 0 ? status + said : status);
  fprintf(f, "Counted by %s in %s, ", page_string(step0, "method", "no method"),
          page_string(step0, "workload", "the workload"));
  if (json_is_number(json_object_get(step0, "ops"))) fprintf(f, "%.0f operations, ", page_number(step0, "ops"));
  fprintf(f, "object sha256 %.16s.\n\n| site | verdict | hits | hits for each operation |\n|---|---|---|---|\n",
          page_string(step0, "object_hash", "not known"));
  json_array_foreach(json_object_get(step0, "per_site"), i, s) {
    double hits = page_number(s, "hits"), rate = page_number(s, "hits_per_op");
    fprintf(f, "| %s | %s | ", page_string(s, "name", "?"), page_string(s, "verdict", "?"));
    if (isnan(hits)) fputs("not counted | ", f);
    else fprintf(f, "%.0f | ", hits);
    if (isnan(rate)) fputs("- |\n", f);
    else fprintf(f, "%.6g |\n", rate);
  }
}

void page_machine(FILE *f, const json_t *machine) {
  const char *key;
  json_t *v;
  fputs("| machine | |\n|---|---|\n", f);
  json_object_foreach((json_t *)machine, key, v) {
    fprintf(f, "| %s | ", page_safe(key));
    if (json_is_string(v)) page_text(f, page_safe(json_string_value(v)));
    else if (json_is_number(v)) fprintf(f, "%g", json_number_value(v));
    else fputs("not known", f);
    fputs(" |\n", f);
  }
}

static void calibration_kinds(FILE *f, const json_t *list, bool same_code) {
  size_t i;
  json_t *one;
  json_array_foreach(list, i, one) {
    const json_t *v = json_object_get(one, "verdicts");
    double truth = plot_data_known_truth(one, same_code);
    fprintf(f, "| %s | ", page_string(one, "name", "-"));
    if (isnan(truth)) fputs("not known independently", f);
    else fprintf(f, "%+.3f%%", truth);
    fprintf(f, " | %+.3f%% [%+.3f, %+.3f] | %.0f, %.0f, %.0f, %.0f | %.0f |\n", page_number(one, "estimate"),
            page_number(one, "low"), page_number(one, "high"), page_number(v, "GO"), page_number(v, "NEUTRAL"),
            page_number(v, "NO-GO"), page_number(v, "INCONCLUSIVE"), page_number(one, "pairs"));
  }
}

static void injected_instructions(FILE *f, const json_t *callgrind) {
  size_t i;
  json_t *one;
  json_array_foreach(json_object_get(callgrind, "injected"), i, one)
      fprintf(f, "%s%s: %+.4f instructions for each operation",
              i ? "; " : "\nCounted by callgrind: ", page_string(one, "name", "-"), page_number(one, "added_per_op"));
  if (json_array_size(json_object_get(callgrind, "injected")) > 0) fputs(".\n", f);
}

/* Of equal code alone: there the truth is known. */
static double coverage(const json_t *same_code) {
  double covered = 0, campaigns = 0;
  size_t i;
  json_t *one;
  json_array_foreach(same_code, i, one) {
    covered += page_number(one, "coverage") * page_number(one, "campaigns");
    campaigns += page_number(one, "campaigns");
  }
  return covered / campaigns;
}

void page_calibration(FILE *f, const struct record_set *set) {
  const json_t *c = set->calibration, *same = json_object_get(c, "same_code"),
               *injected = json_object_get(c, "injected");
  if (!c) {
    fputs("None is recorded with these results: run `hakmem-harness calibrate`, then `hakmem-harness phases`.\n", f);
    return;
  }
  fprintf(f, "%.0f campaigns of equal code, %g s each: %.0f false verdicts", page_number(c, "campaigns"),
          page_number(c, "budget_s"), page_number(c, "false_verdicts"));
  if (!isnan(coverage(same))) fprintf(f, ", the interval covered 0 in %.1f%% of them", coverage(same) * 100);
  fprintf(f, ". Half-width at 60 s: %.4f%%; smallest effect told from 0 with 90%% power: %.4f%%. Calibrated %s.\n",
          page_number(c, "half_width_pct"), page_number(c, "detectable_pct"),
          page_string(c, "date", "on an unknown date"));
  if (json_array_size(same) + json_array_size(injected) > 0) {
    fputs("\n| campaigns | true effect | pooled estimate | GO, NEUTRAL, NO-GO, INCONCLUSIVE | pairs "
          "|\n|---|---|---|---|---|\n",
          f);
    calibration_kinds(f, same, true);
    calibration_kinds(f, injected, false);
  }
  injected_instructions(f, json_object_get(c, "callgrind"));
}
