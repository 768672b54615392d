/* SPDX-License-Identifier: GPL-3.0-or-later */
/* merge_result.h: what `merge` and `fleet` found over machines, as it is printed and kept. */
#ifndef HARNESS_DATA_MERGE_RESULT_H
#define HARNESS_DATA_MERGE_RESULT_H

#include "harness/data/ab_result.h"

/* Of all machines together: verdict.h's, and one more. */
enum merge_verdict {
  MERGE_GO,
  MERGE_NEUTRAL,
  MERGE_NO_GO,
  MERGE_INCONCLUSIVE,
  MERGE_MIXED, /* kinds of machine have different firm verdicts */
  MERGE_NONE,
};
extern const char *const merge_verdict_names[];

/* One result that is used. */
struct merge_run {
  uint64_t absent;
  char *file, *node, *run, *date;
  int64_t pairs;       /* in the file */
  int64_t pairs_used;  /* of a very long one every second, fourth … */
  enum answer partial; /* cut off, and used up to its last whole line */
  enum verdict verdict;
  char *reason;
  struct estimate gain_pct, mean_gain_pct, control_pct;
  double disturbed_pct;
  struct verdict_company company; /* as the run itself said; not known of one that was cut off, or of an old version */
  enum pairs_core core;           /* the end of the core's width that the gain is of */
};
extern const struct field_table merge_run_fields;

/* Machines of one model: CPU, family and model, stepping, microcode, kernel, SMT. */
struct merge_machine {
  uint64_t absent;
  char *model; /* all of it in words; what groups them */
  int64_t n;   /* results */
  int64_t pairs;
  struct estimate gain_pct;
  enum verdict verdict;
  char *reason;
  enum pairs_core core;
  LIST_OF(struct merge_run) runs;
};
extern const struct field_table merge_machine_fields;

struct merge_summary {
  uint64_t absent;
  double estimate, low, high;       /* percent; the mean over kinds of machine; interval of Hartung and Knapp */
  double predict_low, predict_high; /* percent: where the effect on a kind of machine lies that is not in the set */
  double level;
  double tau2;    /* between kinds, of log ratios */
  double tau_pct; /* its root, in percent */
  double i2;      /* percent of the spread that is not measurement */
  double q;
  int64_t kinds;
  char *method; /* of tau2 */
  enum merge_verdict verdict;
  char *reason;
};

struct merge_file {
  uint64_t absent;
  char *file, *why;
};

enum merge_node_state { NODE_DONE, NODE_PARTIAL, NODE_LOST, NODE_FAILED, NODE_DAMAGED, NODE_UNKNOWN };
extern const char *const merge_node_state_names[];
struct merge_node {
  uint64_t absent;
  char *name; /* NULL: it never started */
  int64_t element;
  enum merge_node_state state;
  char *reason;
};

struct merge_result {
  uint64_t absent;
  char *pack; /* hash */
  char *subject;
  double margin_pct;
  int64_t layouts; /* of a project's pack: the same on all machines; else unknown: each pair drew its own */
  LIST_OF(struct merge_machine) machines;
  struct merge_summary summary;
  LIST_OF(struct merge_file) left_out;
  LIST_OF(struct merge_file) partial; /* used up to their last whole line */
  char *page, *plot;                  /* files */
  char *plot_missing;                 /* why there is no plot */
  LIST_OF(struct merge_node) nodes;   /* of fleet alone */
  char *job;                          /* Slurm's number */
  char *recipe;                       /* of fleet --print, and nothing else then */
  enum answer interrupted;
  char *results_dir;
};
extern const struct field_table merge_result_fields, fleet_result_fields;

#endif
