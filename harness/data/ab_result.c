/* SPDX-License-Identifier: GPL-3.0-or-later */
/* ab_result.c: the tables of ab_result.h. */
#include "harness/data/ab_result.h"

#include "harness/data/tables.h"

const char *const ab_protocol_names[] = { "paired", "source", NULL };

#define S struct ab_site
static const struct field site[] = {
  TEXT(S, "name", name, 0),
  WORD(S, "verdict", verdict, 0, step0_verdict_names),
  COUNT(S, "hits", hits, 0),
  NUMBER(S, "hits_per_op", hits_per_op, 0),
};
static const struct field_table site_fields = { .size = sizeof(S), FIELDS_OF(site) };
#undef S

#define S struct ab_step0
static const struct field step0[] = {
  LIST(S, "per_site", per_site, AB_STEP0_RUN, &site_fields),
  NUMBER(S, "hits_per_op", hits_per_op, AB_STEP0_RUN),
  WORD(S, "verdict", verdict, AB_STEP0_RUN, step0_verdict_names),
  WORD(S, "decision", decision, 0, step0_decision_names),
  ANSWER(S, "marked_equals_timed", marked_equals_timed, AB_STEP0_RUN),
  TEXTS(S, "functions_that_differ", functions_that_differ, AB_STEP0_RUN),
  TEXT(S, "method", method, AB_STEP0_RUN),
  TEXT(S, "object_hash", object_hash, AB_STEP0_RUN),
  COUNT(S, "ops", ops, AB_STEP0_RUN),
  TEXT(S, "workload", workload, AB_STEP0_RUN),
  TEXT(S, "status", status, 0),
};
const struct field_table ab_step0_fields = { .size = sizeof(S), FIELDS_OF(step0) };
#undef S

#define S struct ab_gate_class
static const struct field gate_class[] = {
  TEXT(S, "name", name, 0),
  WORD(S, "class", class, 0, audit_class_names),
  TEXT(S, "source", source, 0),
};
static const struct field_table gate_class_fields = { .size = sizeof(S), FIELDS_OF(gate_class) };
#undef S

#define S struct ab_step1
static const struct field step1[] = {
  WORD(S, "class", class, 0, audit_class_names),
  TEXT(S, "source", source, 0),
  LIST(S, "gates", gates, 0, &gate_class_fields),
};
const struct field_table ab_step1_fields = { .size = sizeof(S), FIELDS_OF(step1) };
#undef S

#define S struct ab_build
static const struct field build[] = {
  TEXTS(S, "gates", gates, 0),
  TEXT(S, "object_hash_out", object_hash[0], 0),
  TEXT(S, "object_hash_in", object_hash[1], 0),
  TEXT(S, "image_out", image[0], FIELD_OF_MACHINE),
  TEXT(S, "image_in", image[1], FIELD_OF_MACHINE),
  TEXTS(S, "functions_that_differ", functions_that_differ, 0),
  TEXTS(S, "data_that_differs", data_that_differs, 0),
};
const struct field_table ab_build_fields = { .size = sizeof(S), FIELDS_OF(build) };
#undef S

#define S struct ab_sides
static const struct field sides[] = { NUMBER(S, "out", side[0], 0), NUMBER(S, "in", side[1], 0) };
static const struct field_table sides_fields = { .size = sizeof(S), FIELDS_OF(sides) };
#undef S

#define S struct ab_counters
static const struct field counters[] = {
  PART(S, "cycles", cycles, 0, &sides_fields),
  PART(S, "instructions", instructions, 0, &sides_fields),
  PART(S, "cache-misses", cache_misses, 0, &sides_fields),
  PART(S, "branch-misses", branch_misses, 0, &sides_fields),
  PART(S, "page-faults", page_faults, 0, &sides_fields),
  PART(S, "context-switches", context_switches, 0, &sides_fields),
  PART(S, "involuntary-switches", involuntary_switches, 0, &sides_fields),
  PART(S, "migrations", migrations, 0, &sides_fields),
  TEXT(S, "hardware_reason", hardware_reason, 0),
};
const struct field_table ab_counters_fields = { .size = sizeof(S), FIELDS_OF(counters) };
#undef S

bool ab_counters_at(const struct ab_counters *c, size_t *index, struct ab_counter *one) {
  for (; c && *index < ab_counters_fields.count; (*index)++) {
    const struct field *f = &ab_counters_fields.field[*index];
    if (f->type != FIELD_PART || !fields_has(&ab_counters_fields, c, f->key)) continue;
    *one = (struct ab_counter){ f->key, (const struct ab_sides *)(const void *)((const char *)c + f->offset) };
    (*index)++;
    return true;
  }
  return false;
}

#define S struct ab_control
static const struct field control[] = { ESTIMATE(S, e), COUNT(S, "pairs", pairs, 0) };
static const struct field_table control_fields = { .size = sizeof(S), FIELDS_OF(control) };
#undef S

#define S struct ab_core
static const struct field core[] = {
  WORD(S, "state", state, 0, pairs_core_names),
  NUMBER(S, "alone_pct", alone_pct, 0),
  COUNT(S, "pairs_left_out", pairs_left_out, 0),
  NUMBER(S, "width_alone", width_alone, 0),
  PART(S, "left_out_gain_pct", left_out_gain_pct, FIELD_NULL_WITH_FIRST, &estimate_fields),
  TEXT(S, "reason", reason, 0),
};
static const struct field_table core_fields = { .size = sizeof(S), FIELDS_OF(core) };
#undef S

#define S struct ab_end
static const struct field end[] = {
  ESTIMATE(S, e),
  COUNT(S, "pairs", pairs, 0),
  NUMBER(S, "width", width, 0),
  WORD(S, "verdict", verdict, 0, verdict_names),
};
static const struct field_table end_fields = { .size = sizeof(S), FIELDS_OF(end) };
#undef S

#define S struct ab_ends
static const struct field ends[] = {
  PART(S, "alone", alone, FIELD_NULL_WITH_FIRST, &end_fields),
  PART(S, "shared", shared, FIELD_NULL_WITH_FIRST, &end_fields),
};
static const struct field_table ends_fields = { .size = sizeof(S), FIELDS_OF(ends) };
#undef S

#define S struct ab_look
static const struct field look[] = { NUMBER(S, "pairs", pairs, 0), NUMBER(S, "alpha", alpha, 0) };
static const struct field_table look_fields = { .size = sizeof(S), FIELDS_OF(look) };
#undef S

/* The lines of a campaign, in two tables. */
#define MEASURED                                                                                                      \
 WORD(S, "verdict", m.verdict, 0, verdict_names), TEXT(S, "reason", m.reason, 0),                                     \
     NUMBER(S, "needed_s", m.needed_s, 0), PART(S, "gain_pct", m.gain_pct, FIELD_NULL_WITH_FIRST, &estimate_fields),  \
     PART(S, "mean_gain_pct", m.mean_gain_pct, FIELD_NULL_WITH_FIRST, &estimate_fields),                              \
     COUNT(S, "layouts", m.layouts, 0), TEXT(S, "layout_sampling", m.layout_sampling, AB_TIMED),                      \
     COUNT(S, "pairs", m.pairs, 0), NUMBER(S, "elapsed_s", m.elapsed_s, 0),                                           \
     NUMBER(S, "budget_s", m.budget_s, AB_TIMED), ANSWER(S, "stopped_early", m.stopped_early, AB_TIMED),              \
     PART(S, "control", m.control, FIELD_NULL_WITH_FIRST, &control_fields), COUNT(S, "threads", m.threads, AB_TIMED), \
     ANSWER(S, "threads_take_turns", m.take_turns, AB_TIMED), COUNT(S, "rounds", m.rounds, AB_TIMED),                 \
     COUNT(S, "round_ops", m.round_ops, AB_TIMED), PART(S, "ns_per_op", m.ns_per_op, AB_TIMED, &sides_fields),        \
     OBJECT(S, "counters", m.counters, 0, &ab_counters_fields), NUMBER(S, "disturbed_pct", m.disturbed_pct, 0),       \
     PART(S, "core", m.core, AB_TIMED, &core_fields), PART(S, "ends", m.ends, AB_TIMED, &ends_fields),                \
     NUMBER(S, "steal_pct", m.steal_pct, AB_TIMED), NUMBER(S, "throttled_pct", m.throttled_pct, AB_TIMED),            \
     NUMBER(S, "others_pct", m.others_pct, FIELD_OMIT), NUMBER(S, "waiting_pct", m.waiting_pct, FIELD_OMIT),          \
     COUNT(S, "strays", m.strays, FIELD_OMIT), LIST(S, "looks", m.looks, AB_TIMED, &look_fields),                     \
     ANSWER(S, "partial", m.partial, AB_TIMED)

#define S struct ab_threads
static const struct field threads[] = { NUMBER(S, "margin_pct", margin_pct, 0), MEASURED };
const struct field_table ab_threads_fields = { .size = sizeof(S), FIELDS_OF(threads) };
#undef S

#define S struct ab_part
static const struct field part[] = {
  ESTIMATE(S, e),
  PART(S, "control", control, FIELD_NULL_WITH_FIRST, &estimate_fields),
  NUMBER(S, "disturbed_pct", disturbed_pct, 0),
  NUMBER(S, "elapsed_s", elapsed_s, 0),
  WORD(S, "core_state", core_state, 0, pairs_core_names),
};
static const struct field_table part_fields = { .size = sizeof(S), FIELDS_OF(part) };
#undef S

#define S struct ab_toggles
static const struct field toggles[] = { COUNT(S, "found", found, 0), COUNT(S, "toggled", toggled, 0) };
static const struct field_table toggles_fields = { .size = sizeof(S), FIELDS_OF(toggles) };
#undef S

#define S struct pack_member
static const struct field pack_member[] = {
  TEXT(S, "name", name, 0),
  COUNT(S, "bytes", bytes, 0),
  TEXT(S, "sha256", sha256, 0),
};
const struct field_table pack_member_fields = { .size = sizeof(S), FIELDS_OF(pack_member) };
#undef S

#define S struct pack_summary
static const struct field pack_summary[] = {
  TEXT(S, "file", file, FIELD_OF_MACHINE),
  TEXT(S, "hash", hash, 0),
  COUNT(S, "bytes", bytes, 0),
  TEXT(S, "glibc", glibc, 0),
  LIST(S, "members", members, 0, &pack_member_fields),
};
const struct field_table pack_summary_fields = { .size = sizeof(S), FIELDS_OF(pack_summary) };
#undef S

#define S struct ab_gated_line
static const struct field gated_line[] = {
  TEXT(S, "file", file, 0),           COUNT(S, "line", line, 0),          TEXT(S, "by", by, 0),
  ANSWER(S, "has_code", has_code, 0), ANSWER(S, "executed", executed, 0),
};
static const struct field_table gated_line_fields = { .size = sizeof(S), FIELDS_OF(gated_line) };
#undef S

#define S struct ab_project_subject
static const struct field project_subject[] = {
  TEXT(S, "project", project, FIELD_OF_MACHINE),
  TEXT(S, "gate", gate, 0),
  TEXT(S, "workload", workload, 0),
  TEXT(S, "image", image, 0),
  TEXT(S, "clock", clock, 0),
  TEXT(S, "user_class", user_class, 0),
  COUNT(S, "functions", functions, 0),
  TEXTS(S, "functions_differ", functions_differ, 0),
  TEXTS(S, "only_in", only_in, 0),
  TEXTS(S, "only_out", only_out, 0),
  TEXTS(S, "data", data, 0),
  TEXTS(S, "lost", lost, 0),
  TEXT(S, "elsewhere", elsewhere, FIELD_OMIT),
  ANSWER(S, "identical", identical, 0),
  ANSWER(S, "data_only", data_only, 0),
  COUNT(S, "lines_with_code", lines_with_code, 0),
  LIST(S, "lines", lines, 0, &gated_line_fields),
};
const struct field_table ab_project_subject_fields = { .size = sizeof(S), FIELDS_OF(project_subject) };
#undef S

#define S struct ab_trace
static const struct field trace[] = {
  TEXT(S, "file", file, FIELD_OF_MACHINE),
  TEXT(S, "sha256", sha256, 0),
  COUNT(S, "events", events, 0),
  COUNT(S, "threads", threads, 0),
};
const struct field_table ab_trace_fields = { .size = sizeof(S), FIELDS_OF(trace) };
#undef S

#define S struct ab_baseline
static const struct field baseline[] = {
  TEXT(S, "name", name, 0),
  TEXT(S, "machine", machine, 0),
  ANSWER(S, "same_machine", same_machine, 0),
  ANSWER(S, "measured_anew", measured_anew, 0),
  TEXT(S, "date", date, 0),
  NUMBER(S, "ns_per_op_then", ns_per_op_then, 0),
};
const struct field_table ab_baseline_fields = { .size = sizeof(S), FIELDS_OF(baseline) };
#undef S

#define S struct ab_baseline_file
static const struct field baseline_file[] = {
  TEXT(S, "command", command, 0),
  TEXT(S, "library", library, 0),
  TEXT(S, "sha256", sha256, 0),
  TEXT(S, "workload", workload, 0),
  TEXT(S, "trace_sha256", trace_sha256, FIELD_OMIT),
  NUMBER(S, "ns_per_op", ns_per_op, 0),
  TEXT(S, "date", date, 0),
  PART(S, "machine", machine, 0, &machine_key_fields),
};
const struct field_table ab_baseline_file_fields = {
  .schema = "ab-baseline", .title = "baseline.json of ab --save", .size = sizeof(S), FIELDS_OF(baseline_file)
};
#undef S

#define S struct ab_result
static const struct field result[] = {
  TEXT(S, "subject", subject, 0),
  OBJECT(S, "subject", project, FIELD_OMIT, &ab_project_subject_fields),
  WORD(S, "protocol", protocol, 0, ab_protocol_names),
  TEXT(S, "workload", workload, 0),
  OBJECT(S, "trace", trace, FIELD_OMIT, &ab_trace_fields),
  TEXT(S, "a", side[0], FIELD_OF_MACHINE),
  TEXT(S, "b", side[1], FIELD_OF_MACHINE),
  COUNT(S, "seed", seed, 0),
  NUMBER(S, "margin_pct", margin_pct, 0),
  TEXT(S, "needs", needs, AB_OF_GATES),
  OBJECT(S, "build", build, AB_OF_GATES, &ab_build_fields),
  OBJECT(S, "step1", step1, AB_OF_GATES, &ab_step1_fields),
  OBJECT(S, "step0", step0, AB_OF_GATES, &ab_step0_fields),
  MEASURED,
  LIST(S, "by_threads", by_threads, FIELD_NULL_EMPTY | AB_THREADS, &ab_threads_fields),
  COUNT(S, "runs_of_each", runs_of_each, FIELD_OMIT),
  OBJECT(S, "baseline", baseline, FIELD_OMIT, &ab_baseline_fields),
  LIST(S, "arms", arms, FIELD_OMIT | FIELD_NULL_EMPTY, &ab_arm_fields),
  LIST(S, "pairs", arm_pairs, FIELD_OMIT | FIELD_NULL_EMPTY, &ab_arm_pair_fields),
  PART(S, "insns_per_op", insns_per_op, FIELD_NULL_WITH_FIRST | AB_OF_GATES, &sides_fields),
  TEXT(S, "insns_reason", insns_reason, FIELD_OMIT),
  NUMBER(S, "expected_pct", expected_pct, AB_OF_GATES),
  TEXT(S, "expected_reason", expected_reason, FIELD_OMIT),
  PART(S, "toggles", toggles, FIELD_NULL_WITH_FIRST | FIELD_OMIT, &toggles_fields),
  TEXT(S, "direct_reason", direct_reason, FIELD_OMIT),
  PART(S, "direct_pct", direct_pct, FIELD_NULL_WITH_FIRST | AB_OF_GATES, &part_fields),
  PART(S, "layout_pct", layout_pct, FIELD_NULL_WITH_FIRST | AB_OF_GATES, &part_fields),
  TEXT(S, "decomposition", decomposition, AB_DECOMPOSED),
  ANSWER(S, "adds_up", adds_up, AB_DECOMPOSED),
  OBJECT(S, "calibration", calibration, 0, &calibration_quote_fields),
  PART(S, "machine", machine, 0, &machine_fields),
  OBJECT(S, "pack", pack, FIELD_OMIT, &pack_summary_fields),
  TEXT(S, "results_dir", results_dir, FIELD_OF_MACHINE),
};
const struct field_table ab_result_fields = {
  .schema = "ab", .title = "hakmem-harness ab --json", .size = sizeof(S), FIELDS_OF(result)
};
#undef S
