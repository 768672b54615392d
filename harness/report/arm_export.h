/* SPDX-License-Identifier: GPL-3.0-or-later */
/* arm_export.h: the table of any number of commands or libraries in the forms of other tools. */
#ifndef HARNESS_REPORT_ARM_EXPORT_H
#define HARNESS_REPORT_ARM_EXPORT_H

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

/* Writes (over) path; "-": stdout. JSON is the result by its own schema; hyperfine's and Google Benchmark's have each
 * run's time, from timings.csv in the results folder. Arms that failed have no numbers. */
int arm_export(const struct ab_result *result, enum arm_export_form form, const char *path, struct error *err);

#endif
