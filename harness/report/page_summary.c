/* SPDX-License-Identifier: GPL-3.0-or-later */
/* page_summary.c: the cumulative summary, the procedure's page, the audit's list. */
#include <inttypes.h>
#include <math.h>

#include "harness/ab/ab_words.h"
#include "harness/core/units.h"
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
  char page[128];
  if (!row) {
    fprintf(f, "| %s | ", p->id);
    subject(f, p);
    fputs(" | not recorded | | | | ", f);
  } else {
    page_file_name(p, page, sizeof page);
    fprintf(f, "| [%s](%s) | ", p->id, page);
    subject(f, p);
    fprintf(f, " | %s | %s | ", page_word(fields_enum_name(step0_verdict_names, phase_record_step0(&row->phase)), "-"),
            page_word(fields_enum_name(audit_class_names, phase_record_class(&row->phase)), "-"));
    page_estimate(f, &gain);
    fprintf(f, " | **%s** | ", page_verdict(row, "-"));
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
  fprintf(f, " | %s |\n| sum of the parts | ", page_verdict(all, "not recorded"));
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
  page_step0(f, record_row_step0(all));
}

static void open_rows(FILE *f, const struct record_set *set) {
  bool any = false;
  for (size_t i = 0; i < set->rows; i++) {
    const struct record_row *row = &set->row[i];
    if (!verdict_is_open(row->phase.verdict)) continue;
    fprintf(f, "%s- **%s**: %s.\n", any ? "" : "\n## Rows without a verdict\n\n", row->id,
            page_word(row->phase.reason, "no reason is recorded"));
    any = true;
  }
}

/* A page is read alone, by whoever was sent it: what the words of all pages mean, and how their figures came about. */
static void words(FILE *f) {
  fputs(
      "\n## How it is measured\n\n"
      "Step 0 counts how often the gated code runs; where it does not, nothing is timed. Step 1 says what its atomics "
      "are for; Step 2 compiles the allocator with and without it. Step 3 starts a pair of short processes, one of "
      "each, in random order, with the same random order of functions and the same operations; the next pair has "
      "another order. A process gives one value, a pair one difference, and n counts these. The gain is the mean of "
      "the pairs without the lowest and highest fifth, with the interval that this allows. In full: `doc/method.md` "
      "of the sources.\n\n## Words\n\n",
      f);
  for (const struct ab_word *w = ab_words; w->word; w++)
    if (w->of == AB_WORD_ANYTHING || w->of == AB_WORD_GATE) fprintf(f, "- **%s**: %s\n", w->word, w->meaning);
  fputs("\nMore: `doc/glossary.md` of the sources.\n", f);
}

static void digests(FILE *f, const struct record_set *set) {
  fputs("\n## Records\n\n| row | recorded | sha256 |\n|---|---|---|\n", f);
  for (size_t i = 0; i < set->rows; i++)
    fprintf(f, "| %s | %s | `%.16s` |\n", set->row[i].id, page_word(set->row[i].phase.date, "-"), set->row[i].digest);
}

void page_summary(FILE *f, const struct record_set *set) {
  size_t conclusive = 0, rows = 0, opened = 0;
  for (size_t i = 0; i < phase_count(); i++) {
    const struct record_row *row = record_set_row(set, phase_at(i)->id);
    char id[RECORD_ID_MAX];
    snprintf(id, sizeof id, "%s-open", phase_at(i)->id);
    rows += row != NULL;
    opened += record_set_row(set, id) != NULL;
    conclusive += row && !verdict_is_open(row->phase.verdict) && row->phase.verdict != VERDICT_NONE;
  }
  fprintf(f,
          "# Cumulative summary\n\n%zu of %zu phases are recorded, %zu of them conclusively. Gain: how much faster the "
          "build without the telemetry is.\n",
          rows, phase_count(), conclusive);
  if (opened)
    fprintf(f, "The last %zu row%s of the table %s no phase: the same code where it is made to run.\n", opened,
            units_plural(opened, "", "s"), units_plural(opened, "is", "are"));
  fputs("\n", f);
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
    fprintf(
        f, "| %s, %s | %s | %s | | ", phase_at(i)->id,
        phase_at(i)->open_env[0] ? phase_at(i)->open_env : phase_at(i)->open_workload, phase_at(i)->gates,
        page_word(record_row_step0(row) ? fields_enum_name(step0_verdict_names, record_row_step0(row)->verdict) : NULL,
                  "-"));
    page_estimate(f, &gain);
    fprintf(f, " | **%s** | - | - |\n", page_verdict(row, "-"));
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
  page_machine(f, any && fields_has(&phase_record_fields, &any->phase, "machine") ? &any->phase.machine : NULL);
  fputs("\n## To repeat it\n\n```\n./configure && make\nhakmem-harness calibrate\nhakmem-harness phases\nmake plots "
        "pages\n```\n",
        f);
  words(f);
  digests(f, set);
}

void page_answer(const struct record_set *set, char *text, size_t size) {
  size_t of[VERDICT_NONE + 1] = { 0 }, used = 0;
  const struct record_row *all = record_set_row(set, "cumulative");
  struct estimate gain = all ? record_row_gain(all, false) : stats_none();
  text[0] = '\0';
  if (!isnan(gain.value))
    used = (size_t)snprintf(text, size, "All gates out against all gates in: %+.1f%% [%+.1f, %+.1f], %s. ", gain.value,
                            gain.low, gain.high, page_verdict(all, "not recorded"));
  for (size_t i = 0; i < phase_count(); i++) {
    const struct record_row *row = record_set_row(set, phase_at(i)->id);
    if (row) of[row->phase.verdict]++;
  }
  const char *before = "Phases: ";
  for (size_t v = 0; v < VERDICT_NONE && used < size; v++) {
    if (of[v] == 0) continue;
    used += (size_t)snprintf(text + used, size - used, "%s%zu %s", before, of[v], verdict_name((enum verdict)v));
    before = ", ";
  }
  if (used < size && *before == ',') snprintf(text + used, size - used, ".");
}

static void path_counts(const struct audit_record *audit, size_t count[PATH_NONE + 1]) {
  for (size_t i = 0; audit && i < audit->atomics.count; i++) count[audit->atomics.item[i].path]++;
}

void page_procedure(FILE *f, const struct record_set *set) {
  const struct audit_totals *totals =
      set->audit && fields_has(&audit_record_fields, set->audit, "totals") ? &set->audit->totals : NULL;
  size_t path[PATH_NONE + 1] = { 0 };
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
  fprintf(f,
          "| atomics | %" PRId64 " | 412 |\n| TELEMETRY | %" PRId64 " | 104 |\n| CORRECTNESS | %" PRId64
          " | 24 |\n| UNKNOWN | %" PRId64 " | 284 |\n",
          totals->atomics, totals->telemetry, totals->correctness, totals->unknown);
  fprintf(f, "| HOT, WARM, COLD | %zu, %zu, %zu | 16, 10, 386 |\n| TELEMETRY behind no gate | %" PRId64 " | - |\n",
          path[PATH_HOT], path[PATH_WARM], path[PATH_COLD], totals->telemetry_ungated);
  fputs("\nThe full list with the reason for each: `ATOMIC_AUDIT_FULL.txt`. What to try next: `hakmem-harness "
        "candidates`.\n",
        f);
}

static void one_atomic(FILE *f, const struct atomic_record *a) {
  fprintf(f, "\n%s:%" PRId64 " %s()\n  %s %s of %s\n  %s: %s\n  path %s (%s)\n", page_word(a->file, "?"), a->line,
          page_word(a->function, "?"), page_word(a->op, "?"), page_word(a->order, ""), page_word(a->variable, "?"),
          page_word(fields_enum_name(audit_class_names, a->class), "?"), page_word(a->reason, "-"),
          page_word(fields_enum_name(code_path_names, a->path), "?"), page_word(a->path_source, "-"));
  if (a->compile_gate) fprintf(f, "  compiled in where %s\n", page_safe(a->compile_gate));
  if (a->env_gate && a->env_gate->name)
    fprintf(f, "  run-time gate %s, default %s\n", page_safe(a->env_gate->name),
            page_word(a->env_gate->otherwise, "not known"));
  for (size_t k = 0; k < a->witness.count; k++)
    fprintf(f, "    %s:%" PRId64 " %s\n", page_word(a->witness.item[k].file, "?"), a->witness.item[k].line,
            page_word(a->witness.item[k].what, ""));
}

void page_audit(FILE *f, const struct audit_record *audit) {
  const struct audit_totals *t = &audit->totals;
  fprintf(f,
          "Every atomic of the allocator, all telemetry gates compiled in: %" PRId64 ", of them %" PRId64
          " TELEMETRY, %" PRId64 " CORRECTNESS, %" PRId64 " UNKNOWN.\n",
          t->atomics, t->telemetry, t->correctness, t->unknown);
  for (size_t i = 0; i < audit->atomics.count; i++) one_atomic(f, &audit->atomics.item[i]);
}
