/* SPDX-License-Identifier: GPL-3.0-or-later */
/* cmd_phase.c: `hakmem-harness phase` and `phases`: the source's phases, measured. */
#include <math.h>
#include <string.h>

#include "harness/core/command.h"
#include "harness/core/results.h"
#include "harness/phase/phase_run.h"
#include "harness/report/pages.h"

static const char *text(const char *s) { return s ? s : "-"; }

static void print_gain(const struct estimate *e) {
  if (stats_known(e)) printf(" %+8.3f [%+7.3f, %+7.3f]", e->value, e->low, e->high);
  else printf(" %8s %18s", "-", "");
}

static void print_source(double pct, const char *verdict) {
  if (isnan(pct)) printf("  %6s", "-");
  else printf("  %+6.2f", pct);
  printf(" %s\n", text(verdict));
}

static void print_table(const struct phases_result *result) {
  printf("%-15s %-13s %-12s %-13s %8s %-18s  %6s\n", "phase", "step 0", "step 1", "verdict", "gain %", "[interval]",
         "source");
  for (size_t i = 0; i < result->phases.count; i++) {
    const struct phases_row *p = &result->phases.item[i];
    printf("%-15s %-13s %-12s %-13s", text(p->id), text(fields_enum_name(step0_verdict_names, p->step0)),
           text(fields_enum_name(audit_class_names, p->step1)), text(verdict_name(p->verdict)));
    print_gain(&p->gain_pct);
    print_source(p->source_pct, p->source_verdict);
  }
  const struct phases_cumulative *c = result->cumulative;
  if (!c) return;
  printf("%-15s %-13s %-12s %-13s", "all together", "", "", text(verdict_name(c->verdict)));
  print_gain(&c->measured_pct);
  print_source(c->source_pct, NULL);
  printf("%-15s %-13s %-12s %-13s", "sum of parts", "", "", "");
  print_gain(&c->sum_pct);
  printf("\n");
}

/* Every row conclusive? */
static enum exit_code code_of_result(const struct phases_result *result) {
  bool open = result->cumulative && verdict_is_open(result->cumulative->verdict);
  if (result->partial == ANSWER_YES) return EXIT_INTERRUPTED;
  for (size_t i = 0; i < result->phases.count; i++) open |= verdict_is_open(result->phases.item[i].verdict);
  return open ? EXIT_UNMEASURED : EXIT_DONE;
}

static int finish(const struct invocation *inv, const struct field_table *table, struct phases_result *result,
                  struct error *err) {
  struct results set;
  int rc = results_open(&set, result->results_dir, err);
  if (rc == 0) {
    rc = pages_into_set(&set, result, err);
    if (rc == 0) rc = results_write_fields(&set, "result.json", table, result, err);
    results_close(&set);
  }
  if (rc) return command_fail(err);
  if (inv->json) json_print_fields(table, result);
  else print_table(result);
  command_note(inv, "results in %s, pages in %s/pages", result->results_dir, result->results_dir);
  return code_of_result(result);
}

static int run(const struct invocation *inv, const char *const *ids) {
  struct error err = { 0 };
  struct phases_result result;
  struct phase_run_spec spec = {
    .ids = ids,
    .workload = inv->workload,
    .threads = inv->threads,
    .slots = inv->slots,
    .seed = inv->seed_given ? inv->seed : 0,
    .budget_s = option_seconds(inv, "budget"),
    .source_dir = option_string(inv, "source"),
    .env = inv->env,
    .user = inv->user,
    .timeout_s = inv->timeout_s,
    .out_dir = inv->out_dir,
    .command = inv->command->name,
    .quiet = inv->quiet,
  };
  const char *resume = option_string(inv, "resume");
  if (resume && option_is_set(inv, "budget"))
    return command_usage(inv, "--resume goes on with the budget of the folder");
  int rc = resume ? phase_spec_load(&spec, resume, &err) : 0;
  if (rc == 0 && resume && spec.user && (!inv->user || strcmp(inv->user, spec.user) != 0)) {
    rc = error_raise(&err, ERROR_REFUSED, -EPERM, "the folder wants its workloads to run as user '%s'", spec.user);
    error_advise(&err, "say so on the command line if that is right: --user %s", spec.user);
  }
  if (rc == 0 && resume)
    command_note(inv, "goes on with %s, workload %s%s%s", spec.ids ? "the phases of the folder" : "all phases",
                 spec.workload, spec.source_dir ? ", sources " : "", spec.source_dir ? spec.source_dir : "");
  if (rc == 0) {
    spec.quiet = inv->quiet;
    rc = phase_run(&spec, resume, &result, &err);
  }
  /* a run that is gone on with is of the command that began it */
  const struct field_table *table =
      rc == 0 && strcmp(spec.command, "phase") == 0 ? &phase_result_fields : &phases_result_fields;
  int code = rc ? command_fail(&err) : finish(inv, table, &result, &err);
  if (rc == 0) fields_free(table, &result);
  phase_spec_free(&spec);
  return code;
}

static int run_phase(const struct invocation *inv) {
  if (option_is_set(inv, "resume") == (inv->positional_count > 0))
    return command_usage(inv, "name phases, or --resume the folder of a run");
  return run(inv, (const char *const *)inv->positional);
}

static int run_phases(const struct invocation *inv) { return run(inv, NULL); }

static const struct option_spec options[] = {
  { "budget", 'b', OPTION_SECONDS, "S", "seconds of measuring for each campaign", "60" },
  { "resume", 0, OPTION_STRING, "DIR", "go on with a run that was cut off", NULL },
  { "source", 0, OPTION_STRING, "DIR", "the allocator's sources, if not those of this build", NULL },
  { NULL, 0, OPTION_FLAG, NULL, NULL, NULL },
};
static const char *const phase_synopsis[] = { "ID… [--budget S] [--json]", "--resume DIR", NULL };
static const char *const phases_synopsis[] = { "[--budget S] [--resume DIR] [--json]", NULL };

const struct command cmd_phase = {
  .name = "phase",
  .summary = "measure one phase of the source document, Steps 0 to 5",
  .synopsis = phase_synopsis,
  .description = "IDs:"
#define PHASE(id, ...) " " id
#include "harness/phase/phase_table.h"
#include "harness/phase/phases.def"
#undef PHASE
                 "\n26 is its five together. Step 0 and Step 1 may end a row as NO-OP or SKIP; else it is an A/B\n"
                 "campaign. The folder gets the row's record and its page. Exit 3 where a row is INCONCLUSIVE.",
  .options = options,
  .common = "jqowe",
  .positional_min = 0,
  .positional_max = -1,
  .names = phase_ids,
  .run = run_phase,
};

const struct command cmd_phases = {
  .name = "phases",
  .summary = "measure all phases of the source document, and all gates together",
  .synopsis = phases_synopsis,
  .description = "Every row of the source's table, then all gates in against all gates out, beside the sum of the\n"
                 "parts. A row that has its record is not measured again: --resume goes on after a break.\n"
                 "--budget 15 is a quick pass. Exit 0 where every row ended conclusively, NO-OP and SKIP included;\n"
                 "3 where one is INCONCLUSIVE.",
  .options = options,
  .common = "jqowe",
  .run = run_phases,
};
