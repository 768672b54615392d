/* SPDX-License-Identifier: GPL-3.0-or-later */
/* ab_print.h: a result of `ab` for people. */
#ifndef HARNESS_AB_AB_PRINT_H
#define HARNESS_AB_AB_PRINT_H

#include <stdbool.h>
#include <stdio.h>

#include "harness/data/ab_result.h"

struct ab_print_how {
  bool verbose; /* all that was measured, not the answer and what it stands on alone */
  bool explain; /* the words that were used, behind it */
};
/* The verdict in colour where f is a terminal that has any. */
void ab_print(FILE *f, const struct ab_result *result, const struct ab_print_how *how);

/* arms_print.c: the table of any number of commands or libraries, no wider than so many columns. */
void ab_print_arms(FILE *f, const struct ab_result *result, unsigned columns, bool verbose);

/* ab_explain.c: what the words mean that stand in a text. */
void ab_explain(FILE *f, const struct ab_result *r, const char *printed, unsigned columns);

#endif
