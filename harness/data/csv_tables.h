/* SPDX-License-Identifier: GPL-3.0-or-later */
/* csv_tables.h: the columns of the CSV files of a campaign and of a record. Two of them are called
 * rounds.csv: every round as it was measured in the campaign's folder, and the thinned ones, time
 * alone, in a record's. */
#ifndef HARNESS_DATA_CSV_TABLES_H
#define HARNESS_DATA_CSV_TABLES_H

#include "harness/data/arm_stats.h"
#include "harness/data/columns.h"
#include "harness/data/pairs.h"
#include "harness/data/samples.h"
#include "harness/data/verdict.h"
#include "harness/runner/protocol.h"

/* rounds.csv of a campaign */
struct round_line {
  uint64_t pair;
  uint32_t side, round;
  uint64_t wall_ns, tsc, ops, allocs, frees, tiny_frees;
  uint32_t minor_faults, major_faults, voluntary, involuntary, cpu, migrated, toggled;
  uint64_t pmu[AB_PMU_MAX], enabled_ns, running_ns; /* COLUMN_EMPTY: not counted */
  double width;                                     /* core_probe.h; NaN: not known */
  uint64_t wait_ns;                                 /* without a CPU; COLUMN_EMPTY: not known */
};
extern const struct columns round_columns;

/* processes.csv: what samples.h keeps of a process; the rest of a sample comes from its rounds */
extern const struct columns process_columns;

/* looks.csv */
struct look_line {
  uint32_t look;
  double planned_s;
  uint64_t pairs;
  double alpha, estimate, low, high;
  enum verdict verdict;
  enum pairs_core core;
};
extern const struct columns look_columns;

/* runs.csv: runs that failed. A campaign that has any gives no verdict, now and after a resume. */
struct run_line {
  uint64_t pair; /* its number */
  uint32_t side, place;
  uint64_t exit_code, signal;    /* one of them, the other COLUMN_EMPTY */
  double elapsed_s;              /* of the campaign */
  char output[COLUMNS_TEXT_MAX]; /* the end of what it wrote to stderr, or what the runner says */
};
extern const struct columns run_columns;

/* timings.csv: each run that ended well of any number of commands or libraries: struct arm_run */
extern const struct columns timing_columns;

/* pairs.csv of a record. 6 digits of a pair's times are a ten-thousandth of a percent. */
struct record_pair {
  uint64_t pair;
  enum sample_kind kind;
  uint32_t first;    /* side that ran first */
  double elapsed_s;  /* of the campaign at its end */
  double ns[2];      /* for each operation: trimmed mean of rounds; 0 out, 1 in */
  double mean_ns[2]; /* ordinary mean */
  bool disturbed;
  bool left_out; /* of the estimates: the core was not in the state that they are of */
};
extern const struct columns record_pair_columns;

/* rounds.csv of a record */
struct record_round {
  uint64_t pair;
  uint32_t side, round;
  double ns; /* for each operation */
};
extern const struct columns record_round_columns;

#endif
