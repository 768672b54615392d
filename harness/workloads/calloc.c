/* SPDX-License-Identifier: GPL-3.0-or-later */
/* calloc.c: zeroed blocks, small and middling; zeroes are checked at three places. */
#include "harness/workloads/slot_mix.h"

static void run(void *state, uint64_t ops, struct workload_counts *counts) {
  slot_mix_run(state, ops, counts, 16, 4096, 4096, 1);
}

const struct workload workload_calloc = {
  .name = "calloc",
  .summary = "random slot: free, else calloc 16..4096 B and check zeroes",
  .default_slots = 400,
  .default_ops = 1000000,
  .min_threads = 1,
  SIZED_SLOTS_FUNCTIONS(sized_slots_init, run),
};
