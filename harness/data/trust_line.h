/* SPDX-License-Identifier: GPL-3.0-or-later */
/* trust_line.h: one campaign whose answer is known, as one line of campaigns.csv: what it said, what the
 * machine did meanwhile, and what other tools' rules say of the same rounds. doc/trust.md is made of it. */
#ifndef HARNESS_DATA_TRUST_LINE_H
#define HARNESS_DATA_TRUST_LINE_H

#include "harness/data/columns.h"
#include "harness/data/core_model.h"
#include "harness/data/other_rules.h"
#include "harness/data/verdict.h"

/* Counted up where the estimator or the rule changes, so that campaigns of another one can be told. */
enum { TRUST_ENGINE = 5 };
/* Other processes had less of the machine's CPU time: what was measured counts as of a quiet one (trust_page.py). */
#define TRUST_QUIET_PCT 10.0

enum trust_workload { TRUST_RANDOM_MIXED, TRUST_REMOTE_FREE, TRUST_REPLAY, TRUST_COMMAND, TRUST_WORKLOADS };
extern const char *const trust_workload_names[];
/* Nothing is added: the same files; the same code in two layouts. Else what is. */
enum trust_kind {
  TRUST_SAME,
  TRUST_RELINKED,
  TRUST_NOPS_1,
  TRUST_NOPS_2,
  TRUST_NOPS_4,
  TRUST_NOPS_8,
  TRUST_NOPS_16,
  TRUST_LOCK_1,
  TRUST_KINDS
};
extern const char *const trust_kind_names[];

struct trust_end {
  uint64_t pairs;                 /* 0: not seen, the rest is NaN */
  double gain, se, df, low, high; /* percent */
  enum verdict verdict;
};

struct trust_line {
  uint32_t engine;
  uint64_t time, seed; /* seconds since 1970 */
  enum trust_workload workload;
  enum trust_kind kind;
  uint32_t threads;
  double budget_s, elapsed_s;
  uint64_t pairs;
  enum verdict verdict;
  enum pairs_core core;
  double gain, se, df, low, high, level; /* percent; NaN: no interval */
  struct trust_end end[CORE_ENDS];
  double ns_per_op, alone_pct, disturbed_pct, steal_pct;
  /* of the machine's CPU time, by other processes than the harness and what it measures; load average at the start */
  double others_pct, load, waiting_pct; /* waiting: of the time somebody had no CPU */
  struct other_ten in_order, interleaved;
  struct other_pairs paired;
  char machine[COLUMNS_TEXT_MAX];
};
extern const struct columns trust_columns;

#endif
