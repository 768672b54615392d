/* SPDX-License-Identifier: GPL-3.0-or-later */
/* merge_result.c: the tables of merge_result.h. */
#include "harness/data/merge_result.h"

#include "harness/data/tables.h"

const char *const merge_verdict_names[] = { "GO", "NEUTRAL", "NO-GO", "INCONCLUSIVE", "MIXED", NULL };
const char *const merge_node_state_names[] = { "done", "partial", "lost", "failed", "damaged", "unknown", NULL };

#define S struct merge_run
static const struct field run[] = {
  TEXT(S, "file", file, 0),
  TEXT(S, "node", node, 0),
  TEXT(S, "run", run, 0),
  TEXT(S, "date", date, 0),
  COUNT(S, "pairs", pairs, 0),
  COUNT(S, "pairs_used", pairs_used, 0),
  ANSWER(S, "partial", partial, 0),
  WORD(S, "verdict", verdict, 0, verdict_names),
  TEXT(S, "reason", reason, 0),
  PART(S, "gain_pct", gain_pct, FIELD_NULL_WITH_FIRST, &estimate_fields),
  PART(S, "mean_gain_pct", mean_gain_pct, FIELD_NULL_WITH_FIRST, &estimate_fields),
  PART(S, "control", control_pct, FIELD_NULL_WITH_FIRST, &estimate_fields),
  NUMBER(S, "disturbed_pct", disturbed_pct, 0),
  NUMBER(S, "others_pct", company.others_pct, FIELD_OMIT),
  NUMBER(S, "waiting_pct", company.waiting_pct, FIELD_OMIT),
  NUMBER(S, "throttled_pct", company.throttled_pct, FIELD_OMIT),
  WORD(S, "core", core, 0, pairs_core_names),
};
const struct field_table merge_run_fields = { .size = sizeof(S), FIELDS_OF(run) };
#undef S

#define S struct merge_machine
static const struct field machine[] = {
  TEXT(S, "model", model, 0),
  COUNT(S, "n", n, 0),
  COUNT(S, "pairs", pairs, 0),
  PART(S, "gain_pct", gain_pct, FIELD_NULL_WITH_FIRST, &estimate_fields),
  WORD(S, "verdict", verdict, 0, verdict_names),
  TEXT(S, "reason", reason, 0),
  WORD(S, "core", core, 0, pairs_core_names),
  LIST(S, "results", runs, 0, &merge_run_fields),
};
const struct field_table merge_machine_fields = { .size = sizeof(S), FIELDS_OF(machine) };
#undef S

#define S struct merge_summary
static const struct field summary[] = {
  NUMBER(S, "estimate", estimate, 0),
  NUMBER(S, "low", low, 0),
  NUMBER(S, "high", high, 0),
  NUMBER(S, "predict_low", predict_low, 0),
  NUMBER(S, "predict_high", predict_high, 0),
  NUMBER(S, "level", level, 0),
  NUMBER(S, "tau2", tau2, 0),
  NUMBER(S, "tau_pct", tau_pct, 0),
  NUMBER(S, "i2", i2, 0),
  NUMBER(S, "q", q, 0),
  COUNT(S, "kinds", kinds, 0),
  TEXT(S, "method", method, 0),
  WORD(S, "verdict", verdict, 0, merge_verdict_names),
  TEXT(S, "reason", reason, 0),
};
static const struct field_table summary_fields = { .size = sizeof(S), FIELDS_OF(summary) };
#undef S

#define S struct merge_file
static const struct field file[] = { TEXT(S, "file", file, 0), TEXT(S, "why", why, 0) };
static const struct field_table file_fields = { .size = sizeof(S), FIELDS_OF(file) };
#undef S

#define S struct merge_node
static const struct field node[] = {
  TEXT(S, "name", name, 0),
  COUNT(S, "element", element, 0),
  WORD(S, "state", state, 0, merge_node_state_names),
  TEXT(S, "reason", reason, 0),
};
static const struct field_table node_fields = { .size = sizeof(S), FIELDS_OF(node) };
#undef S

/* Of both commands. */
#define MERGED                                                                                        \
 TEXT(S, "pack", pack, 0), TEXT(S, "subject", subject, 0), NUMBER(S, "margin_pct", margin_pct, 0),    \
     COUNT(S, "layouts", layouts, 0), LIST(S, "machines", machines, 0, &merge_machine_fields),        \
     PART(S, "summary", summary, 0, &summary_fields), LIST(S, "left_out", left_out, 0, &file_fields), \
     LIST(S, "partial", partial, 0, &file_fields), TEXT(S, "page", page, FIELD_OF_MACHINE),           \
     TEXT(S, "plot", plot, FIELD_OF_MACHINE), TEXT(S, "plot_missing", plot_missing, 0)

#define S struct merge_result
static const struct field merge[] = { MERGED, TEXT(S, "results_dir", results_dir, FIELD_OF_MACHINE) };
const struct field_table merge_result_fields = {
  .schema = "merge", .title = "hakmem-harness merge --json", .size = sizeof(S), FIELDS_OF(merge)
};
static const struct field fleet[] = {
  MERGED,
  LIST(S, "nodes", nodes, 0, &node_fields),
  TEXT(S, "job", job, 0),
  TEXT(S, "recipe", recipe, FIELD_OMIT),
  ANSWER(S, "interrupted", interrupted, 0),
  TEXT(S, "results_dir", results_dir, FIELD_OF_MACHINE),
};
const struct field_table fleet_result_fields = {
  .schema = "fleet", .title = "hakmem-harness fleet --json", .size = sizeof(S), FIELDS_OF(fleet)
};
#undef S
