/* SPDX-License-Identifier: GPL-3.0-or-later */
/* cmd_calibrate.c: `hakmem-harness calibrate`: the A/B engine proves itself on this machine. */
#include <stdio.h>
#include <string.h>

#include "harness/ab/calibration.h"
#include "harness/core/command.h"
#include "harness/core/json_out.h"

/* A number of the result; what was not measured is no 0. */
static void print_number(const char *before, const char *format, const json_t *o, const char *key, double times) {
  const json_t *v = json_object_get(o, key);
  fputs(before, stdout);
  if (json_is_number(v)) printf(format, times * json_number_value(v));
  else fputs("not measured", stdout);
}

static void print_kinds(const json_t *list) {
  size_t i;
  json_t *k;
  json_array_foreach(list, i, k) {
    const json_t *v = json_object_get(k, "verdicts");
    printf("  %-12s", json_string_value(json_object_get(k, "name")));
    print_number(" true ", "%+7.3f%%", k, "true_pct", 1);
    print_number("  pooled ", "%+7.3f%%", k, "estimate", 1);
    print_number(" [", "%+.3f", k, "low", 1);
    print_number(", ", "%+.3f", k, "high", 1);
    printf("]  %2lld campaigns: %lld GO, %lld NEUTRAL, %lld NO-GO, %lld INCONCLUSIVE; %lld false",
           (long long)json_integer_value(json_object_get(k, "campaigns")),
           (long long)json_integer_value(json_object_get(v, "GO")),
           (long long)json_integer_value(json_object_get(v, "NEUTRAL")),
           (long long)json_integer_value(json_object_get(v, "NO-GO")),
           (long long)json_integer_value(json_object_get(v, "INCONCLUSIVE")),
           (long long)json_integer_value(json_object_get(k, "false_verdicts")));
    print_number("; coverage ", "%.0f%%", k, "coverage", 100);
    printf("\n");
  }
}

static void print_callgrind(const json_t *c) {
  size_t i;
  json_t *k;
  if (c == NULL) return;
  printf("  callgrind: %s\n", json_string_value(json_object_get(c, "status")));
  json_array_foreach(json_object_get(c, "injected"), i, k)
      printf("    %-10s %lld instructions a free: %+.4f /op\n", json_string_value(json_object_get(k, "name")),
             (long long)json_integer_value(json_object_get(k, "insns")),
             json_number_value(json_object_get(k, "added_per_op")));
}

static int run_calibrate(const struct invocation *inv) {
  struct calibration_request q = { .campaigns = (unsigned)option_u64(inv, "campaigns") };
  struct error err = { 0 };
  json_t *result = NULL;
  q.options = (struct ab_options){ .protocol = "paired",
                                   .source_dir = option_string(inv, "source"),
                                   .workload = inv->workload,
                                   .slots = inv->slots,
                                   .seed = inv->seed_given ? inv->seed : ab_random_seed(),
                                   .budget_s = option_seconds(inv, "budget"),
                                   .margin_pct = option_seconds(inv, "margin"),
                                   .level = 0.95,
                                   .no_callgrind = option_is_set(inv, "no-callgrind"),
                                   .env = inv->env,
                                   .user = inv->user,
                                   .timeout_s = inv->timeout_s,
                                   .out_dir = inv->out_dir,
                                   .quiet = inv->quiet };
  int rc = ab_options_threads(&q.options, inv->threads, &err);
  if (rc == 0) rc = calibration_run(&q, &result, &err);
  if (rc) return command_fail(&err);
  bool partial = json_is_true(json_object_get(result, "partial"));
  if (inv->json) {
    json_print(result);
  } else {
    printf("calibration of this machine, campaigns of %.3g s\n",
           json_number_value(json_object_get(result, "budget_s")));
    print_kinds(json_object_get(result, "same_code"));
    print_kinds(json_object_get(result, "injected"));
    print_callgrind(json_object_get(result, "callgrind"));
    print_number("  95% half-width at 60 s: ", "%.3f%%", result, "half_width_pct", 1);
    print_number("; told from 0 with 90% power: ", "%.3f%%", result, "detectable_pct", 1);
    print_number("\n  core: ours alone in ", "%.0f%% of the A/A pairs\n", result, "core_alone_pct", 1);
    if (!json_is_number(json_object_get(result, "core_alone_pct"))) fputs("\n", stdout);
    if (partial) printf("  PARTIAL: not stored\n");
  }
  command_note(inv, "results in %s", json_string_value(json_object_get(result, "results_dir")));
  json_decref(result);
  return partial ? EXIT_INTERRUPTED : EXIT_DONE;
}

static const char *const synopsis[] = { "[--campaigns N] [--budget S] [--workload NAME] [--json]", NULL };
static const struct option_spec options[] = {
  { "campaigns", 'n', OPTION_U64, "N", "campaigns of each kind", "10" },
  { "budget", 'b', OPTION_SECONDS, "S", "seconds of each campaign", "8" },
  { "margin", 0, OPTION_SECONDS, "PCT", "what counts as a gain, in percent", "0.5" },
  { "source", 0, OPTION_STRING, "DIR", "the allocator's sources, if not those of this build", NULL },
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
