/* SPDX-License-Identifier: GPL-3.0-or-later */
/* ab_plan.c: the tables of ab_plan.h. */
#include "harness/data/ab_plan.h"

#include "harness/data/tables.h"

#define S struct ab_plan
static const struct field plan[] = {
  TEXTS(S, "gates", gates, FIELD_NULL_EMPTY),
  TEXTS(S, "with", with, 0),
  TEXT(S, "a", lib[0], 0),
  TEXT(S, "b", lib[1], 0),
  TEXT(S, "cmd_a", cmd[0], 0),
  TEXT(S, "cmd_b", cmd[1], 0),
  TEXT(S, "project", project, FIELD_OMIT),
  TEXT(S, "project_workload", project_workload, FIELD_OMIT),
  TEXT(S, "project_extra", project_extra, FIELD_OMIT),
  ANSWER(S, "project_short", project_short, FIELD_OMIT),
  WORD(S, "protocol", protocol, 0, ab_protocol_names),
  TEXT(S, "source_dir", source_dir, 0),
  TEXT(S, "workload", workload, 0),
  TEXT(S, "trace_sha256", trace_sha256, FIELD_OMIT),
  COUNTS(S, "threads", threads, 0),
  ANSWER(S, "threads_given", threads_given, 0),
  COUNT(S, "slots", slots, 0),
  COUNT(S, "seed", seed, 0),
  NUMBER(S, "budget_s", budget_s, 0),
  NUMBER(S, "margin_pct", margin_pct, 0),
  NUMBER(S, "level", level, 0),
  ANSWER(S, "no_direct", no_direct, 0),
  ANSWER(S, "whole_budget", whole_budget, 0),
  ANSWER(S, "no_callgrind", no_callgrind, 0),
  TEXTS(S, "env", env, 0),
  TEXT(S, "user", user, 0),
  NUMBER(S, "timeout_s", timeout_s, 0),
  TEXTS(S, "cmds", cmds, FIELD_OMIT | FIELD_NULL_EMPTY),
  TEXTS(S, "libs", libs, FIELD_OMIT | FIELD_NULL_EMPTY),
  TEXTS(S, "names", names, FIELD_OMIT | FIELD_NULL_EMPTY),
  TEXTS(S, "params", params, FIELD_OMIT | FIELD_NULL_EMPTY),
  TEXTS(S, "setup", hook[0], FIELD_OMIT | FIELD_NULL_EMPTY),
  TEXTS(S, "prepare", hook[1], FIELD_OMIT | FIELD_NULL_EMPTY),
  TEXTS(S, "conclude", hook[2], FIELD_OMIT | FIELD_NULL_EMPTY),
  TEXTS(S, "cleanup", hook[3], FIELD_OMIT | FIELD_NULL_EMPTY),
  TEXT(S, "shell", shell, FIELD_OMIT),
  TEXT(S, "stdin", in, FIELD_OMIT),
  TEXT(S, "stdout", out, FIELD_OMIT),
  TEXT(S, "ignore_failure", accept, FIELD_OMIT),
  COUNT(S, "warmup", warmup, FIELD_OMIT),
  COUNT(S, "runs", runs, FIELD_OMIT),
};
const struct field_table ab_plan_fields = {
  .schema = "ab-campaign", .title = "campaign.json of an A/B campaign", .size = sizeof(S), FIELDS_OF(plan)
};
#undef S

#define S struct ab_chosen
static const struct field chosen[] = {
  COUNT(S, "rounds", rounds, 0),
  COUNT(S, "round_ops", round_ops, 0),
  COUNT(S, "warm_rounds", warm_rounds, 0),
  COUNT(S, "warm_ops", warm_ops, 0),
  COUNTS(S, "cpus", cpus, 0),
  PART(S, "machine", machine, FIELD_OMIT, &machine_key_fields),

};
const struct field_table ab_chosen_fields = {
  .schema = "ab-chosen", .title = "chosen.json of an A/B campaign", .size = sizeof(S), FIELDS_OF(chosen)
};
#undef S
