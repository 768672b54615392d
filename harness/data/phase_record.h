/* SPDX-License-Identifier: GPL-3.0-or-later */
/* phase_record.h: one row of the phases, as it is kept; the run of several; and what they print. */
#ifndef HARNESS_DATA_PHASE_RECORD_H
#define HARNESS_DATA_PHASE_RECORD_H

#include "harness/data/ab_result.h"
#include "harness/data/audit_record.h"

struct phase_gate_class { /* Step 1 of one gate */
  uint64_t absent;
  char *gate;
  enum audit_class class;
  char *reason, *source;
};

struct phase_audit { /* Step 1 of a row without a gate */
  uint64_t absent;
  enum audit_class class;
  char *source;
  LIST_OF(struct atomic_record) atomics;
};

struct phase_record {
  uint64_t absent;
  char *id; /* NULL: of an `ab` by itself */
  char *env, *with, *workload;
  double budget_s;
  LIST_OF(struct phase_gate_class) step1;
  struct phase_audit *audit; /* key step1, too */
  enum verdict verdict;
  char *reason, *advice;
  struct ab_result *ab; /* NULL: nothing was asked of it */
  struct audit_totals *totals;
  char *date;
  struct machine machine;
};
extern const struct field_table phase_record_fields, phase_audit_fields;
enum {
  PHASE_OF_GATES = FIELD_GROUP_1, /* env, with, workload, budget_s, step1 as a list */
  PHASE_AUDITED = FIELD_GROUP_2,  /* step1 as an object */
  PHASE_TOTALS = FIELD_GROUP_3,   /* totals */
  PHASE_ADVICE = FIELD_GROUP_4,   /* advice */
};
/* Step 1's class of a row; AUDIT_NONE: none is recorded. */
enum audit_class phase_record_class(const struct phase_record *r);
/* Step 0's word for a row: that of its sites where they agree (ENV_GATED says more than
 * NOT_EXECUTED), else that of the group. */
enum step0_verdict phase_record_step0(const struct phase_record *r);

/* phases.json: what was asked for. */
struct phases_plan {
  uint64_t absent;
  char *command;
  LIST_OF(char *) ids; /* empty: all */
  char *workload, *threads;
  int64_t slots, seed;
  double budget_s;
  char *source_dir;
  LIST_OF(char *) env;
  char *user;
  double timeout_s;
};
extern const struct field_table phases_plan_fields;

struct phases_row {
  uint64_t absent;
  char *id;
  enum step0_verdict step0;
  enum audit_class step1;
  enum verdict verdict;
  char *reason;
  struct estimate gain_pct;
  double source_pct;
  char *source_verdict, *page;
};

struct phases_cumulative {
  uint64_t absent;
  struct estimate measured_pct, sum_pct;
  double source_pct;
  enum verdict verdict;
  char *reason;
};

/* What `phase` and `phases` print, and keep as result.json. */
struct phases_result {
  uint64_t absent;
  LIST_OF(struct phases_row) phases;
  struct phases_cumulative *cumulative; /* NULL: not all were asked for */
  enum answer partial;
  char *results_dir;
};
extern const struct field_table phases_result_fields, phase_result_fields;
extern const struct field_table phases_row_fields, phases_cumulative_fields;

#endif
