/* SPDX-License-Identifier: GPL-3.0-or-later */
/* ab_print.c: the result of an A/B campaign for people. */
#include "harness/ab/ab_print.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "harness/core/progress.h"
#include "harness/core/units.h"

static const char *text(const char *t) { return t ? t : "-"; }

static void print_estimate(FILE *f, const char *name, const struct estimate *e) {
  if (isnan(e->value)) return;
  if (isnan(e->low)) {
    fprintf(f, "  %-22s %+8.3f%%  (no interval)\n", name, e->value);
    return;
  }
  fprintf(f, "  %-22s %+8.3f%%  [%+.3f, %+.3f]  half-width %.3f at %.4g%%, n %zu\n", name, e->value, e->low, e->high,
          (e->high - e->low) / 2, 100 * e->level, e->n);
}

static void print_sides(FILE *f, const char *name, const struct ab_sides *o, const char *format) {
  if (isnan(o->side[0]) && isnan(o->side[1])) return;
  fprintf(f, "  %-22s ", name);
  fprintf(f, format, o->side[0]);
  fprintf(f, " -> ");
  fprintf(f, format, o->side[1]);
  fputs("\n", f);
}

static void print_times(FILE *f, const struct ab_sides *o, bool of_operations) {
  char a[24], b[24];
  if (of_operations) print_sides(f, "ns/op", o, "%.4g");
  else if (!isnan(o->side[0]) && !isnan(o->side[1]))
    fprintf(f, "  %-22s %s -> %s\n", "time of a run", units_time(o->side[0], a, sizeof a),
            units_time(o->side[1], b, sizeof b));
}

static void print_counters(FILE *f, const struct ab_counters *c, bool of_operations) {
  struct ab_counter one;
  for (size_t i = 0; ab_counters_at(c, &i, &one);)
    print_sides(f, one.name, one.sides, of_operations ? "%.4g /op" : "%.4g /run");
}

static void print_steps(FILE *f, const struct ab_result *r) {
  if (r->step0) fprintf(f, "  step 0: %s\n", text(r->step0->status));
  if (r->step1)
    fprintf(f, "  step 1: %s (%s)\n", text(fields_enum_name(audit_class_names, r->step1->class)),
            text(r->step1->source));
}

static void print_effort(FILE *f, const struct ab_measured *m) {
  if (isnan(m->elapsed_s)) return;
  fprintf(f, "  %.1f s of %.4g s", m->elapsed_s, m->budget_s);
  if (m->pairs > 0) fprintf(f, ", %" PRId64 " pair%s", m->pairs, units_plural((uint64_t)m->pairs, "", "s"));
  if (!isnan(m->disturbed_pct)) fprintf(f, ", %.1f%% of them disturbed", m->disturbed_pct);
  if (!isnan(m->others_pct)) fprintf(f, ", other processes had %.0f%% of the CPU time", m->others_pct);
  if (m->throttled_pct > 0) fprintf(f, ", stopped by a CPU quota for %.1f%% of the time", m->throttled_pct);
  if (!isnan(m->steal_pct)) fprintf(f, ", steal %.1f%%", m->steal_pct);
  fprintf(f, "; layouts: %s\n", text(m->layout_sampling));
}

static void print_turns(FILE *f, const struct ab_measured *m) {
  if (m->take_turns == ANSWER_YES)
    fprintf(f, "  MORE THREADS THAN CPUS: %" PRId64 " take turns, and ns/op is that of all of them together\n",
            m->threads);
}

static void print_strays(FILE *f, int64_t strays) {
  if (strays > 0)
    fprintf(f, "  %" PRId64 " %s left behind by runs that had ended; the harness ended %s\n", strays,
            units_plural((uint64_t)strays, "process was", "processes were"),
            units_plural((uint64_t)strays, "it", "them"));
}

static void print_end(FILE *f, const char *name, const struct ab_end *e) {
  if (isnan(e->e.value)) return;
  fprintf(f, "  %-22s %+8.3f%%  [%+.3f, %+.3f]  %s; %" PRId64 " pair%s, width %.2f of the core alone\n", name,
          e->e.value, e->e.low, e->e.high, text(verdict_name(e->verdict)), e->pairs,
          units_plural((uint64_t)e->pairs, "", "s"), e->width);
}

static void print_core(FILE *f, const struct ab_measured *m) {
  if (m->core.reason) fprintf(f, "  core: unknown whether it was shared: %s\n", m->core.reason);
  if (isnan(m->core.alone_pct)) return;
  fprintf(f, "  core: ours alone in %.0f%% of the pairs\n", m->core.alone_pct);
  print_end(f, "gain, core ours alone", &m->ends.alone);
  print_end(f, "gain, core shared", &m->ends.shared);
}

static void print_calibration(FILE *f, const struct calibration_quote *k) {
  if (!k) return;
  if (k->status) fprintf(f, "  calibration: %s\n", k->status);
  else
    fprintf(f,
            "  calibration of this machine (%s): %" PRId64 " of %" PRId64
            " A/A campaigns of %.3g s gave a false verdict\n",
            text(k->date), k->false_verdicts, k->campaigns, k->budget_s);
}

static void print_direct(FILE *f, const struct ab_result *r) {
  print_estimate(f, "direct cost", &r->direct_pct.e);
  if (!isnan(r->direct_pct.e.value) && r->toggles.toggled < r->toggles.found)
    fprintf(f, "  %-22s of %" PRId64 " of the %" PRId64 " places alone\n", "", r->toggles.toggled, r->toggles.found);
  print_estimate(f, "layout/codegen", &r->layout_pct.e);
  if (r->decomposition) fprintf(f, "  %s\n", r->decomposition);
  if (!isnan(r->expected_pct))
    fprintf(f, "  %-22s %+8.3f%%  from Step 0's hits and the cost of one such instruction\n", "expected",
            r->expected_pct);
  if (isnan(r->direct_pct.e.value) && r->direct_reason)
    fprintf(f, "  direct cost: not measured: %s\n", r->direct_reason);
}

static void print_pack(FILE *f, const struct ab_result *r) {
  fprintf(f, "%s: packed\n  %s\n", text(r->subject), text(r->m.reason));
  print_steps(f, r);
  fprintf(f, "  %" PRId64 " bytes, %zu member%s, SHA-256 %s\n", r->pack->bytes, r->pack->members.count,
          units_plural(r->pack->members.count, "", "s"), text(r->pack->hash));
  if (r->pack->glibc) fprintf(f, "  runs where glibc is %s or newer\n", r->pack->glibc);
}

static void print_looks(FILE *f, const struct ab_measured *m) {
  for (size_t i = 0; i < m->looks.count; i++)
    fprintf(f, "  look %zu: at %.0f pairs, with an error of %.3g\n", i + 1, m->looks.item[i].pairs,
            m->looks.item[i].alpha);
}

/* Of gates more is drawn than the kernel draws. */
static void print_addresses(FILE *f, const struct ab_result *r) {
  const char *a = r->machine.addresses;
  if (a && strcmp(a, "random") != 0)
    fprintf(f, "  addresses %s; %s\n", a,
            r->build ? "functions, heap and stack are moved for each pair all the same"
                     : "where processes have the same ones, their luck is in every run");
}

static void print_trace(FILE *f, const struct ab_trace *t) {
  if (t)
    fprintf(f, "  trace: %s, %" PRId64 " calls of %" PRId64 " thread%s, sha256 %.16s…\n", text(t->file), t->events,
            t->threads, t->threads == 1 ? "" : "s", text(t->sha256));
}

static void print_result(FILE *f, const struct ab_result *r, bool verbose) {
  if (r->pack) {
    print_pack(f, r);
    return;
  }
  fprintf(f, "%s: %s\n  %s\n", text(r->subject), text(verdict_name(r->m.verdict)), text(r->m.reason));
  if (r->baseline)
    fprintf(f, "  a is the baseline %s of %s%s, measured anew\n", text(r->baseline->name), text(r->baseline->date),
            r->baseline->same_machine == ANSWER_YES ? "" : ", of ANOTHER MACHINE");
  if (r->needs) fprintf(f, "  with %s\n", r->needs);
  if (r->protocol == AB_SOURCE)
    fprintf(f, "  protocol: the source's: ten runs of each variant one after the other, means, no interval; for "
               "comparison only\n");
  print_trace(f, r->trace);
  print_steps(f, r);
  print_estimate(f, "gain", &r->m.gain_pct);
  if (verbose) print_estimate(f, "ordinary mean", &r->m.mean_gain_pct);
  print_estimate(f, "live control (A/A)", &r->m.control.e);
  print_direct(f, r);
  print_times(f, &r->m.ns_per_op, r->workload != NULL);
  print_sides(f, "instructions/op", &r->insns_per_op, "%.4f");
  if (verbose) print_counters(f, r->m.counters, r->workload != NULL);
  if (r->m.counters && r->m.counters->hardware_reason)
    fprintf(f, "  NO HARDWARE COUNTERS: %s\n", r->m.counters->hardware_reason);
  print_effort(f, &r->m);
  print_turns(f, &r->m);
  print_strays(f, r->m.strays);
  print_addresses(f, r);
  print_core(f, &r->m);
  if (verbose) print_looks(f, &r->m);
  if (verbose && r->seed >= 0) fprintf(f, "  seed %" PRId64 ", margin %.4g%%\n", r->seed, r->margin_pct);
  for (size_t i = 0; i < r->by_threads.count; i++) {
    const struct ab_measured *row = &r->by_threads.item[i].m;
    char name[64];
    snprintf(name, sizeof name, "%" PRId64 " thread%s: %s", row->threads, units_plural((uint64_t)row->threads, "", "s"),
             text(verdict_name(row->verdict)));
    print_estimate(f, name, &row->gain_pct);
    print_turns(f, row);
  }
  print_calibration(f, r->calibration);
  if (r->m.partial == ANSWER_YES)
    fprintf(f, "  PARTIAL: go on with hakmem-harness ab --resume %s\n", text(r->results_dir));
}

static const char *colour_of(const struct ab_result *r) {
  for (size_t i = 0; i < r->arms.count; i++)
    if (r->arms.item[i].rank_first == 1 && r->arms.item[i].rank_last == 1) return "\033[32m";
  if (r->arms.count > 0) return "\033[33m"; /* a table that does not tell the first ones apart */
  if (r->m.verdict == VERDICT_GO) return "\033[32m";
  if (r->m.verdict == VERDICT_NO_GO) return "\033[31m";
  if (r->m.verdict == VERDICT_NEUTRAL || r->m.verdict == VERDICT_NO_OP) return "\033[36m";
  return "\033[33m";
}

/* The answer is the first line. */
static void put_coloured(FILE *f, const struct ab_result *r, const char *text) {
  int n = (int)strcspn(text, "\n");
  if (colour_wanted(fileno(f)) && !r->pack) fprintf(f, "%s%.*s\033[0m%s", colour_of(r), n, text, text + n);
  else fputs(text, f);
}

/* Lines are broken for a screen, and where COLUMNS says how wide one is; a pipe gets them whole. */
static char *for_people(FILE *f, const struct ab_result *r, unsigned columns, bool verbose) {
  char *text = NULL, *wrapped = NULL;
  size_t size = 0;
  FILE *all = open_memstream(&text, &size);
  if (!all) return NULL;
  if (r->arms.count > 0) ab_print_arms(all, r, columns, verbose);
  else print_result(all, r, verbose);
  char *shown = fclose(all) == 0 ? units_visible(text, true) : NULL;
  free(text);
  if (r->arms.count > 0 || !units_breaks(f) || !shown) return shown;
  all = open_memstream(&wrapped, &size);
  if (all) {
    units_wrap(all, shown, columns);
    if (fclose(all) != 0) wrapped = NULL;
  }
  free(shown);
  return wrapped;
}

void ab_print(FILE *f, const struct ab_result *r, const struct ab_print_how *how) {
  unsigned columns = units_columns(fileno(f));
  char *text = for_people(f, r, columns, how->verbose);
  if (!text) return;
  put_coloured(f, r, text);
  if (how->explain) ab_explain(f, r, text, columns);
  free(text);
}
