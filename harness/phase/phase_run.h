/* SPDX-License-Identifier: GPL-3.0-or-later */
/* phase_run.h: Steps 0 to 4 of the source's phases, into a record.
 *
 * One folder for a run: phases.json (what was asked for), a folder for each row with its record
 * (record.h) and its raw samples under raw/, result.json at the end. Rows that have their record
 * are not measured again, so that a run that was cut off goes on where it stopped. The measuring
 * is ab_run's; the class of what has no gate comes from the audit. */
#ifndef HARNESS_PHASE_PHASE_RUN_H
#define HARNESS_PHASE_PHASE_RUN_H

#include <stdbool.h>
#include <stdint.h>

#include "harness/core/error.h"
#include "harness/core/results.h"
#include "harness/data/record.h"
#include "harness/phase/phase_table.h"

struct phase_run_spec {
  const char *const *ids; /* NULL-terminated; NULL: all rows, and all gates together */
  const char *workload, *threads;
  uint64_t slots, seed;
  double budget_s;        /* of each campaign */
  const char *source_dir; /* NULL: this build's */
  char *const *env;
  const char *user;
  double timeout_s;
  const char *out_dir, *command; /* command: phase or phases, names the folder */
  bool quiet;
  struct phases_plan *plan; /* owns the strings of loaded options, else NULL */
};

/* *result: without pages; to be freed by its table. resume_dir: the folder
 * to go on in, NULL for a new one; the spec's own fields then come from phase_spec_load. Ctrl-C
 * leaves a partial result and returns 0. -ENOENT an unknown id or workload. */
int phase_run(const struct phase_run_spec *spec, const char *resume_dir, struct phases_result *result,
              struct error *err);
/* Fills what phases.json keeps; -EBADMSG. Free with phase_spec_free. */
int phase_spec_load(struct phase_run_spec *spec, const char *dir, struct error *err);
void phase_spec_free(struct phase_run_spec *spec);

/* phase_record.c: one row's record. Without machine paths, so that it can be published. */
struct phase_measure {
  const char *id;                    /* of the record */
  enum verdict stopped;              /* where Step 0 or Step 1 ends it */
  char *const *names;                /* gates, or "all" */
  const char *with, *env, *workload; /* "" none */
};
int phase_record_measured(const struct phase_measure *m, const struct phase_run_spec *spec, const struct results *set,
                          struct error *err);
/* Step 1 alone: the class of every atomic of the row's variable; of the whole tree for 30. */
int phase_record_audit(const struct phase *p, const struct audit_record *audit, const struct results *set,
                       struct error *err);

/* The result's numbers, from the set's records. */
int phase_summary(const struct results *set, bool all, bool partial, struct phases_result *result, struct error *err);

#endif
