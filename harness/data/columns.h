/* SPDX-License-Identifier: GPL-3.0-or-later */
/* columns.h: one table of columns for a CSV file, its only writer and its only parser.
 *
 * A line is a struct; the table names each column once. A file is read line by line, and what is not
 * as it was written is refused with its line. */
#ifndef HARNESS_DATA_COLUMNS_H
#define HARNESS_DATA_COLUMNS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "harness/core/error.h"

enum column_type {
  COLUMN_COUNT,  /* uint64_t */
  COLUMN_SMALL,  /* uint32_t */
  COLUMN_SIGNED, /* long */
  COLUMN_REAL,   /* double, by `format` */
  COLUMN_WORD,   /* unsigned (an enum counted from 0), by `names` */
  COLUMN_FLAG,   /* bool, 0 or 1 */
  COLUMN_TEXT,   /* char[COLUMNS_TEXT_MAX], the last of a line: what is no printable character is a blank */
};

/* An empty field, where the column may be empty. */
#define COLUMN_EMPTY UINT64_MAX /* COLUMN_COUNT; of COLUMN_REAL: NaN; of COLUMN_WORD: the number of names */

struct column {
  const char *name;
  enum column_type type;
  size_t offset;
  bool may_be_empty;
  const char *format;       /* of COLUMN_REAL, "%.6g" */
  const char *const *names; /* of COLUMN_WORD, NULL-terminated */
};

struct columns {
  const char *file; /* its name */
  size_t size;      /* of the struct */
  const struct column *column;
  size_t count;
  size_t oldest;      /* a head may lack what comes behind so many, which then may be empty; 0: none */
  const char *advice; /* where the header is another one; NULL: none */
};
#define COLUMNS_OF(array) .column = (array), .count = sizeof(array) / sizeof *(array)

enum { COLUMNS_LINE_MAX = 1024, COLUMNS_TEXT_MAX = 200 };

/* "a,b,c\n" and a line of values, at most COLUMNS_LINE_MAX bytes; the length. */
size_t columns_header(const struct columns *c, char *text);
size_t columns_line(const struct columns *c, const void *row, char *text);
/* The values that the row has once it was written and read again. */
void columns_round(const struct columns *c, void *row);

struct columns_reader {
  const struct columns *columns;
  FILE *f;
  const char *path; /* for messages; borrowed */
  size_t line;
  size_t least; /* columns that the head names */
  bool whole;   /* a last line without its end is an error; else a kill cut it short, and it is not there */
};
/* Takes the header in; the stream stays the caller's. -EBADMSG: it is not the table's. That of an older version may
 * lack the last columns (`oldest`); its lines may have them all the same, since --resume goes on in it. */
int columns_start(struct columns_reader *r, const struct columns *c, FILE *f, const char *path, struct error *err);
/* 1: a row, 0: the end, negative: -EBADMSG with file and line. */
int columns_next(struct columns_reader *r, void *row, struct error *err);

#endif
