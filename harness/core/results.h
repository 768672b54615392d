/* SPDX-License-Identifier: GPL-3.0-or-later */
/* results.h: the folder of one measurement.
 *
 * Every measuring command writes DIR/<utc time>-<command>-<name>[-n]/ with result.json, raw
 * samples as CSV and the machine record. Files are written under a temporary name in the
 * folder and renamed; a folder is never reused; all of it belongs to the invoking user. */
#ifndef HARNESS_CORE_RESULTS_H
#define HARNESS_CORE_RESULTS_H

#include <jansson.h>
#include <stdio.h>

#include "harness/core/error.h"
#include "harness/core/fields.h"

struct results {
  char *path; /* the folder, absolute */
  int dir_fd;
};

/* Whether results can be written below out_dir, asked before anything is measured; makes nothing. */
int results_check(const char *out_dir, struct error *err);
/* Creates the folder (and out_dir if missing). name may hold any text: what is not
 * [A-Za-z0-9._-] becomes _. */
int results_create(struct results *r, const char *out_dir, const char *command, const char *name, struct error *err);
/* A folder that says what is to be run, and its file that says so: are they ours? ERROR_REFUSED where another
 * user could have written them. */
int results_check_owner(const char *dir, const char *file, struct error *err);
/* Opens an existing folder for --resume. */
int results_open(struct results *r, const char *path, struct error *err);
/* Opens parent/name, made where it is missing. */
int results_subfolder(const struct results *parent, const char *name, struct results *own, struct error *err);
/* Writes FILE atomically (temporary name, fsync, rename). */
int results_write(struct results *r, const char *file, const char *text, size_t length, struct error *err);
int results_write_json(struct results *r, const char *file, const json_t *value, struct error *err);
/* A struct by its table. */
int results_write_fields(struct results *r, const char *file, const struct field_table *table, const void *object,
                         struct error *err);
/* A stream that is appended to and flushed line by line (raw samples as they are measured). */
FILE *results_append(struct results *r, const char *file, struct error *err);
void results_close(struct results *r);
/* Closes it, and where it has no result.json removes the folder with what was written into it: of a command that
 * cannot go on with it. */
void results_abandon(struct results *r);

#endif
