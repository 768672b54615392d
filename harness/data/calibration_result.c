/* SPDX-License-Identifier: GPL-3.0-or-later */
/* calibration_result.c: the tables of calibration_result.h. */
#include "harness/data/calibration_result.h"

#include "harness/data/tables.h"

#define S struct calibration_injected
static const struct field injected[] = {
  TEXT(S, "name", name, 0),
  COUNT(S, "insns", insns, 0),
  NUMBER(S, "insns_per_op", insns_per_op, 0),
  NUMBER(S, "added_per_op", added_per_op, 0),
  NUMBER(S, "added_per_insn", added_per_insn, 0),
};
static const struct field_table injected_fields = { .size = sizeof(S), FIELDS_OF(injected) };
#undef S

#define S struct calibration_callgrind
static const struct field callgrind[] = {
  TEXT(S, "status", status, 0),
  NUMBER(S, "insns_per_op_out", insns_per_op_out, 0),
  ANSWER(S, "proportional", proportional, 0),
  LIST(S, "injected", injected, 0, &injected_fields),
};
const struct field_table calibration_callgrind_fields = { .size = sizeof(S), FIELDS_OF(callgrind) };
#undef S

#define S struct calibration_verdicts
static const struct field verdicts[] = {
  COUNT(S, "GO", go, 0),
  COUNT(S, "NEUTRAL", neutral, 0),
  COUNT(S, "NO-GO", no_go, 0),
  COUNT(S, "INCONCLUSIVE", inconclusive, 0),
  COUNT(S, "DEPENDS", depends, FIELD_OMIT),
};
static const struct field_table verdicts_fields = { .size = sizeof(S), FIELDS_OF(verdicts) };
#undef S

#define S struct calibration_end
static const struct field end[] = {
  TEXT(S, "name", name, 0),
  COUNT(S, "campaigns", campaigns, 0),
  NUMBER(S, "true_pct", true_pct, 0),
  NUMBER(S, "true_low", true_low, 0),
  NUMBER(S, "true_high", true_high, 0),
  NUMBER(S, "estimate", estimate, 0),
  NUMBER(S, "chi2_df", chi2_df, 0),
  NUMBER(S, "coverage", coverage, 0),
  PART(S, "verdicts", verdicts, 0, &verdicts_fields),
  COUNT(S, "contradictions", contradictions, 0),
};
static const struct field_table end_fields = { .size = sizeof(S), FIELDS_OF(end) };
#undef S

#define S struct calibration_kind
static const struct field kind[] = {
  TEXT(S, "name", name, 0),
  NUMBER(S, "true_pct", true_pct, 0),
  NUMBER(S, "true_low", true_low, 0),
  NUMBER(S, "true_high", true_high, 0),
  NUMBER(S, "estimate", estimate, 0),
  NUMBER(S, "low", low, 0),
  NUMBER(S, "high", high, 0),
  COUNT(S, "pairs", pairs, 0),
  NUMBER(S, "measured_s", measured_s, 0),
  COUNT(S, "campaigns", campaigns, 0),
  COUNT(S, "judged", judged, 0),
  COUNT(S, "false_verdicts", false_verdicts, 0),
  NUMBER(S, "coverage", coverage, 0),
  PART(S, "verdicts", verdicts, 0, &verdicts_fields),
  NUMBER(S, "ns_per_op_out", ns_per_op_out, 0),
  NUMBER(S, "half_width_60s_pct", half_width_60s_pct, 0),
  LIST(S, "ends", ends, FIELD_OMIT, &end_fields),
};
static const struct field_table kind_fields = { .size = sizeof(S), FIELDS_OF(kind) };
#undef S

#define S struct machine_key
static const struct field machine_key[] = {
  TEXT(S, "cpu", cpu, 0),
  TEXT(S, "cpu_model", cpu_model, 0),
  COUNT(S, "cpus", cpus, 0),
  TEXT(S, "kernel", kernel, 0),
};
const struct field_table machine_key_fields = { .size = sizeof(S), FIELDS_OF(machine_key) };
#undef S

#define S struct calibration_result
static const struct field result[] = {
  OBJECT(S, "callgrind", callgrind, FIELD_OMIT, &calibration_callgrind_fields),
  TEXT(S, "date", date, 0),
  TEXT(S, "workload", workload, 0),
  NUMBER(S, "budget_s", budget_s, 0),
  NUMBER(S, "margin_pct", margin_pct, 0),
  COUNT(S, "campaigns", campaigns, 0),
  COUNT(S, "false_verdicts", false_verdicts, 0),
  COUNT(S, "neutral", neutral, 0),
  COUNT(S, "all_campaigns", all_campaigns, 0),
  COUNT(S, "all_false_verdicts", all_false_verdicts, 0),
  NUMBER(S, "coverage", coverage, 0),
  NUMBER(S, "half_width_pct", half_width_pct, 0),
  NUMBER(S, "detectable_pct", detectable_pct, 0),
  NUMBER(S, "core_width_alone", core_width_alone, 0),
  NUMBER(S, "core_alone_pct", core_alone_pct, 0),
  LIST(S, "same_code", same_code, 0, &kind_fields),
  NUMBER(S, "locked_cost_ns", locked_cost_ns, 0),
  LIST(S, "injected", injected, 0, &kind_fields),
  ANSWER(S, "partial", partial, 0),
  PART(S, "machine_key", machine_key, 0, &machine_key_fields),
  PART(S, "machine", machine, 0, &machine_fields),
  TEXT(S, "results_dir", results_dir, FIELD_OF_MACHINE),
};
const struct field_table calibration_result_fields = {
  .schema = "calibrate", .title = "hakmem-harness calibrate --json", .size = sizeof(S), FIELDS_OF(result)
};
#undef S

#define S struct calibration_quote
static const struct field quote[] = {
  TEXT(S, "status", status, FIELD_OMIT),
  TEXT(S, "date", date, CALIBRATION_KNOWN),
  TEXT(S, "workload", workload, CALIBRATION_KNOWN),
  COUNT(S, "campaigns", campaigns, CALIBRATION_KNOWN),
  NUMBER(S, "budget_s", budget_s, CALIBRATION_KNOWN),
  COUNT(S, "false_verdicts", false_verdicts, CALIBRATION_KNOWN),
  COUNT(S, "neutral", neutral, CALIBRATION_KNOWN),
  NUMBER(S, "coverage", coverage, CALIBRATION_KNOWN),
  NUMBER(S, "half_width_pct", half_width_pct, CALIBRATION_KNOWN),
  NUMBER(S, "detectable_pct", detectable_pct, CALIBRATION_KNOWN),
  NUMBER(S, "locked_cost_ns", locked_cost_ns, CALIBRATION_KNOWN),
  NUMBER(S, "core_width_alone", core_width_alone, CALIBRATION_KNOWN),
  TEXT(S, "results_dir", results_dir, CALIBRATION_KNOWN | FIELD_OF_MACHINE),
};
const struct field_table calibration_quote_fields = { .size = sizeof(S), FIELDS_OF(quote) };
#undef S
