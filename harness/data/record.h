/* SPDX-License-Identifier: GPL-3.0-or-later */
/* record.h: what was measured, in the small form that is kept: the only input of pages and plots.
 *
 * A set is a folder with one folder for each row (a phase, "cumulative"), and for what goes with
 * them: sites (verify --all), calibration, peers, audit. A row has record.json and, where it was
 * timed, pairs.csv (every pair: time for each operation of both processes) and rounds.csv (all
 * rounds of every k-th pair, evenly thinned: RECORD_ROUND_PAIRS pairs at most). `phases` writes
 * sets; a folder of `ab`, `verify`, `calibrate` or `peers` is read as a set of one. Reading changes
 * nothing on disk. */
#ifndef HARNESS_DATA_RECORD_H
#define HARNESS_DATA_RECORD_H

#include <limits.h>

#include "harness/core/results.h"
#include "harness/data/csv_tables.h"
#include "harness/data/phase_record.h"
#include "harness/data/read_only.h"

enum { RECORD_ROUND_PAIRS = 36, RECORD_ROWS_MAX = 64, RECORD_ID_MAX = 64 };

/* A campaign's samples in their kept form and precision. */
struct record_samples {
  LIST_OF(struct record_pair) pairs;
  LIST_OF(struct record_round) rounds;
};

struct record_row {
  char id[RECORD_ID_MAX];
  char digest[65];           /* sha256 over its files, in hex */
  char *json_path;           /* record.json, or result.json of an `ab` by itself */
  struct phase_record phase; /* of an `ab` by itself: ab alone */
  struct record_samples samples;
};

struct record_set {
  struct record_row row[RECORD_ROWS_MAX];
  size_t rows;
  struct ab_step0 *sites; /* NULL: none recorded, these four alike */
  struct calibration_result *calibration;
  struct peers_record *peers;
  struct audit_record *audit;
  char *sites_path, *calibration_path, *peers_path, *audit_path; /* their files */
  char from[PATH_MAX];                                           /* of the last folder added */
};

/* Adds what is in a folder; rows and parts that are there already are replaced. -ENOENT where the
 * folder holds nothing of ours; -EBADMSG where a file is broken. */
int record_set_add(struct record_set *set, const char *dir, struct error *err);
/* Folders given, else the newest of each kind under `results`, else the repository's own record;
 * -ENOENT with what to run where there is nothing at all. */
int record_set_find(struct record_set *set, char *const *dirs, const char *results_dir, struct error *err);
void record_set_free(struct record_set *set);
const struct record_row *record_set_row(const struct record_set *set, const char *id);
/* NULL where nothing was timed, and of no row. */
const struct ab_result *record_row_ab(const struct record_row *row);
const struct ab_step0 *record_row_step0(const struct record_row *row);
/* Gain in percent: as recorded where that comes from the model of the core's width (core_model.h); of older
 * records computed anew from the pairs, the trimmed mean with its interval at the level of the recorded look. Unknown
 * where there are no pairs. */
struct estimate record_row_gain(const struct record_row *row, bool control);
struct estimate record_row_mean_gain(const struct record_row *row);

/* record_make.c: from a campaign's folder (rounds.csv, processes.csv) and what its result says of
 * the core. -ENOENT: nothing was timed there. */
int record_make(const char *campaign_dir, const struct ab_core *core, struct record_samples *out, struct error *err);
void record_samples_free(struct record_samples *s);

/* record_save.c: pairs.csv and rounds.csv; what is there already is replaced, and goes away where
 * there are no samples. */
int record_samples_write(const struct record_samples *s, struct results *into, struct error *err);
/* A struct as JSON without folders of this machine: what may be published. */
int record_publish(struct results *into, const char *file, const struct field_table *table, const void *object,
                   struct error *err);
int record_publish_json(struct results *into, const char *file, json_t *value, struct error *err);
/* Writes a set into a folder, its files without folders of this machine: what record_set_add reads. */
int record_set_save(const struct record_set *set, const struct results *to, struct error *err);

#endif
