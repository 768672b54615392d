/* SPDX-License-Identifier: GPL-3.0-or-later */
/* ab_print.h: a result of `ab` for people. */
#ifndef HARNESS_AB_AB_PRINT_H
#define HARNESS_AB_AB_PRINT_H

#include <stdio.h>

#include "harness/data/ab_result.h"

void ab_print(FILE *f, const struct ab_result *result);

/* arms_print.c: the table of any number of commands or libraries, no wider than so many columns. */
void ab_print_arms(FILE *f, const struct ab_result *result, unsigned columns);

#endif
