/* SPDX-License-Identifier: GPL-3.0-or-later */
/* page_phase.c: the results page of one phase. */
#include <inttypes.h>
#include <math.h>
#include <string.h>

#include "harness/core/registry.h"
#include "harness/core/units.h"
#include "harness/report/pages.h"

static void gates_of(const struct phase *p, const struct gate **gates, size_t *n) {
  char text[512];
  *n = 0;
  snprintf(text, sizeof text, "%s", p->gates);
  for (char *state, *word = strtok_r(text, ",", &state); word && *n < 16; word = strtok_r(NULL, ",", &state)) {
    const struct gate *g = registry_find(word);
    if (g) gates[(*n)++] = g;
  }
}

static void names(FILE *f, const char *what, char *const *list, size_t n) {
  if (n == 0) return;
  fprintf(f, "\n%s: ", what);
  for (size_t i = 0; i < n; i++) fprintf(f, "%s`%s`", i ? ", " : "", list[i] ? page_safe(list[i]) : "-");
  fputs(".\n", f);
}

/* Lines of the audit that stand behind the gate. */
static void places(FILE *f, const struct audit_record *audit, const struct gate *g) {
  for (size_t i = 0; i < audit->atomics.count; i++) {
    const struct atomic_record *a = &audit->atomics.item[i];
    if (!strstr(page_word(a->compile_gate, ""), g->flag)) continue;
    fprintf(f, "| `%s:%" PRId64 "` | `%s` | %s %s of `%s` | %s | ", page_word(a->file, "?"), a->line,
            page_word(a->function, "?"), page_word(a->op, "?"), page_word(a->order, ""), page_word(a->variable, "?"),
            page_word(fields_enum_name(audit_class_names, a->class), "?"));
    page_text(f, page_word(a->reason, ""));
    fputs(" |\n", f);
  }
}

static void removed(FILE *f, const struct record_set *set, const struct phase *p, const struct record_row *row) {
  const struct gate *gates[16];
  const char *with = row->phase.with;
  const struct ab_build *build = record_row_ab(row) ? record_row_ab(row)->build : NULL;
  size_t n;
  gates_of(p, gates, &n);
  fputs("\n## What is removed, and where\n\n", f);
  if (n == 0) {
    fputs("Nothing: there is no gate.\n", f);
    return;
  }
  fputs("| configure option | flag (default 0) | function | expected path | run-time gate |\n|---|---|---|---|---|\n",
        f);
  for (size_t i = 0; i < n; i++)
    fprintf(f, "| `--enable-%s` | `%s` | `%s` | %s | %s%s%s |\n", gates[i]->name, gates[i]->flag, gates[i]->function,
            gate_path_name(gates[i]->path), gates[i]->env_name ? gates[i]->env_name : "none",
            gates[i]->env_name ? "=" : "", gates[i]->env_name ? gates[i]->env_default : "");
  if (with) fprintf(f, "\nBoth sides have `--enable-%s`: without it the site is not there.\n", page_safe(with));
  if (build) {
    names(f, "Functions whose machine code differs", build->functions_that_differ.item,
          build->functions_that_differ.count);
    names(f, "Data that differs", build->data_that_differs.item, build->data_that_differs.count);
    fprintf(f, "\nObjects: compiled out %.16s, compiled in %.16s (sha256 of all objects).\n",
            page_word(build->object_hash[0], "-"), page_word(build->object_hash[1], "-"));
  }
  if (set->audit) {
    fputs("\n| atomic | function | what | class | because |\n|---|---|---|---|---|\n", f);
    for (size_t i = 0; i < n; i++) places(f, set->audit, gates[i]);
  }
}

/* 33: is the ring on by default? 29: does anybody set it? Step 0 answers, with no variable set. */
static void run_time_gates(FILE *f, const struct phase *p, const struct record_row *row) {
  const struct gate *gates[16];
  const struct ab_step0 *step0 = record_row_step0(row);
  enum step0_verdict verdict = step0 && step0->per_site.count ? step0->per_site.item[0].verdict : STEP0_NONE;
  size_t n;
  gates_of(p, gates, &n);
  if (n == 1 && gates[0]->env_name && verdict != STEP0_NONE)
    fprintf(
        f,
        "\nThe run-time gate `%s` has the default %s. It was not set, and the site is %s: by default the code is %s.\n",
        gates[0]->env_name, gates[0]->env_default, step0_verdict_names[verdict],
        verdict == STEP0_EXECUTED ? "on where it is compiled in" : "off even where it is compiled in");
}

static void witness(FILE *f, size_t number, const struct atomic_record *a) {
  fprintf(f, "\n%zu. `%s:%" PRId64 "`, `%s()`: %s %s of `%s` is %s: ", number, page_word(a->file, "?"), a->line,
          page_word(a->function, "?"), page_word(a->op, "?"), page_word(a->order, ""), page_word(a->variable, "?"),
          page_word(fields_enum_name(audit_class_names, a->class), "?"));
  page_text(f, page_word(a->reason, ""));
  for (size_t k = 0; k < a->witness.count; k++)
    fprintf(f, "\n   - `%s:%" PRId64 "` %s", page_word(a->witness.item[k].file, "?"), a->witness.item[k].line,
            page_word(a->witness.item[k].what, ""));
  fputc('\n', f);
}

static void step1(FILE *f, const struct record_row *row) {
  const struct phase_record *r = &row->phase;
  fputs("\n## Step 1: class\n\n", f);
  if (r->audit) {
    fprintf(f, "%s, by %s.\n", page_word(fields_enum_name(audit_class_names, r->audit->class), "not known"),
            page_word(r->audit->source, "-"));
    for (size_t i = 0; i < r->audit->atomics.count; i++) witness(f, i + 1, &r->audit->atomics.item[i]);
    return;
  }
  for (size_t i = 0; i < r->step1.count; i++) {
    const struct phase_gate_class *g = &r->step1.item[i];
    fprintf(f, "- %s: **%s**, by the %s", page_word(g->gate, "?"),
            page_word(fields_enum_name(audit_class_names, g->class), "not known"), page_word(g->source, "gate table"));
    if (g->reason) fprintf(f, ": %s", page_safe(g->reason));
    fputs(".\n", f);
  }
  if (r->step1.count == 0) fputs("Not recorded.\n", f);
}

static void source_line(FILE *f, const struct phase *p, bool median) {
  double out = median ? p->out_median_mops : p->out_mops, in = median ? p->in_median_mops : p->in_mops;
  double printed = median ? p->printed_median_pct : p->printed_pct, again = phase_source_pct(p, median);
  if (isnan(out) && isnan(printed)) return;
  fprintf(f, "| %s | ", median ? "median" : "mean");
  if (isnan(out)) fputs("- | - | ", f);
  else fprintf(f, "%.2f | %.2f | ", out, in);
  page_percent(f, printed);
  fputs(" | ", f);
  page_percent(f, again);
  fprintf(f, " | %s |\n",
          isnan(again) || isnan(printed)      ? "cannot be recomputed"
          : phase_source_disagrees(p, median) ? "**no: they disagree beyond rounding**"
                                              : "yes, within rounding");
}

static void source(FILE *f, const struct phase *p, const struct record_row *row) {
  double again = phase_source_pct(p, false);
  struct estimate gain = record_row_gain(row, false);
  fputs("\n## The source's figures beside ours\n\n", f);
  if (!isnan(p->printed_pct)) {
    fputs("| | compiled out, M ops/s | compiled in, M ops/s | printed | recomputed | agree "
          "|\n|---|---|---|---|---|---|\n",
          f);
    source_line(f, p, false);
    source_line(f, p, true);
  }
  if (!isnan(p->out_dev))
    fprintf(f, "\nIts deviations over ten runs: %.2f and %.2f M ops/s, %.1f%% and %.1f%%: more than the effect.\n",
            p->out_dev, p->in_dev, p->out_dev / p->out_mops * 100, p->in_dev / p->in_mops * 100);
  if (!isnan(p->expected_low_pct))
    fprintf(f, "\nThe source did not measure it; it expected %+.1f%% to %+.1f%%.\n", p->expected_low_pct,
            p->expected_high_pct);
  if (strncmp(p->id, "26", 2) == 0 && p->id[2])
    fputs("\nThe source measured 26A to 26E together only: see phase 26.\n", f);
  if (phase_source_disagrees(p, false))
    fprintf(f,
            "\nThe printed %+.2f%% does not follow from the printed means: by the source's own formula they give "
            "%+.2f%%, which by its own margin is %s, not %s.\n",
            p->printed_pct, again,
            again >= 0.5    ? "GO"
            : again <= -0.5 ? "NO-GO"
                            : "NEUTRAL",
            p->source_verdict);
  if (p->atomics >= 0)
    fprintf(f, "\nThe source counts %d atomic%s here.\n", p->atomics, units_plural((uint64_t)p->atomics, "", "s"));
  if (p->source_verdict[0])
    fprintf(f, "\nThe source's verdict: %s. Ours: %s.\n", p->source_verdict, page_verdict(row, "none"));
  if (stats_known(&gain) && !isnan(again))
    fprintf(f, "The source's point estimate of %+.2f%% lies %s our interval.\n", again,
            again < gain.low    ? "below"
            : again > gain.high ? "above"
                                : "within");
}

static void timed(FILE *f, const struct record_row *row) {
  const struct estimate gain = record_row_gain(row, false);
  const struct ab_result *ab = record_row_ab(row);
  if (row->samples.pairs.count == 0) {
    fputs("Not timed.\n", f);
    return;
  }
  page_measures(f, row);
  if (ab && stats_known(&gain) && fabs(ab->m.gain_pct.value - gain.value) > 0.002)
    fprintf(f,
            "\n**The recorded samples do not give the estimate that the verdict was made from (%+.3f%%): one of them "
            "was changed.**\n",
            ab->m.gain_pct.value);
  fputs("\n### Both distributions\n\n", f);
  page_distributions(f, row);
}

static void repeat(FILE *f, const struct phase *p, const struct record_row *row, const struct record_row *open) {
  double budget = row->phase.budget_s;
  fputs("\n## To repeat it\n\n```\n./configure && make\n", f);
  if (p->kind == PHASE_MEASURED)
    fprintf(f, "hakmem-harness phase %s --budget %g\nhakmem-harness ab %s%s%s --budget %g\n", p->id,
            isnan(budget) ? 60 : budget, p->gates, p->with[0] ? " --with " : "", p->with, isnan(budget) ? 60 : budget);
  else fprintf(f, "hakmem-harness phase %s\nhakmem-harness audit --all-gates --witness\n", p->id);
  if (open)
    fprintf(f, "hakmem-harness ab %s --workload %s%s%s\n", p->gates, page_word(open->phase.workload, "random_mixed"),
            p->open_env[0] ? " --env " : "", p->open_env);
  fputs("make plots\n```\n", f);
}

static void opened(FILE *f, const struct phase *p, const struct record_row *open) {
  if (p->open_env[0]) fprintf(f, "\n## What the gate costs with %s\n\n", p->open_env);
  else fprintf(f, "\n## A workload that provokes it: %s\n\n", p->open_workload);
  fprintf(f, "Workload %s. **%s**: %s\n\n", page_word(open->phase.workload, "-"), page_verdict(open, "no verdict"),
          page_word(open->phase.reason, "-"));
  page_step0(f, record_row_step0(open));
  fputc('\n', f);
  timed(f, open);
}

void page_phase(FILE *f, const struct record_set *set, const struct phase *p) {
  char id[RECORD_ID_MAX];
  snprintf(id, sizeof id, "%s-open", p->id);
  const struct record_row *row = record_set_row(set, p->id), *open = record_set_row(set, id);
  struct estimate gain = record_row_gain(row, false);
  double margin = record_row_ab(row) && !isnan(record_row_ab(row)->margin_pct) ? record_row_ab(row)->margin_pct : 0;
  fprintf(f, "# Phase %s: %s\n\n%s.\n\n", p->id, p->gates[0] ? p->gates : p->name, p->text);
  fprintf(f, "**Verdict: %s.** %s.\n\n", page_verdict(row, "none"),
          page_word(row->phase.reason, "No reason is recorded"));
  fputs("| | gain of compiling it out | verdict |\n|---|---|---|\n| measured here | ", f);
  page_estimate(f, &gain);
  fprintf(f, " | %s |\n| the source, recomputed | ", page_verdict(row, "-"));
  page_percent(f, phase_source_pct(p, false));
  fprintf(f, " | %s |\n", p->source_verdict[0] ? p->source_verdict : "-");
  if (stats_known(&gain))
    fprintf(f,
            "\nPositive: compiled out is faster. GO from +%g%%, NO-GO from -%g%%, NEUTRAL where the interval lies "
            "between.\n",
            margin, margin);
  removed(f, set, p, row);
  if (p->kind == PHASE_MEASURED) {
    fputs("\n## Step 0: does it run?\n\n", f);
    page_step0(f, record_row_step0(row));
    run_time_gates(f, p, row);
  }
  step1(f, row);
  if (p->kind == PHASE_MEASURED) {
    fputs("\n## Step 3: the measurement\n\n", f);
    timed(f, row);
  }
  if (open) opened(f, p, open);
  source(f, p, row);
  fputs("\n## Calibration of the machine\n\n", f);
  page_calibration(f, set);
  fputs("\n## Machine\n\n", f);
  page_machine(f, fields_has(&phase_record_fields, &row->phase, "machine") ? &row->phase.machine : NULL);
  repeat(f, p, row, open);
  fputs("\nWhat the words mean, and how it is measured: [the summary](CUMULATIVE_SUMMARY.md).\n", f);
  fprintf(f, "\nRecorded %s; data of this page: `%s/`, sha256 %s.\n", page_word(row->phase.date, "on an unknown date"),
          p->id, row->digest);
}
