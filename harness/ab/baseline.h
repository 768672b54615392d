/* SPDX-License-Identifier: GPL-3.0-or-later */
/* baseline.h: side b of a campaign, kept under a name, to be side a of a later one: `ab --save NAME`, and
 * `ab --against NAME`. A stored time is no control, so none is compared: what is kept is the library itself, or
 * the command with the hash of its program, and both sides are measured anew, in pairs. */
#ifndef HARNESS_AB_BASELINE_H
#define HARNESS_AB_BASELINE_H

#include "harness/ab/ab_options.h"
#include "harness/data/ab_result.h"

struct baseline {
  struct ab_baseline_file file;
  char library[4200]; /* of the kept copy; "" for a command */
};

/* Whether a baseline may be called so: -EINVAL. */
int baseline_check_name(const char *name, struct error *err);
/* Side b of o, which was measured as r. -ENOENT: its program is not there any more. */
int baseline_save(const char *name, const struct ab_options *o, const struct ab_result *r, struct error *err);
/* Becomes side a of o, whose strings point into b then. ERROR_USAGE where another kind, machine or workload
 * stands there, or the command's program has changed; anyway: machine and workload are not asked for. */
int baseline_take(const char *name, bool anyway, struct ab_options *o, struct baseline *b, struct error *err);
/* For the result; NULL: no memory. */
struct ab_baseline *baseline_report(const char *name, const struct baseline *b);
void baseline_free(struct baseline *b);

#endif
