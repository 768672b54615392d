/* SPDX-License-Identifier: GPL-3.0-or-later */
/* arm_result.h: what `ab` found of any number of commands or libraries: each by itself, and each two. */
#ifndef HARNESS_DATA_ARM_RESULT_H
#define HARNESS_DATA_ARM_RESULT_H

#include "harness/core/fields.h"
#include "harness/data/stats.h"
#include "harness/data/verdict.h"

struct ab_parameter {
  uint64_t absent;
  char *name, *value;
};

struct ab_arm {
  uint64_t absent;
  char *name, *command;
  LIST_OF(struct ab_parameter) parameters;
  int64_t runs, failures;
  double ns_per_op, low, high; /* trimmed mean of log time with its interval; of a command: of a run */
  double level;
  int64_t rank_first, rank_last; /* at this level, of all ranks together */
  double mean_ns, stddev_ns, median_ns, min_ns, max_ns;
  double user_ns, system_ns; /* means of a run */
  double max_rss_bytes;      /* the largest of a run */
  double page_faults, context_switches, involuntary_switches;
  double cycles, instructions, cache_misses, branch_misses; /* of user mode, means of a run; NaN: not counted */
  char *failure;                                            /* the first one, in words */
};
extern const struct field_table ab_arm_fields;

struct ab_arm_pair {
  uint64_t absent;
  char *a, *b;
  struct estimate gain_pct; /* how much faster a is; all intervals hold together at the level of the arms */
  enum verdict verdict;
};
extern const struct field_table ab_arm_pair_fields;

#endif
