/* SPDX-License-Identifier: GPL-3.0-or-later */
/* units.h: numbers as people read them, with their unit. */
#ifndef HARNESS_CORE_UNITS_H
#define HARNESS_CORE_UNITS_H

#include <stddef.h>
#include <stdio.h>

/* "12.3 ms", three digits, of nanoseconds; "-" for NaN. Into buf; buf. */
const char *units_time(double ns, char *buf, size_t size);
/* "12.3 MB", powers of 1000; "-" for NaN. */
const char *units_bytes(double bytes, char *buf, size_t size);
/* Columns of the terminal on fd; without one, those of COLUMNS, else 80. At least 40. */
unsigned units_columns(int fd);

/* Text of many lines, each broken at blanks so that none is wider; what goes on is indented by four. A word that
 * is wider than a line is not broken. */
void units_wrap(FILE *f, const char *text, unsigned columns);

#endif
