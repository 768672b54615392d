/* SPDX-License-Identifier: GPL-3.0-or-later */
/* merge.h: the results of one pack on several machines, put together.
 *
 * merge_read.c reads one result, as hostile data, and judges its pairs as `ab` would have. merge.c chooses what is of
 * one question, groups it by the machine's model and gives the summary over models (data/random_effects.h).
 * merge_page.c writes the page and the picture. */
#ifndef HARNESS_FLEET_MERGE_H
#define HARNESS_FLEET_MERGE_H

#include "harness/core/exit_codes.h"
#include "harness/core/results.h"
#include "harness/core/words.h"
#include "harness/data/merge_result.h"
#include "harness/data/pack_plan.h"

enum { MERGE_RESULTS_MAX = 4096 };

/* Pairs that are held of one result: of more, every second, fourth … is taken, a systematic sample whose interval
 * is wider. 30,000 pairs give a half-width of a hundredth of a percent. */
enum { MERGE_PAIRS_MAX = 32768 };

struct merge_input {
  char *file;
  struct pack_head head;
  char *model;          /* of its machine, in words that can be printed */
  struct merge_run run; /* moved into the result by merge_results() */
  char why[256];        /* it cannot be used; "": it can */
  char cut[128];        /* it is used up to its last whole line; "": whole */
};
/* Fills everything; 0, or -ENOMEM. A file that is no result, damaged, or too short has its reason in why. */
int merge_read(const char *file, struct merge_input *in, struct error *err);
void merge_input_free(struct merge_input *in);

/* Files under a name: itself, or a folder's pairs.jsonl, up to three folders down, without following links.
 * ERROR_USAGE: it is not there, or there are more than MERGE_RESULTS_MAX. */
int merge_find(const char *name, struct words *files, struct error *err);
/* Reads and merges them into *r, which fields_init has seen. pack: hash that they must be of, NULL: that of most. */
int merge_results(char *const *files, size_t count, const char *pack, struct merge_result *r, struct error *err);
/* The page, the picture where there is gnuplot, and the object itself as result.json, into the folder. */
int merge_write(struct merge_result *r, const struct field_table *table, struct results *results, int quiet,
                struct error *err);
enum exit_code merge_exit_code(const struct merge_result *r);
void merge_print(FILE *f, const struct merge_result *r);

#endif
