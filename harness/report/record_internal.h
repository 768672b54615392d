/* SPDX-License-Identifier: GPL-3.0-or-later */
/* record_internal.h: between record.c and record_find.c. */
#ifndef HARNESS_REPORT_RECORD_INTERNAL_H
#define HARNESS_REPORT_RECORD_INTERNAL_H

#include "harness/report/record.h"

/* Puts a row into the set, in place of one of the same id; takes json over. Its CSV files, which
 * may be missing, are in csv_dir. */
int record_put_row(struct record_set *set, const char *id, json_t *json, const char *json_path, const char *csv_dir,
                   struct error *err);

#endif
