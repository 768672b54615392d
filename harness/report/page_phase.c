/* SPDX-License-Identifier: GPL-3.0-or-later */
/* page_phase.c: the results page of one phase. */
#include <math.h>
#include <string.h>

#include "harness/core/registry.h"
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

static void names(FILE *f, const char *what, const json_t *list) {
  size_t i;
  json_t *v;
  if (json_array_size(list) == 0) return;
  fprintf(f, "\n%s: ", what);
  json_array_foreach(list, i, v)
      fprintf(f, "%s`%s`", i ? ", " : "", json_is_string(v) ? page_safe(json_string_value(v)) : "-");
  fputs(".\n", f);
}

/* Lines of the audit that stand behind the gate. */
static void places(FILE *f, const json_t *audit, const struct gate *g) {
  size_t i;
  json_t *a;
  json_array_foreach(json_object_get(audit, "atomics"), i, a) {
    const char *gate = page_string(a, "compile_gate", "");
    if (!strstr(gate, g->flag)) continue;
    fprintf(f, "| `%s:%.0f` | `%s` | %s %s of `%s` | %s | ", page_string(a, "file", "?"), page_number(a, "line"),
            page_string(a, "function", "?"), page_string(a, "op", "?"), page_string(a, "order", ""),
            page_string(a, "variable", "?"), page_string(a, "class", "?"));
    page_text(f, page_string(a, "reason", ""));
    fputs(" |\n", f);
  }
}

static void removed(FILE *f, const struct record_set *set, const struct phase *p, const struct record_row *row) {
  const struct gate *gates[16];
  const char *with = page_string(row->json, "with", NULL);
  const json_t *build = json_object_get(record_row_ab(row), "build");
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
  if (with) fprintf(f, "\nBoth sides have `--enable-%s`: without it the site is not there.\n", with);
  names(f, "Functions whose machine code differs", json_object_get(build, "functions_that_differ"));
  names(f, "Data that differs", json_object_get(build, "data_that_differs"));
  if (build)
    fprintf(f, "\nObjects: compiled out %.16s, compiled in %.16s (sha256 of all objects).\n",
            page_string(build, "object_hash_out", "-"), page_string(build, "object_hash_in", "-"));
  if (set->audit) {
    fputs("\n| atomic | function | what | class | because |\n|---|---|---|---|---|\n", f);
    for (size_t i = 0; i < n; i++) places(f, set->audit, gates[i]);
  }
}

/* 33: is the ring on by default? 29: does anybody set it? Step 0 answers, with no variable set. */
static void run_time_gates(FILE *f, const struct phase *p, const struct record_row *row) {
  const struct gate *gates[16];
  const char *verdict = page_string(
      json_array_get(json_object_get(json_object_get(record_row_ab(row), "step0"), "per_site"), 0), "verdict", NULL);
  size_t n;
  gates_of(p, gates, &n);
  if (n == 1 && gates[0]->env_name && verdict)
    fprintf(
        f,
        "\nThe run-time gate `%s` has the default %s. It was not set, and the site is %s: by default the code is %s.\n",
        gates[0]->env_name, gates[0]->env_default, verdict,
        strcmp(verdict, "EXECUTED") == 0 ? "on where it is compiled in" : "off even where it is compiled in");
}

static void witness(FILE *f, const json_t *atomics) {
  size_t i, k;
  json_t *a, *w;
  json_array_foreach(atomics, i, a) {
    fprintf(f, "\n%zu. `%s:%.0f`, `%s()`: %s %s of `%s` is %s: ", i + 1, page_string(a, "file", "?"),
            page_number(a, "line"), page_string(a, "function", "?"), page_string(a, "op", "?"),
            page_string(a, "order", ""), page_string(a, "variable", "?"), page_string(a, "class", "?"));
    page_text(f, page_string(a, "reason", ""));
    json_array_foreach(json_object_get(a, "witness"), k, w) fprintf(
        f, "\n   - `%s:%.0f` %s", page_string(w, "file", "?"), page_number(w, "line"), page_string(w, "what", ""));
    fputc('\n', f);
  }
}

static void step1(FILE *f, const struct record_row *row) {
  const json_t *one = json_object_get(row->json, "step1");
  size_t i;
  json_t *g;
  fputs("\n## Step 1: class\n\n", f);
  if (json_is_object(one)) {
    fprintf(f, "%s, by %s.\n", page_string(one, "class", "not known"), page_string(one, "source", "-"));
    witness(f, json_object_get(one, "atomics"));
    return;
  }
  json_array_foreach(one, i, g) {
    fprintf(f, "- %s: **%s**, by the %s", page_string(g, "gate", "?"), page_string(g, "class", "not known"),
            page_string(g, "source", "gate table"));
    if (page_string(g, "reason", NULL)) fprintf(f, ": %s", page_string(g, "reason", ""));
    fputs(".\n", f);
  }
  if (json_array_size(one) == 0) fputs("Not recorded.\n", f);
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
  if (p->atomics >= 0) fprintf(f, "\nThe source counts %d atomic%s here.\n", p->atomics, p->atomics == 1 ? "" : "s");
  if (p->source_verdict[0])
    fprintf(f, "\nThe source's verdict: %s. Ours: %s.\n", p->source_verdict, page_string(row->json, "verdict", "none"));
  if (stats_known(&gain) && !isnan(again))
    fprintf(f, "The source's point estimate of %+.2f%% lies %s our interval.\n", again,
            again < gain.low    ? "below"
            : again > gain.high ? "above"
                                : "within");
}

static void timed(FILE *f, const struct record_row *row) {
  const struct estimate gain = record_row_gain(row, false);
  const json_t *recorded = json_object_get(record_row_ab(row), "gain_pct");
  if (row->pairs == 0) {
    fputs("Not timed.\n", f);
    return;
  }
  page_measures(f, row);
  if (json_is_object(recorded) && stats_known(&gain) && fabs(page_number(recorded, "estimate") - gain.value) > 0.002)
    fprintf(f,
            "\n**The recorded samples do not give the estimate that the verdict was made from (%+.3f%%): one of them "
            "was changed.**\n",
            page_number(recorded, "estimate"));
  fputs("\n### Both distributions\n\n", f);
  page_distributions(f, row);
}

static void repeat(FILE *f, const struct phase *p, const struct record_row *row, const struct record_row *open) {
  double budget = page_number(row->json, "budget_s");
  fputs("\n## To repeat it\n\n```\n./configure && make\n", f);
  if (p->kind == PHASE_MEASURED)
    fprintf(f, "hakmem-harness phase %s --budget %g\nhakmem-harness ab %s%s%s --budget %g\n", p->id,
            isnan(budget) ? 60 : budget, p->gates, p->with[0] ? " --with " : "", p->with, isnan(budget) ? 60 : budget);
  else fprintf(f, "hakmem-harness phase %s\nhakmem-harness audit --all-gates --witness\n", p->id);
  if (open)
    fprintf(f, "hakmem-harness ab %s --workload %s%s%s\n", p->gates,
            page_string(open->json, "workload", "random_mixed"), p->open_env[0] ? " --env " : "", p->open_env);
  fputs("make plots\n```\n", f);
}

static void opened(FILE *f, const struct phase *p, const struct record_row *open) {
  if (p->open_env[0]) fprintf(f, "\n## What the gate costs with %s\n\n", p->open_env);
  else fprintf(f, "\n## A workload that provokes it: %s\n\n", p->open_workload);
  fprintf(f, "Workload %s. **%s**: %s\n\n", page_string(open->json, "workload", "-"),
          page_string(open->json, "verdict", "no verdict"), page_string(open->json, "reason", "-"));
  page_step0(f, json_object_get(record_row_ab(open), "step0"));
  fputc('\n', f);
  timed(f, open);
}

void page_phase(FILE *f, const struct record_set *set, const struct phase *p) {
  char id[RECORD_ID_MAX];
  snprintf(id, sizeof id, "%s-open", p->id);
  const struct record_row *row = record_set_row(set, p->id), *open = record_set_row(set, id);
  struct estimate gain = record_row_gain(row, false);
  const json_t *margin = json_object_get(record_row_ab(row), "margin_pct");
  fprintf(f, "# Phase %s: %s\n\n%s.\n\n", p->id, p->gates[0] ? p->gates : p->name, p->text);
  fprintf(f, "**Verdict: %s.** %s.\n\n", page_string(row->json, "verdict", "none"),
          page_string(row->json, "reason", "No reason is recorded"));
  fputs("| | gain of compiling it out | verdict |\n|---|---|---|\n| measured here | ", f);
  page_estimate(f, &gain);
  fprintf(f, " | %s |\n| the source, recomputed | ", page_string(row->json, "verdict", "-"));
  page_percent(f, phase_source_pct(p, false));
  fprintf(f, " | %s |\n", p->source_verdict[0] ? p->source_verdict : "-");
  if (stats_known(&gain))
    fprintf(f,
            "\nPositive: compiled out is faster. GO from +%g%%, NO-GO from -%g%%, NEUTRAL where the interval lies "
            "between.\n",
            json_number_value(margin), json_number_value(margin));
  removed(f, set, p, row);
  if (p->kind == PHASE_MEASURED) {
    fputs("\n## Step 0: does it run?\n\n", f);
    page_step0(f, json_object_get(record_row_ab(row), "step0"));
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
  page_machine(f, json_object_get(row->json, "machine"));
  repeat(f, p, row, open);
  fprintf(f, "\nRecorded %s; data of this page: `%s/`, sha256 %s.\n",
          page_string(row->json, "date", "on an unknown date"), p->id, row->digest);
}
