/* SPDX-License-Identifier: GPL-3.0-or-later */
/* page_parts.c: tables that several pages have. */
#include <inttypes.h>
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

const char *page_word(const char *text, const char *otherwise) { return text ? page_safe(text) : otherwise; }

const char *page_verdict(const struct record_row *row, const char *otherwise) {
  return page_word(row ? verdict_name(row->phase.verdict) : NULL, otherwise);
}

void page_text(FILE *f, const char *text) {
  for (; *text; text++) {
    if (*text == '|') fputc('\\', f);
    fputc(*text == '\n' ? ' ' : *text, f);
  }
}

/* What a record does not have, and what no measurement gives, is no number. */
static void real(FILE *f, double v, int decimals, const char *unit) {
  if (!isfinite(v)) fputs("-", f);
  else fprintf(f, "%.*f%s", decimals, v, unit);
}

static void signed_real(FILE *f, double v, int decimals, const char *unit) {
  if (isfinite(v) && v >= 0 && !signbit(v)) fputc('+', f);
  real(f, v, decimals, unit);
}

/* As short as it is. */
static void plain(FILE *f, double v, const char *unit) {
  if (!isfinite(v)) fputs("-", f);
  else fprintf(f, "%g%s", v, unit);
}

static void count(FILE *f, int64_t n) {
  if (n < 0) fputs("-", f);
  else fprintf(f, "%" PRId64, n);
}

static void interval(FILE *f, double value, double low, double high) {
  signed_real(f, value, 3, "%");
  fputs(" [", f);
  signed_real(f, low, 3, "");
  fputs(", ", f);
  signed_real(f, high, 3, "]");
  if (!isfinite(high)) fputc(']', f);
}

void page_percent(FILE *f, double pct) { signed_real(f, pct, 2, "%"); }

void page_estimate(FILE *f, const struct estimate *e) {
  if (stats_known(e)) interval(f, e->value, e->low, e->high);
  else fputs("not measured", f);
}

static void quantiles(FILE *f, const char *name, double *x, size_t n, const char *unit) {
  static const double at[] = { 0, 0.05, 0.25, 0.5, 0.75, 0.95, 1 };
  fprintf(f, "| %s | %zu |", name, n);
  for (size_t i = 0; i < sizeof at / sizeof *at; i++) fprintf(f, " %.4g |", stats_quantile(x, n, at[i]));
  fprintf(f, " %.5g | %.5g | ", stats_mean(x, n), stats_trimmed_mean(x, n, STATS_TRIM));
  double sd = stats_sd(x, n); /* one value has none */
  if (isfinite(sd)) fprintf(f, "%.3g", sd);
  else fputc('-', f);
  fprintf(f, " | %s |\n", unit);
}

enum shown { COLUMN_OUT, COLUMN_IN, COLUMN_GAIN };

static size_t collect(const struct record_row *row, enum shown column, bool control, double *x) {
  size_t n = 0;
  for (size_t i = 0; i < row->samples.pairs.count; i++) {
    const struct record_pair *p = &row->samples.pairs.item[i];
    if ((p->kind == SAMPLE_CONTROL) == control && !p->left_out)
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
  double *x = malloc((row->samples.pairs.count + 1) * sizeof *x);
  if (!x || row->samples.pairs.count == 0) {
    free(x);
    fputs("No samples: it was not timed.\n", f);
    return;
  }
  fputs("One process is one value: the 20% trimmed mean of its rounds; n counts them, of differences the pairs.\n\n"
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

/* The object of an estimate may be there without one; a null never says why. */
static void recorded_estimate(FILE *f, const char *name, const struct estimate *e) {
  fprintf(f, "| %s | ", name);
  if (!isnan(e->value)) interval(f, e->value, e->low, e->high);
  else fputs("not measured", f);
  fputs(" |\n", f);
}

static void side_values(FILE *f, const char *name, const struct ab_sides *o) {
  fprintf(f, "| %s | ", name);
  if (isnan(o->side[0]) || isnan(o->side[1])) fputs("not measured | not measured |\n", f);
  else fprintf(f, "%.6g | %.6g |\n", o->side[0], o->side[1]);
}

static void end_of_core(FILE *f, const char *name, const struct ab_end *e) {
  if (isnan(e->e.value)) fprintf(f, "| %s | not seen |\n", name);
  else {
    fprintf(f, "| %s | ", name);
    interval(f, e->e.value, e->e.low, e->e.high);
    fprintf(f, ", %s, ", page_word(fields_enum_name(verdict_names, e->verdict), "no verdict"));
    count(f, e->pairs);
    fputs(" pairs |\n", f);
  }
}

static void measured_effort(FILE *f, const struct record_row *row, const struct ab_measured *m) {
  const struct ab_result *ab = record_row_ab(row);
  bool both_ends = ab && fields_has(&ab_result_fields, ab, "ends"); /* an older record has one */
  fprintf(f, "| pairs, each with a layout of its own | %zu |\n| measuring time | ", row->samples.pairs.count);
  real(f, m->elapsed_s, 1, " s");
  fputs(" of ", f);
  plain(f, m->budget_s, " s");
  fputs(" |\n| pairs disturbed | ", f);
  real(f, m->disturbed_pct, 1, "%");
  fputs(" |\n| threads, rounds, operations a round | ", f);
  count(f, m->threads);
  fputs(", ", f);
  count(f, m->rounds);
  fputs(", ", f);
  count(f, m->round_ops);
  fputs(" |\n", f);
  if (!isnan(m->core.alone_pct) && both_ends) {
    fprintf(f, "| pairs that had the core alone | %.0f%% |\n", m->core.alone_pct);
    end_of_core(f, "gain on a core that is ours alone", &m->ends.alone);
    end_of_core(f, "gain on a core that another hardware thread uses too", &m->ends.shared);
  } else if (!isnan(m->core.alone_pct)) {
    bool alone = m->core.state == PAIRS_ALONE;
    fprintf(f, "| pairs that had the core alone (%s) | %.0f%% |\n",
            alone ? "only they are in the estimates" : "too few: the estimates are of the others", m->core.alone_pct);
    recorded_estimate(f,
                      alone ? "gain where another hardware thread used the core" : "gain where the core was ours alone",
                      &m->core.left_out_gain_pct);
  }
  if (!isnan(m->needed_s)) fprintf(f, "| budget that would decide it | %.0f s |\n", m->needed_s);
}

static void measured_counters(FILE *f, const struct ab_result *ab) {
  struct ab_counter one;
  fputs("\n| counter, for each operation | compiled out | compiled in |\n|---|---|---|\n", f);
  if (!isnan(ab->insns_per_op.side[0])) side_values(f, "instructions (callgrind)", &ab->insns_per_op);
  for (size_t i = 0; ab_counters_at(ab->m.counters, &i, &one);) side_values(f, one.name, one.sides);
  const char *why = ab->m.counters ? ab->m.counters->hardware_reason : NULL;
  if (why) fprintf(f, "\nHardware counters were not measured: %s.\n", page_safe(why));
}

void page_measures(FILE *f, const struct record_row *row) {
  const struct ab_result *ab = record_row_ab(row);
  struct estimate gain = record_row_gain(row, false), mean = record_row_mean_gain(row),
                  control = record_row_gain(row, true), none = stats_none();
  struct ab_result nothing;
  fields_init(&ab_result_fields, &nothing);
  if (!ab) ab = &nothing;
  fputs("| measure | value |\n|---|---|\n| gain (trimmed mean over pairs) | ", f);
  page_estimate(f, &gain);
  fputs(" |\n| gain (ordinary mean) | ", f);
  page_estimate(f, &mean);
  fputs(" |\n| live control, A/A | ", f);
  page_estimate(f, &control);
  fputs(" |\n", f);
  char direct[100] = "direct cost, by live toggle";
  if (ab->toggles.toggled < ab->toggles.found)
    snprintf(direct, sizeof direct, "direct cost of %" PRId64 " of the %" PRId64 " places, by live toggle",
             ab->toggles.toggled, ab->toggles.found);
  recorded_estimate(f, direct, &ab->direct_pct.e);
  recorded_estimate(f, "layout and code generation", &ab->layout_pct.e);
  recorded_estimate(f, "expected: executions x cost of one", &none); /* a number, which has no interval */
  fputs("| level of the interval | ", f);
  real(f, gain.level * 100, 2, "%");
  fputs(" |\n| margin | ", f);
  real(f, ab->margin_pct, 2, "%");
  fputs(" |\n", f);
  measured_effort(f, row, &ab->m);
  measured_counters(f, ab);
}

void page_step0(FILE *f, const struct ab_step0 *step0) {
  if (!step0) {
    fputs("Not run.\n", f);
    return;
  }
  const char *decision = page_word(fields_enum_name(step0_decision_names, step0->decision), "no decision"),
             *status = page_word(step0->status, "no reason is recorded");
  size_t said = strlen(decision); /* the reason may begin with the decision's word */
  fprintf(f, "**%s**%s%s.\n\n", decision, strncmp(status, decision, said) == 0 ? "" : ": ",
          strncmp(status, decision, said) == 0 ? status + said : status);
  fprintf(f, "Counted by %s in %s, ", page_word(step0->method, "no method"),
          page_word(step0->workload, "the workload"));
  if (step0->ops >= 0) fprintf(f, "%" PRId64 " operations, ", step0->ops);
  fprintf(f, "object sha256 %.16s.\n\n| site | verdict | hits | hits for each operation |\n|---|---|---|---|\n",
          page_word(step0->object_hash, "not known"));
  for (size_t i = 0; i < step0->per_site.count; i++) {
    const struct ab_site *s = &step0->per_site.item[i];
    fprintf(f, "| %s | %s | ", page_word(s->name, "?"),
            page_word(fields_enum_name(step0_verdict_names, s->verdict), "?"));
    if (s->hits < 0) fputs("not counted | ", f);
    else fprintf(f, "%" PRId64 " | ", s->hits);
    if (isnan(s->hits_per_op)) fputs("- |\n", f);
    else fprintf(f, "%.6g |\n", s->hits_per_op);
  }
}

void page_machine(FILE *f, const struct machine *machine) {
  fputs("| machine | |\n|---|---|\n", f);
  for (size_t i = 0; machine && i < machine_fields.count; i++) {
    const struct field *one = &machine_fields.field[i];
    const char *at = (const char *)machine + one->offset, *text = NULL;
    if (!fields_has(&machine_fields, machine, one->key)) continue;
    fprintf(f, "| %s | ", one->key);
    if (one->type == FIELD_TEXT) memcpy(&text, at, sizeof text);
    if (text) page_text(f, page_safe(text));
    else if (one->type == FIELD_COUNT && machine->cpus >= 0) fprintf(f, "%" PRId64, machine->cpus);
    else fputs("not known", f);
    fputs(" |\n", f);
  }
}

static void calibration_kind(FILE *f, const struct calibration_kind *one, bool same_code) {
  const struct calibration_verdicts *v = &one->verdicts;
  double truth = plot_data_known_truth(one, same_code);
  fprintf(f, "| %s | ", page_word(one->name, "-"));
  if (isnan(truth)) fputs("not known independently", f);
  else signed_real(f, truth, 3, "%");
  fputs(" | ", f);
  interval(f, one->estimate, one->low, one->high);
  const int64_t counts[] = { v->go, v->neutral, v->no_go, v->inconclusive, one->pairs };
  static const char *const before[] = { " | ", ", ", ", ", ", ", " | " };
  for (size_t i = 0; i < sizeof counts / sizeof counts[0]; i++) {
    fputs(before[i], f);
    count(f, counts[i]);
  }
  fputs(" |\n", f);
}

static void injected_instructions(FILE *f, const struct calibration_callgrind *c) {
  for (size_t i = 0; c && i < c->injected.count; i++)
    fprintf(f, "%s%s: %+.4f instructions for each operation",
            i ? "; " : "\nCounted by callgrind: ", page_word(c->injected.item[i].name, "-"),
            c->injected.item[i].added_per_op);
  if (c && c->injected.count > 0) fputs(".\n", f);
}

/* Of equal code alone: there the truth is known. */
static double coverage(const struct calibration_result *c) {
  double covered = 0, campaigns = 0;
  for (size_t i = 0; i < c->same_code.count; i++) {
    covered += c->same_code.item[i].coverage * (double)c->same_code.item[i].campaigns;
    campaigns += (double)c->same_code.item[i].campaigns;
  }
  return covered / campaigns;
}

void page_calibration(FILE *f, const struct record_set *set) {
  const struct calibration_result *c = set->calibration;
  if (!c) {
    fputs("None is recorded with these results: run `hakmem-harness calibrate`, then `hakmem-harness phases`.\n", f);
    return;
  }
  count(f, c->campaigns);
  fputs(" campaigns of equal code, ", f);
  plain(f, c->budget_s, " s");
  fputs(" each: ", f);
  count(f, c->false_verdicts);
  fputs(" false verdicts", f);
  if (isfinite(coverage(c))) fprintf(f, ", the interval covered 0 in %.1f%% of them", coverage(c) * 100);
  fputs(". Half-width at 60 s: ", f);
  real(f, c->half_width_pct, 4, "%");
  fputs("; smallest effect told from 0 with 90% power: ", f);
  real(f, c->detectable_pct, 4, "%");
  fprintf(f, ". Calibrated %s.\n", page_word(c->date, "on an unknown date"));
  if (c->same_code.count + c->injected.count > 0)
    fputs("\n| campaigns | true effect | pooled estimate | GO, NEUTRAL, NO-GO, INCONCLUSIVE | pairs "
          "|\n|---|---|---|---|---|\n",
          f);
  for (size_t i = 0; i < c->same_code.count; i++) calibration_kind(f, &c->same_code.item[i], true);
  for (size_t i = 0; i < c->injected.count; i++) calibration_kind(f, &c->injected.item[i], false);
  injected_instructions(f, c->callgrind);
}
