/* SPDX-License-Identifier: GPL-3.0-or-later */
/* numbers.h: numbers as users write them, on the command line and in the environment. */
#ifndef HARNESS_CORE_NUMBERS_H
#define HARNESS_CORE_NUMBERS_H

#include <stdbool.h>
#include <stdint.h>

/* Decimal or 0x…, with k, M or G behind it (powers of 1000). */
bool number_whole(const char *text, uint64_t *value);
/* Above 0 and up to most; the unit, one letter, may stand behind it. */
bool number_positive(const char *text, char unit, double most, double *value);

#endif
