/* SPDX-License-Identifier: GPL-3.0-or-later */
/* arm_export.h: the table of any number of commands or libraries in the forms of other tools. */
#ifndef HARNESS_REPORT_ARM_EXPORT_H
#define HARNESS_REPORT_ARM_EXPORT_H

#include <stdbool.h>

#include "harness/data/ab_result.h"

enum arm_export_form {
  ARM_EXPORT_MARKDOWN,
  ARM_EXPORT_CSV,
  ARM_EXPORT_JSON,
  ARM_EXPORT_HYPERFINE,
  ARM_EXPORT_GOOGLE,
  ARM_EXPORT_FORMS
};
extern const char *const arm_export_options[]; /* "export-markdown" and so on, in the order of the forms */

/* Where copies of a table go: opened before anything is measured, so that a place that cannot be written to is said
 * then; what stands there stays until the table is written. */
struct arm_exports {
  struct arm_export_file {
    const char *path; /* NULL: not asked for; "-": stdout */
    int fd;
    bool made; /* it was not there before */
  } file[ARM_EXPORT_FORMS];
  bool to_stdout; /* one of them goes there */
};
/* path: of each form, NULL where it is not wanted. A file of two forms, or stdout of two or beside an object that is
 * printed there (stdout_taken), is ERROR_USAGE. */
int arm_exports_open(struct arm_exports *e, const char *const path[ARM_EXPORT_FORMS], bool stdout_taken,
                     struct error *err);
/* Writes (over) all, the others also where one fails. JSON is the result by its own schema; hyperfine's and Google
 * Benchmark's have each run's time, from timings.csv in the results folder. Arms that failed have no numbers. */
int arm_exports_write(struct arm_exports *e, const struct ab_result *result, struct error *err);
/* Nothing was measured: files that were made for it go again. Also the end of what was written. */
void arm_exports_close(struct arm_exports *e);

#endif
