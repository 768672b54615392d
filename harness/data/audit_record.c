/* SPDX-License-Identifier: GPL-3.0-or-later */
/* audit_record.c: the tables of audit_record.h. */
#include "harness/data/audit_record.h"

#include "harness/data/tables.h"

#define S struct atomic_step
static const struct field step[] = { TEXT(S, "file", file, 0), COUNT(S, "line", line, 0), TEXT(S, "what", what, 0) };
static const struct field_table step_fields = { .size = sizeof(S), FIELDS_OF(step) };
static const struct field call[] = { TEXT(S, "file", file, 0), COUNT(S, "line", line, 0),
                                     TEXT(S, "function", what, 0) };
static const struct field_table call_fields = { .size = sizeof(S), FIELDS_OF(call) };
#undef S

#define S struct atomic_env
static const struct field env[] = { TEXT(S, "name", name, 0), TEXT(S, "default", otherwise, 0) };
static const struct field_table env_fields = { .size = sizeof(S), FIELDS_OF(env) };
#undef S

#define S struct atomic_record
static const struct field atomic[] = {
  TEXT(S, "file", file, 0),
  COUNT(S, "line", line, 0),
  COUNT(S, "column", column, 0),
  TEXT(S, "function", function, 0),
  TEXT(S, "variable", variable, 0),
  TEXT(S, "location", location, 0),
  TEXT(S, "op", op, 0),
  TEXT(S, "order", order, 0),
  WORD(S, "class", class, 0, audit_class_names),
  TEXT(S, "reason", reason, 0),
  LIST(S, "witness", witness, 0, &step_fields),
  LIST(S, "calls", calls, 0, &call_fields),
  ANSWER(S, "barrier_risk", barrier_risk, 0),
  WORD(S, "path", path, 0, code_path_names),
  TEXT(S, "path_source", path_source, 0),
  NUMBER(S, "hits_per_op", hits_per_op, 0),
  OBJECT(S, "env_gate", env_gate, 0, &env_fields),
  TEXT(S, "compile_gate", compile_gate, 0),
};
const struct field_table atomic_record_fields = { .size = sizeof(S), FIELDS_OF(atomic) };
#undef S

#define S struct audit_totals
static const struct field totals[] = {
  COUNT(S, "atomics", atomics, 0),
  COUNT(S, "TELEMETRY", telemetry, 0),
  COUNT(S, "UNKNOWN", unknown, 0),
  COUNT(S, "CORRECTNESS", correctness, 0),
  COUNT(S, "telemetry_ungated", telemetry_ungated, 0),
  COUNT(S, "units", units, 0),
  COUNT(S, "units_failed", units_failed, 0),
};
const struct field_table audit_totals_fields = { .size = sizeof(S), FIELDS_OF(totals) };
#undef S

#define S struct audit_failed_unit
static const struct field failed_unit[] = { TEXT(S, "file", file, 0), TEXT(S, "reason", reason, 0) };
static const struct field_table failed_unit_fields = { .size = sizeof(S), FIELDS_OF(failed_unit) };
#undef S

#define S struct audit_record
static const struct field audit[] = {
  LIST(S, "atomics", atomics, AUDIT_DONE, &atomic_record_fields),
  PART(S, "totals", totals, AUDIT_DONE, &audit_totals_fields),
  ANSWER(S, "complete", complete, AUDIT_DONE),
  LIST(S, "failed_units", failed_units, AUDIT_DONE, &failed_unit_fields),
  TEXTS(S, "notes", notes, AUDIT_DONE),
  NUMBER(S, "seconds", seconds, AUDIT_DONE),
  TEXT(S, "error", error, FIELD_OMIT),
};
const struct field_table audit_record_fields = {
  .schema = "audit", .title = "the audit that is kept with the phases", .size = sizeof(S), FIELDS_OF(audit)
};
#undef S
