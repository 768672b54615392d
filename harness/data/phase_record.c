/* SPDX-License-Identifier: GPL-3.0-or-later */
/* phase_record.c: the tables of phase_record.h. */
#include "harness/data/phase_record.h"

#include "harness/data/tables.h"

#define S struct phase_gate_class
static const struct field gate_class[] = {
  TEXT(S, "gate", gate, 0),
  WORD(S, "class", class, 0, audit_class_names),
  TEXT(S, "reason", reason, 0),
  TEXT(S, "source", source, 0),
};
static const struct field_table gate_class_fields = { .size = sizeof(S), FIELDS_OF(gate_class) };
#undef S

#define S struct phase_audit
static const struct field audit[] = {
  WORD(S, "class", class, 0, audit_class_names),
  TEXT(S, "source", source, 0),
  LIST(S, "atomics", atomics, 0, &atomic_record_fields),
};
const struct field_table phase_audit_fields = { .size = sizeof(S), FIELDS_OF(audit) };
#undef S

#define S struct phase_record
static const struct field record[] = {
  TEXT(S, "id", id, 0),
  TEXT(S, "env", env, PHASE_OF_GATES),
  TEXT(S, "with", with, PHASE_OF_GATES),
  TEXT(S, "workload", workload, PHASE_OF_GATES),
  NUMBER(S, "budget_s", budget_s, PHASE_OF_GATES),
  LIST(S, "step1", step1, PHASE_OF_GATES, &gate_class_fields),
  WORD(S, "verdict", verdict, 0, verdict_names),
  TEXT(S, "reason", reason, 0),
  TEXT(S, "advice", advice, PHASE_ADVICE),
  OBJECT(S, "ab", ab, 0, &ab_result_fields),
  OBJECT(S, "step1", audit, PHASE_AUDITED, &phase_audit_fields),
  OBJECT(S, "totals", totals, PHASE_TOTALS, &audit_totals_fields),
  TEXT(S, "date", date, 0),
  PART(S, "machine", machine, 0, &machine_fields),
};
const struct field_table phase_record_fields = {
  .schema = "phase-record", .title = "record.json of a phase", .size = sizeof(S), FIELDS_OF(record)
};
#undef S

enum audit_class phase_record_class(const struct phase_record *r) {
  return r->audit ? r->audit->class : r->step1.count ? r->step1.item[0].class : AUDIT_NONE;
}

enum step0_verdict phase_record_step0(const struct phase_record *r) {
  const struct ab_step0 *s = r->ab ? r->ab->step0 : NULL;
  if (!s) return STEP0_NONE;
  for (size_t i = 0; i < s->per_site.count; i++)
    if (s->per_site.item[i].verdict == STEP0_NONE || s->per_site.item[i].verdict != s->per_site.item[0].verdict)
      return s->verdict;
  return s->per_site.count ? s->per_site.item[0].verdict : s->verdict;
}

#define S struct phases_plan
static const struct field plan[] = {
  TEXT(S, "command", command, 0),
  TEXTS(S, "ids", ids, FIELD_NULL_EMPTY),
  TEXT(S, "workload", workload, 0),
  TEXT(S, "threads", threads, 0),
  COUNT(S, "slots", slots, 0),
  COUNT(S, "seed", seed, 0),
  NUMBER(S, "budget_s", budget_s, 0),
  TEXT(S, "source_dir", source_dir, 0),
  TEXTS(S, "env", env, 0),
  TEXT(S, "user", user, 0),
  NUMBER(S, "timeout_s", timeout_s, 0),
};
const struct field_table phases_plan_fields = {
  .schema = "phases-plan", .title = "phases.json of a run of phases", .size = sizeof(S), FIELDS_OF(plan)
};
#undef S

#define S struct phases_row
static const struct field row[] = {
  TEXT(S, "id", id, 0),
  WORD(S, "step0", step0, 0, step0_verdict_names),
  WORD(S, "step1", step1, 0, audit_class_names),
  WORD(S, "verdict", verdict, 0, verdict_names),
  TEXT(S, "reason", reason, 0),
  PART(S, "gain_pct", gain_pct, FIELD_NULL_WITH_FIRST, &estimate_fields),
  NUMBER(S, "source_pct", source_pct, 0),
  TEXT(S, "source_verdict", source_verdict, 0),
  TEXT(S, "page", page, 0),
};
const struct field_table phases_row_fields = { .size = sizeof(S), FIELDS_OF(row) };
#undef S

#define S struct phases_cumulative
static const struct field cumulative[] = {
  PART(S, "measured_pct", measured_pct, FIELD_NULL_WITH_FIRST, &estimate_fields),
  PART(S, "sum_pct", sum_pct, FIELD_NULL_WITH_FIRST, &estimate_fields),
  NUMBER(S, "source_pct", source_pct, 0),
  WORD(S, "verdict", verdict, 0, verdict_names),
  TEXT(S, "reason", reason, 0),
};
const struct field_table phases_cumulative_fields = { .size = sizeof(S), FIELDS_OF(cumulative) };
#undef S

#define S struct phases_result
static const struct field result[] = {
  LIST(S, "phases", phases, 0, &phases_row_fields),
  OBJECT(S, "cumulative", cumulative, 0, &phases_cumulative_fields),
  ANSWER(S, "partial", partial, 0),
  TEXT(S, "results_dir", results_dir, FIELD_OF_MACHINE),
};
const struct field_table phases_result_fields = {
  .schema = "phases", .title = "hakmem-harness phases --json", .size = sizeof(S), FIELDS_OF(result)
};
const struct field_table phase_result_fields = {
  .schema = "phase", .title = "hakmem-harness phase --json", .size = sizeof(S), FIELDS_OF(result)
};
#undef S
