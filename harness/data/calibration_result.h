/* SPDX-License-Identifier: GPL-3.0-or-later */
/* calibration_result.h: what `calibrate` found, and what `ab` quotes of it. */
#ifndef HARNESS_DATA_CALIBRATION_RESULT_H
#define HARNESS_DATA_CALIBRATION_RESULT_H

#include "harness/core/fields.h"
#include "harness/core/machine.h"

struct calibration_injected { /* instructions counted by callgrind */
  uint64_t absent;
  char *name;
  int64_t insns; /* added to each tiny free */
  double insns_per_op, added_per_op, added_per_insn;
};

struct calibration_callgrind {
  uint64_t absent;
  char *status; /* "measured", or why it was not */
  double insns_per_op_out;
  enum answer proportional;
  LIST_OF(struct calibration_injected) injected;
};
extern const struct field_table calibration_callgrind_fields;

struct calibration_verdicts {
  uint64_t absent;
  int64_t go, neutral, no_go, inconclusive, depends;
};

/* What the campaigns of a kind said of one end of the core's width (core_model.h). */
struct calibration_end {
  uint64_t absent;
  char *name;
  int64_t campaigns; /* that saw it */
  double true_pct, true_low, true_high;
  double estimate, chi2_df; /* their weighted mean; their scatter about it in units of their errors (Cochran's Q) */
  double coverage;          /* of the judged ones' intervals */
  struct calibration_verdicts verdicts;
  int64_t contradictions; /* firm verdicts other than the most frequent one */
};

/* Campaigns of one kind, whose answer is known or told by every other one of them. */
struct calibration_kind {
  uint64_t absent;
  char *name;
  double true_pct, true_low, true_high;
  double estimate, low, high; /* pooled */
  int64_t pairs;
  double measured_s;
  int64_t campaigns, judged, false_verdicts;
  double coverage;
  struct calibration_verdicts verdicts;
  double ns_per_op_out, half_width_60s_pct;
  LIST_OF(struct calibration_end) ends; /* empty: the core's width was not known */
};

/* A calibration is of the machine that has the same. */
struct machine_key {
  uint64_t absent;
  char *cpu, *cpu_model;
  int64_t cpus;
  char *kernel;
};
extern const struct field_table machine_key_fields;

struct calibration_result {
  uint64_t absent;
  struct calibration_callgrind *callgrind; /* NULL: left out */
  char *date, *workload;
  double budget_s, margin_pct;
  int64_t campaigns, false_verdicts, neutral; /* of equal code */
  int64_t all_campaigns, all_false_verdicts;
  double coverage, half_width_pct, detectable_pct, core_width_alone, core_alone_pct;
  LIST_OF(struct calibration_kind) same_code;
  double locked_cost_ns;
  LIST_OF(struct calibration_kind) injected;
  enum answer partial;
  struct machine_key machine_key;
  struct machine machine;
  char *results_dir;
};
extern const struct field_table calibration_result_fields;

/* The chief numbers, or status alone: why there are none. */
struct calibration_quote {
  uint64_t absent;
  char *status;
  char *date, *workload;
  int64_t campaigns;
  double budget_s;
  int64_t false_verdicts, neutral;
  double coverage, half_width_pct, detectable_pct, locked_cost_ns, core_width_alone;
  char *results_dir;
};
extern const struct field_table calibration_quote_fields;
enum { CALIBRATION_KNOWN = FIELD_GROUP_1 }; /* all but status */

#endif
