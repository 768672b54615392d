/* SPDX-License-Identifier: GPL-3.0-or-later */
/* schedule.c: see schedule.h. */
#include "harness/ab/schedule.h"

/* splitmix64's finaliser (Steele, Lea and Flood 2014) over a counter: every word of it may be
 * asked for on its own, which a generator with a state could not do. */
static uint64_t finalise(uint64_t z) {
  z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
  z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
  return z ^ (z >> 31);
}

uint64_t schedule_mix(uint64_t seed, uint64_t index, uint64_t what) {
  return finalise(finalise(seed + UINT64_C(0x9e3779b97f4a7c15) * (index + 1)) +
                  UINT64_C(0xd1b54a32d192ed03) * (what + 1));
}

struct schedule_pair schedule_pair(uint64_t campaign_seed, uint64_t index, bool with_control) {
  uint64_t block = index / SCHEDULE_BLOCK;
  struct schedule_pair p = {
    .index = index,
    .work_seed = schedule_mix(campaign_seed, index, 1) | 1, /* 0 would mean the default seed */
    .layout_seed = schedule_mix(campaign_seed, index, 2),
    .address_seed = schedule_mix(campaign_seed, index, 3),
    .first = (uint32_t)(schedule_mix(campaign_seed, index, 4) >> 63),
    .control_side = (uint32_t)(block & 1),
  };
  p.control = with_control && index % SCHEDULE_BLOCK == schedule_mix(campaign_seed, block, 5) % SCHEDULE_BLOCK;
  return p;
}
