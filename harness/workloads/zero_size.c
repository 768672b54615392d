/* SPDX-License-Identifier: GPL-3.0-or-later */
/* zero_size.c: very small blocks, a sixteenth of them malloc(0): the least class, and no class at
 * all, which the batch refill has to tell apart (phase 34a). */
#include "harness/workloads/slot_mix.h"

static void run(void *state, uint64_t ops, struct workload_counts *counts) {
  slot_mix_run(state, ops, counts, 0, 15, 4096, 0);
}

const struct workload workload_zero_size = {
  .name = "zero-size",
  .summary = "random slot: free, else malloc 0..15 B",
  .default_slots = 400,
  .default_ops = 1000000,
  .min_threads = 1,
  SIZED_SLOTS_FUNCTIONS(sized_slots_init, run),
};
