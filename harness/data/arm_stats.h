/* SPDX-License-Identifier: GPL-3.0-or-later */
/* arm_stats.h: from the times of blocks, in each of which every arm ran once, to a table with ranks.
 *
 * Arms are compared within blocks, so what a minute of the machine does to all of them drops out. The
 * intervals of all pairs hold together at the level (Bonferroni), and with them the rank sets: an arm's
 * first rank is one more than the number of arms that are surely faster, its last one the number of all
 * less those that are surely slower (Klein, Wright and Wieczorek 2020; Mogstad, Romano, Shaikh and Wilhelm
 * 2024). Arms that share ranks are not told apart. */
#ifndef HARNESS_DATA_ARM_STATS_H
#define HARNESS_DATA_ARM_STATS_H

#include "harness/data/arm_result.h"

/* One run of one arm that ended well. */
struct arm_run {
  uint64_t block;
  uint32_t arm, place;
  double ns; /* of an operation; of a command: of the run */
  uint64_t user_ns, system_ns, max_rss_bytes, minor_faults, voluntary, involuntary;
  uint64_t exit_code; /* one that is as good as 0 */
  double elapsed_s;   /* of the campaign at its end */
  uint64_t pmu[4];    /* cycles, instructions, cache and branch misses; UINT64_MAX: not counted */
};

struct arm_table {
  const struct arm_run *run; /* in the order of time */
  size_t runs;
  const bool *failed; /* arms that are in no comparison */
  size_t arms;
  double level, margin_pct;
  struct verdict_company company;
  size_t *taken_back; /* pairs that had a firm verdict but for the company are counted here; NULL: nobody asks */
};

/* Mean, scatter and range of each arm into arm[i], which fields_init has seen, and its ranks; every two arms
 * (a before b) by fields_append into *pairs, a LIST_OF(struct ab_arm_pair). From PAIRS_MIN blocks on by
 * trimmed means and their intervals by blocks of time, below by medians and intervals of order statistics,
 * which hold at any number, and without a verdict. -ENOMEM. */
int arm_stats(const struct arm_table *t, struct ab_arm *arm, void *pairs);

#endif
