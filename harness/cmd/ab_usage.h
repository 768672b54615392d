/* SPDX-License-Identifier: GPL-3.0-or-later */
/* ab_usage.h: what is wrong with a line of `ab`: an option that has nothing to say there is not passed over. */
#ifndef HARNESS_CMD_AB_USAGE_H
#define HARNESS_CMD_AB_USAGE_H

#include "harness/core/command.h"

/* NULL where the line is right. */
const char *ab_usage_complaint(const struct invocation *inv);
/* An option that is given and that a table of runs alone has (--runs, --warmup, --name, exports); NULL: none. With it
 * two sides are two rows of a table. */
const char *ab_usage_tabled(const struct invocation *inv);

#endif
