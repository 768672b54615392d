/* SPDX-License-Identifier: GPL-3.0-or-later */
/* ab_plan.h: what a campaign's folder keeps for --resume: what was asked for (campaign.json), and
 * what the pilot chose (chosen.json). */
#ifndef HARNESS_DATA_AB_PLAN_H
#define HARNESS_DATA_AB_PLAN_H

#include "harness/data/ab_result.h"

struct ab_plan {
  uint64_t absent;
  LIST_OF(char *) gates; /* empty: two libraries or commands */
  LIST_OF(char *) with;
  char *lib[2], *cmd[2];
  char *project, *project_workload, *project_extra; /* its gate stands in gates */
  enum answer project_short;
  enum ab_protocol protocol;
  char *source_dir, *workload, *trace_sha256;
  LIST_OF(int64_t) threads;
  enum answer threads_given;
  int64_t slots, seed;
  double budget_s, margin_pct, level;
  enum answer no_direct, whole_budget, no_callgrind;
  LIST_OF(char *) env;
  char *user;
  double timeout_s;
  LIST_OF(char *) cmds;
  LIST_OF(char *) libs;
  LIST_OF(char *) names;
  LIST_OF(char *) params;
  LIST_OF(char *) hook[4]; /* enum ab_hook */
  char *shell, *in, *out, *accept;
  int64_t warmup, runs;
};
extern const struct field_table ab_plan_fields;

struct ab_chosen {
  uint64_t absent;
  int64_t rounds, round_ops, warm_rounds, warm_ops;
  LIST_OF(int64_t) cpus;
  struct machine_key machine; /* older campaigns do not say */
};
extern const struct field_table ab_chosen_fields;

#endif
