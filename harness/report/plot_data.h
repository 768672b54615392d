/* SPDX-License-Identifier: GPL-3.0-or-later */
/* plot_data.h: from records to what gnuplot reads.
 *
 * A picture is a script of plots/, a table of numbers NAME.dat and its words and scalars NAME.gp,
 * both under one folder. Everything that the picture says is computed here; the scripts draw. */
#ifndef HARNESS_REPORT_PLOT_DATA_H
#define HARNESS_REPORT_PLOT_DATA_H

#include <limits.h>
#include <stddef.h>

#include "harness/data/record.h"

enum { PICTURES_MAX = 256 };

struct picture {
  char name[96];          /* of its files, without ending */
  char id[RECORD_ID_MAX]; /* row that it belongs to, "" the whole */
  const char *script;     /* file in plots/ */
  char caption[200];
};

struct pictures {
  struct picture list[PICTURES_MAX];
  size_t count;
  size_t undrawn;     /* that gnuplot failed on */
  char missing[2048]; /* what could not be drawn, and what would record it; a line each */
};

/* Writes the data of every picture that the set has data for into dir, which exists. */
int plot_data_write(const struct record_set *set, const char *dir, struct pictures *pictures, struct error *err);

/* The true effect of a kind of calibration campaign, where it is known from elsewhere: 0 for equal
 * code. NaN where the record has the campaigns' own pooled estimate in its place, which proves
 * nothing about itself. */
double plot_data_known_truth(const struct calibration_kind *kind, bool same_code);

/* plot_data_row.c: the pictures of one timed row */
int plot_data_row(const struct record_row *row, const char *dir, struct pictures *pictures, struct error *err);
/* plot_data_ends.c: nothing where the core's width is not known */
int plot_data_ends(const struct record_row *row, const char *dir, struct pictures *pictures, struct error *err);
/* What an axis has to show. */
struct plot_span {
  double low, high;
};
void plot_data_widen(struct plot_span *s, double x); /* passes over what is not finite */
/* A picture's two files, opened for writing; both are closed by plot_data_end (-EIO). */
struct plot_files {
  FILE *dat, *gp;
  char path[PATH_MAX];
};
int plot_data_begin(struct plot_files *f, const char *dir, const char *name, struct error *err);
int plot_data_end(struct plot_files *f, struct error *err);
/* name = 'text', quoted for gnuplot; name = number, NaN where not known. */
void plot_data_text(struct plot_files *f, const char *name, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
/* The same for any file of gnuplot's. */
void plot_data_quoted(FILE *f, const char *name, const char *text);
/* A word of a table of numbers, in quotes; NULL is "-". */
void plot_data_cell(FILE *f, const char *text);
void plot_data_number(struct plot_files *f, const char *name, double value);
void plot_data_add(struct pictures *pictures, const char *name, const char *id, const char *script,
                   const char *caption);
void plot_data_missing(struct pictures *pictures, const char *what, const char *how);

/* Renders each picture as NAME.svg, .png and .pdf into out. -ENOEXEC where gnuplot is missing. What gnuplot cannot draw
 * (numbers of a record that it has no axis for) leaves the list and is among the missing. */
int plots_render(struct pictures *pictures, const char *data_dir, const char *out, int quiet, struct error *err);

#endif
