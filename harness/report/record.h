/* SPDX-License-Identifier: GPL-3.0-or-later */
/* record.h: what was measured, in the small form that is kept: the only input of pages and plots.
 *
 * A set is a folder with one folder for each row (a phase, "cumulative"), and for what goes with
 * them: sites (verify --all), calibration, peers, audit. A row has record.json and, where it was
 * timed, pairs.csv (every pair: time for each operation of both processes) and rounds.csv (all
 * rounds of every k-th pair, evenly thinned: RECORD_ROUND_PAIRS pairs at most). `phases` writes
 * sets; a folder of `ab`, `verify`, `calibrate` or `peers` is read as a set of one. */
#ifndef HARNESS_REPORT_RECORD_H
#define HARNESS_REPORT_RECORD_H

#include <jansson.h>
#include <limits.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "harness/core/error.h"
#include "harness/core/results.h"
#include "harness/data/stats.h"

enum { RECORD_ROUND_PAIRS = 36, RECORD_ROWS_MAX = 64, RECORD_ID_MAX = 64 };

struct record_pair {
  uint64_t pair;
  bool control;   /* A/A */
  unsigned first; /* side that ran first */
  bool disturbed;
  bool left_out;     /* of the estimates: the core was not in the state that they are of */
  double elapsed_s;  /* of the campaign at its end */
  double ns[2];      /* for each operation: trimmed mean of rounds; 0 out, 1 in */
  double mean_ns[2]; /* ordinary mean */
};

struct record_round {
  uint64_t pair;
  unsigned side, round;
  double ns; /* for each operation */
};

struct record_row {
  char id[RECORD_ID_MAX]; /* an identifier (core/identifier.h), whatever the file says */
  char digest[65];        /* sha256 over its files, in hex */
  json_t *json;           /* record.json; of a folder of `ab`: {"ab": result} */
  struct record_pair *pair;
  size_t pairs;
  struct record_round *round;
  size_t rounds;
};

struct record_set {
  struct record_row row[RECORD_ROWS_MAX];
  size_t rows;
  json_t *sites, *calibration, *peers, *audit; /* NULL: none recorded */
  char from[PATH_MAX];                         /* of the last folder added */
};

/* Adds what is in a folder; rows and parts that are there already are replaced. -ENOENT where the
 * folder holds nothing of ours; -EBADMSG where a file is broken. */
int record_set_add(struct record_set *set, const char *dir, struct error *err);
/* Folders given, else the newest of each kind under `results`, else the repository's own record;
 * -ENOENT with what to run where there is nothing at all. */
int record_set_find(struct record_set *set, char *const *dirs, const char *results_dir, struct error *err);
void record_set_free(struct record_set *set);
const struct record_row *record_set_row(const struct record_set *set, const char *id);
/* The "ab" object of a row, NULL where nothing was timed. */
const json_t *record_row_ab(const struct record_row *row);
/* Gain in percent, computed anew from the pairs: trimmed mean with its interval at the level of
 * the recorded look. Unknown where there are no pairs. */
struct estimate record_row_gain(const struct record_row *row, bool control);
struct estimate record_row_mean_gain(const struct record_row *row);

/* From a campaign's folder (rounds.csv, processes.csv) into pairs.csv and rounds.csv of *into. */
int record_distil(const char *campaign_dir, struct results *into, struct error *err);
/* Writes a set into a folder, without folders of this machine: what record_set_add reads. */
int record_set_save(const struct record_set *set, const struct results *to, struct error *err);

/* The lines of pairs.csv and rounds.csv. 6 digits of a pair's times are a ten-thousandth of a percent. */
#define RECORD_PAIRS_HEAD "pair,kind,first,elapsed_s,out_ns,in_ns,out_mean_ns,in_mean_ns,disturbed,left_out\n"
#define RECORD_PAIRS_LINE "%" PRIu64 ",%s,%u,%.2f,%.6g,%.6g,%.6g,%.6g,%d,%d\n"
#define RECORD_ROUNDS_HEAD "pair,side,round,ns_per_op\n"
#define RECORD_ROUNDS_LINE "%" PRIu64 ",%u,%u,%.4g\n"

#endif
