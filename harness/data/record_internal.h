/* SPDX-License-Identifier: GPL-3.0-or-later */
/* record_internal.h: between record.c, record_find.c, record_make.c and record_save.c. */
#ifndef HARNESS_DATA_RECORD_INTERNAL_H
#define HARNESS_DATA_RECORD_INTERNAL_H

#include "harness/core/content_hash.h"
#include "harness/data/record.h"

/* Puts a row into the set, in place of one of the same id; takes it over, also where it fails. */
int record_put_row(struct record_set *set, struct record_row *row, struct error *err);
void record_row_free(struct record_row *row);

/* pairs.csv and rounds.csv as text; *text is to be freed. */
int record_samples_text(const struct record_samples *s, bool rounds, char **text, size_t *length, struct error *err);

#endif
