/* SPDX-License-Identifier: GPL-3.0-or-later */
/* other_rules.h: what other tools' rules say of the same rounds, to be put beside ours.
 *
 * Each tool wants runs: whole processes one after the other. Out of a campaign's processes ten runs a side
 * are made, each from a tenth of the side's processes in the order of time: its time is what a timer around
 * the whole of them would show, for each operation. In order: side a's runs are of the campaign's first
 * half and side b's of the second, as those who measure one variant after the other do; interleaved: both
 * are of all of it, which those tools do not do, and which flatters them. The pairs themselves are what
 * tango's rule wants. Knows nothing of campaigns or files. */
#ifndef HARNESS_DATA_OTHER_RULES_H
#define HARNESS_DATA_OTHER_RULES_H

#include <stdbool.h>
#include <stddef.h>

enum { OTHER_RUNS = 10 };

/* A process: its time and operations, all rounds. */
struct other_process {
  double ns, ops;
};

/* gain_pct: how much larger b's time is than a's. */
struct other_ten {
  double mean_pct; /* the source document: the means of ten runs each */
  double welch_p;  /* hyperfine's welch_ttest.py: Welch's t test of the two means, two-sided */
  double rank_p;   /* benchstat: Mann and Whitney's U test, two-sided, exact where no two runs are equal */
};

struct other_pairs {
  double mean_pct, z; /* tango: mean of the pairs' differences without outliers; over its standard error */
};

/* Processes of each side in the order of time, count of each. False where there are fewer than ten of a side. */
bool other_rules_ten(const struct other_process *a, const struct other_process *b, size_t count, bool in_order,
                     struct other_ten *out);
bool other_rules_pairs(const struct other_process *a, const struct other_process *b, size_t count,
                       struct other_pairs *out);

/* For tests. */
double other_rules_welch(const double *x, const double *y, size_t n);
double other_rules_rank(const double *x, const double *y, size_t n);

#endif
