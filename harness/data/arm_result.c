/* SPDX-License-Identifier: GPL-3.0-or-later */
/* arm_result.c: the tables of arm_result.h. */
#include "harness/data/arm_result.h"

#include "harness/data/estimate_table.h"
#include "harness/data/tables.h"

#define S struct ab_parameter
static const struct field parameter[] = { TEXT(S, "name", name, 0), TEXT(S, "value", value, 0) };
static const struct field_table parameter_fields = { .size = sizeof(S), FIELDS_OF(parameter) };
#undef S

#define S struct ab_arm
static const struct field arm[] = {
  TEXT(S, "name", name, 0),
  TEXT(S, "command", command, FIELD_OF_MACHINE),
  LIST(S, "parameters", parameters, 0, &parameter_fields),
  COUNT(S, "runs", runs, 0),
  COUNT(S, "failures", failures, 0),
  NUMBER(S, "ns_per_op", ns_per_op, 0),
  NUMBER(S, "low", low, 0),
  NUMBER(S, "high", high, 0),
  NUMBER(S, "level", level, 0),
  COUNT(S, "rank_first", rank_first, 0),
  COUNT(S, "rank_last", rank_last, 0),
  NUMBER(S, "mean_ns", mean_ns, 0),
  NUMBER(S, "stddev_ns", stddev_ns, 0),
  NUMBER(S, "median_ns", median_ns, 0),
  NUMBER(S, "min_ns", min_ns, 0),
  NUMBER(S, "max_ns", max_ns, 0),
  NUMBER(S, "user_ns", user_ns, 0),
  NUMBER(S, "system_ns", system_ns, 0),
  NUMBER(S, "max_rss_bytes", max_rss_bytes, 0),
  NUMBER(S, "page_faults", page_faults, 0),
  NUMBER(S, "context_switches", context_switches, 0),
  NUMBER(S, "involuntary_switches", involuntary_switches, 0),
  NUMBER(S, "cycles", cycles, 0),
  NUMBER(S, "instructions", instructions, 0),
  NUMBER(S, "cache_misses", cache_misses, 0),
  NUMBER(S, "branch_misses", branch_misses, 0),
  TEXT(S, "failure", failure, 0),
};
const struct field_table ab_arm_fields = { .size = sizeof(S), FIELDS_OF(arm) };
#undef S

#define S struct ab_arm_pair
static const struct field pair[] = {
  TEXT(S, "a", a, 0),
  TEXT(S, "b", b, 0),
  PART(S, "gain_pct", gain_pct, FIELD_NULL_WITH_FIRST, &estimate_fields),
  WORD(S, "verdict", verdict, 0, verdict_names),
};
const struct field_table ab_arm_pair_fields = { .size = sizeof(S), FIELDS_OF(pair) };
#undef S
