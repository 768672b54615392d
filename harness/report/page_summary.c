/* SPDX-License-Identifier: GPL-3.0-or-later */
/* page_summary.c: the cumulative summary, the procedure's page, the audit's list. */
#include <math.h>
#include <string.h>

#include "harness/phase/phase_parts.h"
#include "harness/report/pages.h"

/* "a,b" with room to break the line */
static void subject(FILE *f, const struct phase *p) {
  for (const char *c = p->gates[0] ? p->gates : p->name; *c; c++) {
    fputc(*c, f);
    if (*c == ',') fputc(' ', f);
  }
}

static void line(FILE *f, const struct record_set *set, const struct phase *p) {
  const struct record_row *row = record_set_row(set, p->id);
  struct estimate gain = row ? record_row_gain(row, false) : stats_none();
  const json_t *step0 = json_object_get(record_row_ab(row), "step0"),
               *one = json_object_get(row ? row->json : NULL, "step1");
  char page[128];
  if (!row) {
    fprintf(f, "| %s | ", p->id);
    subject(f, p);
    fputs(" | not recorded | | | | ", f);
  } else {
    page_file_name(p, page, sizeof page);
    fprintf(f, "| [%s](%s) | ", p->id, page);
    subject(f, p);
    fprintf(f, " | %s | %s | ", phase_step0_verdict(step0) ? page_safe(phase_step0_verdict(step0)) : "-",
            page_string(json_is_array(one) ? json_array_get(one, 0) : one, "class", "-"));
    page_estimate(f, &gain);
    fprintf(f, " | **%s** | ", page_string(row->json, "verdict", "-"));
  }
  page_percent(f, phase_source_pct(p, false));
  if (phase_source_disagrees(p, false)) fprintf(f, " (printed %+.2f%%)", p->printed_pct);
  else if (!isnan(p->expected_low_pct))
    fprintf(f, " (expected %+.1f to %+.1f%%)", p->expected_low_pct, p->expected_high_pct);
  fprintf(f, " | %s |\n", p->source_verdict[0] ? p->source_verdict : "-");
}

static void together(FILE *f, const struct record_set *set) {
  const struct record_row *all = record_set_row(set, "cumulative");
  struct estimate gain = all ? record_row_gain(all, false) : stats_none();
  struct phase_parts parts = phase_parts_of(set);
  fputs("\n## All gates together\n\n| | gain | |\n|---|---|---|\n| all gates out against all gates in, measured | ", f);
  page_estimate(f, &gain);
  fprintf(f, " | %s |\n| sum of the parts | ", page_string(all ? all->json : NULL, "verdict", "not recorded"));
  page_estimate(f, &parts.sum);
  fprintf(f, " | %zu timed, %zu that do not run (0), %zu not known |\n", parts.timed, parts.stopped, parts.unknown);
  fprintf(f, "| the source | %+.2f%% | a sum of its three GO phases, %d atomics; never measured together |\n",
          PHASE_SOURCE_SUM_PCT, PHASE_SOURCE_SUM_ATOMICS);
  fputs("\nHalf-widths of the parts add in quadrature, as each was measured by itself. Effects of single gates need "
        "not add up: they share registers, cache lines and "
        "code layout.\n",
        f);
  if (!all) return;
  fputs("\n", f);
  page_measures(f, all);
  fputs("\n", f);
  page_distributions(f, all);
  fputs("\n### Step 0 of all sites\n\n", f);
  page_step0(f, json_object_get(record_row_ab(all), "step0"));
}

static void open_rows(FILE *f, const struct record_set *set) {
  bool any = false;
  for (size_t i = 0; i < set->rows; i++) {
    const struct record_row *row = &set->row[i];
    if (strcmp(page_string(row->json, "verdict", ""), "INCONCLUSIVE") != 0) continue;
    fprintf(f, "%s- **%s**: %s.\n", any ? "" : "\n## Rows without a verdict\n\n", row->id,
            page_string(row->json, "reason", "no reason is recorded"));
    any = true;
  }
}

static void digests(FILE *f, const struct record_set *set) {
  fputs("\n## Records\n\n| row | recorded | sha256 |\n|---|---|---|\n", f);
  for (size_t i = 0; i < set->rows; i++)
    fprintf(f, "| %s | %s | `%.16s` |\n", set->row[i].id, page_string(set->row[i].json, "date", "-"),
            set->row[i].digest);
}

void page_summary(FILE *f, const struct record_set *set) {
  size_t conclusive = 0, rows = 0;
  for (size_t i = 0; i < phase_count(); i++) {
    const struct record_row *row = record_set_row(set, phase_at(i)->id);
    rows += row != NULL;
    conclusive += row && strcmp(page_string(row->json, "verdict", "INCONCLUSIVE"), "INCONCLUSIVE") != 0;
  }
  fprintf(f,
          "# Cumulative summary\n\n%zu of %zu phases are recorded, %zu of them conclusively. Gain: how much faster the "
          "build without the telemetry is.\n\n",
          rows, phase_count(), conclusive);
  fputs("| phase | gate | Step 0 | Step 1 | gain [interval] | verdict | the source, recomputed | its verdict "
        "|\n|---|---|---|---|---|---|---|---|\n",
        f);
  for (size_t i = 0; i < phase_count(); i++) line(f, set, phase_at(i));
  for (size_t i = 0; i < phase_count(); i++) {
    char id[RECORD_ID_MAX];
    snprintf(id, sizeof id, "%s-open", phase_at(i)->id);
    const struct record_row *row = record_set_row(set, id);
    struct estimate gain = row ? record_row_gain(row, false) : stats_none();
    if (!row) continue;
    fprintf(f, "| %s, %s | %s | %s | | ", phase_at(i)->id,
            phase_at(i)->open_env[0] ? phase_at(i)->open_env : phase_at(i)->open_workload, phase_at(i)->gates,
            page_string(json_object_get(record_row_ab(row), "step0"), "verdict", "-"));
    page_estimate(f, &gain);
    fprintf(f, " | **%s** | - | - |\n", page_string(row->json, "verdict", "-"));
  }
  for (size_t i = 0; i < phase_count(); i++)
    if (phase_source_disagrees(phase_at(i), false))
      fprintf(f, "\nPhase %s: the source prints %+.2f%%, but its own means give %+.2f%%: more than rounding.\n",
              phase_at(i)->id, phase_at(i)->printed_pct, phase_source_pct(phase_at(i), false));
  together(f, set);
  open_rows(f, set);
  fputs("\n## Calibration of the machine\n\n", f);
  page_calibration(f, set);
  const struct record_row *any = set->rows ? &set->row[0] : NULL;
  fputs("\n## Machine\n\n", f);
  page_machine(f, json_object_get(any ? any->json : NULL, "machine"));
  fputs("\n## To repeat it\n\n```\n./configure && make\nhakmem-harness calibrate\nhakmem-harness phases\nmake plots "
        "pages\n```\n",
        f);
  digests(f, set);
}

static void path_counts(const json_t *audit, size_t count[3]) {
  static const char *const name[] = { "HOT", "WARM", "COLD" };
  size_t i;
  json_t *a;
  json_array_foreach(json_object_get(audit, "atomics"), i, a) for (int k = 0; k < 3; k++) count[k] +=
      strcmp(page_string(a, "path", ""), name[k]) == 0;
}

void page_procedure(FILE *f, const struct record_set *set) {
  const json_t *totals = json_object_get(set->audit, "totals");
  size_t path[3] = { 0 };
  path_counts(set->audit, path);
  fputs("# Phase 30: the standard procedure\n\n"
        "| step | question | command | decision |\n|---|---|---|---|\n"
        "| 0 | does the site run in this workload? | `hakmem-harness verify SITE` | SKIP where it is never executed or "
        "its run-time gate is off; nothing is timed without PROCEED |\n"
        "| 1 | what is the atomic for? | `hakmem-harness audit` | CORRECTNESS is not touched, flow control is "
        "CORRECTNESS |\n"
        "| 2 | can it be compiled out? | `--enable-GATE`, `HAKMEM_GATE_COMPILED` default 0 | `#if` around the site, at "
        "build level |\n"
        "| 3 | does it cost anything? | `hakmem-harness ab GATE` | many short processes in pairs, a new layout for "
        "each pair |\n"
        "| 4 | verdict | the same | GO, NEUTRAL, NO-GO, INCONCLUSIVE; NO-OP where Step 0 or 1 ended it |\n"
        "| 5 | documentation | `hakmem-harness phases`, `report` | a page for each phase, from records alone |\n\n"
        "It exists because Phase 29 spent an A/B test on code that never ran, and read noise (-0.62%) as a result.\n\n"
        "## The audit of all atomics\n\n",
        f);
  if (!totals) {
    fputs("Not recorded: run `hakmem-harness phase 30`.\n", f);
    return;
  }
  fputs("With every telemetry gate compiled in.\n\n| | here | the source |\n|---|---|---|\n", f);
  fprintf(
      f,
      "| atomics | %.0f | 412 |\n| TELEMETRY | %.0f | 104 |\n| CORRECTNESS | %.0f | 24 |\n| UNKNOWN | %.0f | 284 |\n",
      page_number(totals, "atomics"), page_number(totals, "TELEMETRY"), page_number(totals, "CORRECTNESS"),
      page_number(totals, "UNKNOWN"));
  fprintf(f, "| HOT, WARM, COLD | %zu, %zu, %zu | 16, 10, 386 |\n| TELEMETRY behind no gate | %.0f | - |\n", path[0],
          path[1], path[2], page_number(totals, "telemetry_ungated"));
  fputs("\nThe full list with the reason for each: `ATOMIC_AUDIT_FULL.txt`. What to try next: `hakmem-harness "
        "candidates`.\n",
        f);
}

void page_audit(FILE *f, const json_t *audit) {
  size_t i, k;
  json_t *a, *w;
  const json_t *totals = json_object_get(audit, "totals");
  fprintf(f,
          "Every atomic of the allocator, all telemetry gates compiled in: %.0f, of them %.0f TELEMETRY, %.0f "
          "CORRECTNESS, %.0f UNKNOWN.\n",
          page_number(totals, "atomics"), page_number(totals, "TELEMETRY"), page_number(totals, "CORRECTNESS"),
          page_number(totals, "UNKNOWN"));
  json_array_foreach(json_object_get(audit, "atomics"), i, a) {
    fprintf(f, "\n%s:%.0f %s()\n  %s %s of %s\n  %s: %s\n  path %s (%s)\n", page_string(a, "file", "?"),
            page_number(a, "line"), page_string(a, "function", "?"), page_string(a, "op", "?"),
            page_string(a, "order", ""), page_string(a, "variable", "?"), page_string(a, "class", "?"),
            page_string(a, "reason", "-"), page_string(a, "path", "?"), page_string(a, "path_source", "-"));
    if (page_string(a, "compile_gate", NULL))
      fprintf(f, "  compiled in where %s\n", page_string(a, "compile_gate", ""));
    if (page_string(json_object_get(a, "env_gate"), "name", NULL))
      fprintf(f, "  run-time gate %s, default %s\n", page_string(json_object_get(a, "env_gate"), "name", ""),
              page_string(json_object_get(a, "env_gate"), "default", "not known"));
    json_array_foreach(json_object_get(a, "witness"), k, w)
        fprintf(f, "    %s:%.0f %s\n", page_string(w, "file", "?"), page_number(w, "line"), page_string(w, "what", ""));
  }
}
