/* SPDX-License-Identifier: GPL-3.0-or-later */
/* cmd_calibrate.c: `hakmem-harness calibrate`: the A/B engine proves itself on this machine. */
#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>

#include "harness/ab/calibration.h"
#include "harness/ab/trust.h"
#include "harness/core/command.h"
#include "harness/core/names.h"
#include "harness/core/units.h"
#include "harness/data/trust_line.h"

/* What was not measured is no 0. */
static void print_number(const char *before, const char *format, double value) {
  fputs(before, stdout);
  if (isnan(value)) fputs("not measured", stdout);
  else printf(format, value);
}

static void print_end(const struct calibration_end *e) {
  printf("    core %-7s", e->name);
  print_number(" true ", "%+7.3f%%", e->true_pct);
  print_number("  mean ", "%+7.3f%%", e->estimate);
  print_number("  chi2/df ", "%.2f", e->chi2_df);
  print_number("  coverage ", "%.0f%%", 100 * e->coverage);
  printf("  seen in %" PRId64 " campaign%s; firm verdicts against the most frequent one: %" PRId64 "\n", e->campaigns,
         units_plural((uint64_t)e->campaigns, "", "s"), e->contradictions);
}

static void print_kind(const struct calibration_kind *k) {
  const struct calibration_verdicts *v = &k->verdicts;
  printf("  %-12s", k->name);
  print_number(" true ", "%+7.3f%%", k->true_pct);
  print_number("  pooled ", "%+7.3f%%", k->estimate);
  print_number(" [", "%+.3f", k->low);
  print_number(", ", "%+.3f", k->high);
  printf("]  %2" PRId64 " campaigns: %" PRId64 " GO, %" PRId64 " NEUTRAL, %" PRId64 " NO-GO, %" PRId64
         " INCONCLUSIVE; %" PRId64 " false",
         k->campaigns, v->go, v->neutral, v->no_go, v->inconclusive, k->false_verdicts);
  if (v->depends > 0) printf("; %" PRId64 " DEPENDS", v->depends);
  print_number("; coverage ", "%.0f%%", 100 * k->coverage);
  printf("\n");
  for (size_t i = 0; i < k->ends.count; i++) print_end(&k->ends.item[i]);
}

static void print_callgrind(const struct calibration_callgrind *c) {
  if (c == NULL) return;
  printf("  callgrind: %s\n", c->status);
  for (size_t i = 0; i < c->injected.count; i++)
    printf("    %-10s %" PRId64 " instruction%s a free: %+.4f /op\n", c->injected.item[i].name,
           c->injected.item[i].insns, units_plural((uint64_t)c->injected.item[i].insns, "", "s"),
           c->injected.item[i].added_per_op);
}

static void print_result(const struct calibration_result *r) {
  printf("calibration of this machine, campaigns of %.3g s\n", r->budget_s);
  for (size_t i = 0; i < r->same_code.count; i++) print_kind(&r->same_code.item[i]);
  for (size_t i = 0; i < r->injected.count; i++) print_kind(&r->injected.item[i]);
  print_callgrind(r->callgrind);
  print_number("  95% half-width at 60 s: ", "%.3f%%", r->half_width_pct);
  print_number("; told from 0 with 90% power: ", "%.3f%%", r->detectable_pct);
  print_number("\n  core: ours alone in ", "%.0f%% of the A/A pairs", r->core_alone_pct);
  fputs("\n", stdout);
  if (r->partial == ANSWER_YES) printf("  PARTIAL: not stored\n");
}

static struct ab_options options_of(const struct invocation *inv) {
  return (struct ab_options){ .protocol = AB_PAIRED,
                              .source_dir = option_string(inv, "source"),
                              .workload = inv->workload,
                              .slots = inv->slots,
                              .seed = inv->seed_given ? inv->seed : ab_random_seed(),
                              .budget_s = option_seconds(inv, "budget"),
                              .margin_pct = option_percent(inv, "margin"),
                              .level = 0.95,
                              .no_callgrind = option_is_set(inv, "no-callgrind"),
                              .env = inv->env,
                              .user = inv->user,
                              .timeout_s = inv->timeout_s,
                              .out_dir = inv->out_dir,
                              .quiet = inv->quiet };
}

/* Campaigns to a file, one line each. */
static int append_campaigns(const struct invocation *inv) {
  struct trust_request q = { .options = options_of(inv),
                             .file = option_string(inv, "append"),
                             .kinds = option_string(inv, "kinds"),
                             .workloads = option_string(inv, "workloads"),
                             .trace = option_string(inv, "trace"),
                             .seconds = 60 * option_minutes(inv, "minutes") };
  struct error err = { 0 };
  size_t added;
  bool interrupted;
  if (option_is_set(inv, "campaigns")) q.campaigns = option_u64(inv, "campaigns");
  int rc = trust_run(&q, &added, &interrupted, &err);
  if (rc) return command_fail(&err);
  printf("%zu campaign%s appended to %s\n", added, units_plural(added, "", "s"), q.file);
  return interrupted ? EXIT_INTERRUPTED : EXIT_DONE;
}

/* "aa,nops-8": the same code, and what is added; names has room for all kinds. */
static int choose_kinds(struct calibration_request *q, const char *text, const char **names, struct error *err) {
  bool chosen[TRUST_KINDS];
  size_t n = 0;
  int rc = names_choose(text, "kind", trust_kind_names, chosen, err);
  if (rc) return rc;
  q->same_code = chosen[TRUST_SAME] || chosen[TRUST_RELINKED];
  for (int k = TRUST_RELINKED + 1; k < TRUST_KINDS; k++)
    if (chosen[k]) names[n++] = trust_kind_names[k];
  names[n] = NULL;
  q->kinds = names;
  return n || q->same_code ? 0 : error_raise(err, ERROR_USAGE, -EINVAL, "--kinds names none");
}

/* An option that has nothing to say here is not passed over without a word. */
static const char *passed_over(const struct invocation *inv, bool append) {
  static const char *const of_append[] = { "minutes", "workloads", "trace", NULL };
  static const char *const of_calibration[] = { "workload", "threads", "slots", "seed", "no-callgrind", "json", NULL };
  for (const char *const *n = append ? of_calibration : of_append; *n; n++)
    if (option_is_set(inv, *n)) return *n;
  return NULL;
}

static int run_calibrate(const struct invocation *inv) {
  struct calibration_request q = { .campaigns = (unsigned)option_u64(inv, "campaigns"), .same_code = true };
  struct error err = { 0 };
  struct calibration_result result;
  bool stored = false;
  const char *names[TRUST_KINDS + 1];
  bool append = option_is_set(inv, "append");
  const char *over = passed_over(inv, append);
  if (over) return command_usage(inv, "--%s %s --append", over, append ? "does not go with" : "goes with");
  if (append) return append_campaigns(inv);
  q.options = options_of(inv);
  int rc = ab_options_threads(&q.options, inv->threads, &err);
  if (rc == 0 && option_is_set(inv, "kinds")) rc = choose_kinds(&q, option_string(inv, "kinds"), names, &err);
  if (rc == 0) rc = calibration_run(&q, &result, &stored, &err);
  if (rc) return command_fail(&err);
  bool partial = result.partial == ANSWER_YES;
  if (inv->json) json_print_fields(&calibration_result_fields, &result);
  else print_result(&result);
  if (!partial && !stored && !q.same_code) command_note(inv, "not stored: there is no campaign of the same code in it");
  else if (!partial && !stored)
    command_note(inv, "not stored: the calibration of this machine that is there has more campaigns, and stays");
  command_note(inv, "results in %s", result.results_dir);
  fields_free(&calibration_result_fields, &result);
  return partial ? EXIT_INTERRUPTED : EXIT_DONE;
}

static const char *const synopsis[] = { "[--campaigns N] [--budget S] [--workload NAME] [--json]", NULL };
static const struct option_spec options[] = {
  { "campaigns", 'n', OPTION_TIMES, "N", "campaigns of each kind", "10" },
  { "budget", 'b', OPTION_SECONDS, "S", "seconds of each campaign", "8" },
  { "margin", 0, OPTION_PERCENT, "PCT", "what counts as a gain, in percent", "0.5" },
  { "source", 0, OPTION_STRING, "DIR", "the allocator's sources, if not those of this build", NULL },
  { "kinds", 0, OPTION_STRING, "K,...",
    "only these: aa or aa-relinked (without --append both), nops-1, -2, -4, -8, -16, lock-1", NULL },
  { "append", 0, OPTION_STRING, "FILE", "short campaigns of four workloads, one line each, to FILE (doc/trust.md)",
    NULL },
  { "minutes", 0, OPTION_MINUTES, "M", "how long --append goes on", "10" },
  { "workloads", 0, OPTION_STRING, "W,...", "--append: only random_mixed, remote-free-50, replay, command", NULL },
  { "trace", 0, OPTION_STRING, "FILE", "--append: what is replayed (record)", NULL },
  { "no-callgrind", 0, OPTION_FLAG, NULL, "leave out the check of the instruction counts", NULL },
  { NULL, 0, OPTION_FLAG, NULL, NULL, NULL },
};

const struct command cmd_calibrate = {
  .name = "calibrate",
  .summary = "prove the A/B engine on this machine",
  .synopsis = synopsis,
  .description = "Runs campaigns whose answer is known through the very path of ab: the same files on both\n"
                 "sides, the same code in two layouts, and exactly counted instructions added to the free\n"
                 "path (checked with callgrind). Says how many verdicts were false, how often the interval\n"
                 "held the truth (of an added effect: what every other campaign says), and what can be detected.\n"
                 "Kept for this machine and quoted by ab.",
  .options = options,
  .common = "jqowe",
  .positional_min = 0,
  .positional_max = 0,
  .run = run_calibrate,
};
