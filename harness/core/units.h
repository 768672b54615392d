/* SPDX-License-Identifier: GPL-3.0-or-later */
/* units.h: numbers as people read them, with their unit. */
#ifndef HARNESS_CORE_UNITS_H
#define HARNESS_CORE_UNITS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

/* "12.3 ms", three digits, of nanoseconds; "-" for NaN. Into buf; buf. */
const char *units_time(double ns, char *buf, size_t size);
/* "12.3 MB", powers of 1000; "-" for NaN. */
const char *units_bytes(double bytes, char *buf, size_t size);
/* "1 pair", "2 pairs": what stands behind a number, one where that is 1. */
const char *units_plural(uint64_t n, const char *one, const char *many);
/* Columns of the terminal on fd; without one, those of COLUMNS, else 80. At least 40. */
unsigned units_columns(int fd);

/* Text of many lines, each broken at blanks so that none is wider; what goes on is indented by four. A word that
 * is wider than a line is not broken. */
void units_wrap(FILE *f, const char *text, unsigned columns);

/* Whether lines are broken for f: it is a screen, or COLUMNS says how wide one is. A pipe gets them whole. */
bool units_breaks(FILE *f);
/* A text of many lines for people: broken as above, else as it is. */
void units_print(FILE *f, const char *text);

/* A copy of a foreign text for people: line ends and tabs stay where keep_lines says so, every other control byte
 * becomes \xHH, so that no name can write over a screen. free() it; NULL: no memory. */
char *units_visible(const char *text, bool keep_lines);
/* The same as a field of CSV: in quotes, those in it doubled. NULL is an empty one. */
void units_csv(FILE *f, const char *text);
/* Columns that a text takes on a screen. */
unsigned units_width(const char *text);
/* Bytes of its beginning that take no more than so many columns; no character is cut in two. */
size_t units_bytes_of_width(const char *text, unsigned columns);

#endif
