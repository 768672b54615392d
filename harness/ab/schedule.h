/* SPDX-License-Identifier: GPL-3.0-or-later */
/* schedule.h: what the n-th pair of a campaign is: a pure function of the campaign's seed, so that
 * a resumed campaign goes on with the same plan and a result can be repeated. */
#ifndef HARNESS_AB_SCHEDULE_H
#define HARNESS_AB_SCHEDULE_H

#include <stdbool.h>
#include <stdint.h>

/* One random pair in each ten is A/A: the live control. */
#define SCHEDULE_BLOCK 10

struct schedule_pair {
  uint64_t index;
  uint64_t work_seed;    /* operation sequence, the same for both of the pair */
  uint64_t layout_seed;  /* order of the functions */
  uint64_t address_seed; /* moves mappings and stack */
  bool control;
  uint32_t control_side; /* which variant stands on both sides of a control: in turn */
  uint32_t first;        /* side that runs first */
};

uint64_t schedule_mix(uint64_t seed, uint64_t index, uint64_t what);
struct schedule_pair schedule_pair(uint64_t campaign_seed, uint64_t index, bool with_control);

#endif
