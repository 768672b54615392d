/* SPDX-License-Identifier: GPL-3.0-or-later */
/* cmd_candidates.c: `hakmem-harness candidates`: what to try next, ranked. */
#include <stdio.h>

#include "harness/ab/ab_run.h"
#include "harness/core/command.h"
#include "harness/core/json_out.h"

static void show_number(double v, const char *format) {
  if (v == v) printf(format, v);
  else printf("%12s", "-");
}

static int show_json(const struct candidates *c) {
  json_t *o = json_result("candidates"), *list = json_array();
  for (size_t i = 0; i < c->count; i++) {
    const struct candidate *k = &c->item[i];
    json_t *one = json_object();
    json_object_set_new(one, "site", json_text(k->site));
    json_object_set_new(one, "class", json_text(k->class_name));
    json_object_set_new(one, "hits_per_op", json_number(k->hits_per_op));
    json_object_set_new(one, "expected_pct", json_number(k->expected_pct));
    json_object_set_new(one, "priority", json_text(k->priority));
    json_object_set_new(one, "reason", json_text(k->reason));
    json_array_append_new(list, one);
  }
  json_object_set_new(o, "candidates", list);
  json_object_set_new(o, "atomic_ns", json_number(c->atomic_ns));
  json_object_set_new(o, "ns_per_op", json_number(c->ns_per_op));
  int rc = json_print(o);
  json_decref(o);
  return rc == 0 ? EXIT_DONE : EXIT_INTERNAL;
}

static void show(const struct candidates *c) {
  printf("%-22s %-12s %12s %12s %-11s %s\n", "gate", "class", "hits/op", "expected %", "priority", "reason");
  for (size_t i = 0; i < c->count; i++) {
    printf("%-22s %-12s", c->item[i].site, c->item[i].class_name ? c->item[i].class_name : "-");
    show_number(c->item[i].hits_per_op, " %12.6g");
    show_number(c->item[i].expected_pct, " %12.3g");
    printf(" %-11s %s\n", c->item[i].priority, c->item[i].reason);
  }
  printf("one uncontended atomic add: %.2f ns\n", c->atomic_ns);
}

static int of_project(const struct invocation *inv) {
  struct project_candidates c;
  struct error err = { 0 };
  const struct ab_options o = {
    .project = option_string(inv, "project"),
    .project_workload = option_is_set(inv, "workload") ? inv->workload : NULL,
    .quiet = inv->quiet,
    .env = inv->env,
    .user = inv->user,
    .timeout_s = inv->timeout_s,
  };
  if (project_candidates_make(&c, &o, &err)) return command_fail(&err);
  int code = EXIT_DONE;
  if (inv->json) code = show_json(&c.list);
  else show(&c.list);
  project_candidates_free(&c);
  return code;
}

static int run_candidates(const struct invocation *inv) {
  struct candidates c;
  struct error err = { 0 };
  if (option_is_set(inv, "project")) return of_project(inv);
  int rc = candidates_make(&c, option_string(inv, "results"), &err);
  if (rc) return command_fail(&err);
  int code = EXIT_DONE;
  if (inv->json) code = show_json(&c);
  else show(&c);
  candidates_free(&c);
  return code;
}

static const char *const synopsis[] = { "[--results DIR]", "--project FILE [--workload NAME] [--json]", NULL };

static const struct option_spec options[] = {
  { "results", 0, OPTION_STRING, "DIR", "where results of verify and bench are looked for", "results" },
  { "project", 0, OPTION_STRING, "FILE", "rank the gates of somebody's project", NULL },
  { NULL, 0, OPTION_FLAG, NULL, NULL, NULL },
};

const struct command cmd_candidates = {
  .name = "candidates",
  .summary = "what to try next: audit x executions x cost, ranked",
  .synopsis = synopsis,
  .description = "Ranks the telemetry gates. Class by the audit with all telemetry compiled in; executions for\n"
                 "each operation from the newest results of `verify`; expected %: executions times one\n"
                 "uncontended atomic add (measured now) over the newest `bench random_mixed`, the least that a\n"
                 "gate can cost. What was not measured is shown as -, and is never counted as 0.\n"
                 "\n"
                 "With --project each gate is built both ways and its lines are looked for in the workload: class is\n"
                 "the project file's word, expected % the instructions more of one run, by callgrind; a gate that\n"
                 "changes nothing or never runs has no priority. Nothing is timed.",
  .options = options,
  .common = "jqwe",
  .run = run_candidates,
};
