/* SPDX-License-Identifier: GPL-3.0-or-later */
/* audit_record.h: what the audit found, as it is printed and kept. */
#ifndef HARNESS_DATA_AUDIT_RECORD_H
#define HARNESS_DATA_AUDIT_RECORD_H

#include "harness/core/fields.h"
#include "harness/data/classes.h"

struct atomic_step {
  uint64_t absent;
  char *file;
  int64_t line;
  char *what;
};

struct atomic_env {
  uint64_t absent;
  char *name, *otherwise; /* its default */
};

struct atomic_record {
  uint64_t absent;
  char *file;
  int64_t line, column;
  char *function, *variable, *location, *op, *order;
  enum audit_class class;
  char *reason;
  LIST_OF(struct atomic_step) witness;
  LIST_OF(struct atomic_step) calls; /* what: the calling function */
  enum answer barrier_risk;
  enum code_path path;
  char *path_source;
  double hits_per_op;
  struct atomic_env *env_gate; /* NULL: none */
  char *compile_gate;
};
extern const struct field_table atomic_record_fields;

struct audit_totals {
  uint64_t absent;
  int64_t atomics, telemetry, unknown, correctness, telemetry_ungated, units, units_failed;
};
extern const struct field_table audit_totals_fields;

struct audit_failed_unit {
  uint64_t absent;
  char *file, *reason;
};

struct audit_record {
  uint64_t absent;
  LIST_OF(struct atomic_record) atomics;
  struct audit_totals totals;
  enum answer complete;
  LIST_OF(struct audit_failed_unit) failed_units;
  LIST_OF(char *) notes;
  double seconds;
  char *error; /* why there is none of the above */
};
extern const struct field_table audit_record_fields;
enum { AUDIT_DONE = FIELD_GROUP_1 }; /* all but error */

#endif
