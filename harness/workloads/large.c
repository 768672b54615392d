/* SPDX-License-Identifier: GPL-3.0-or-later */
/* large.c: direct mappings: 1 to 64 MB, sparsely written, so that mapping is what costs. */
#include "harness/workloads/slot_mix.h"

static void run(void *state, uint64_t ops, struct workload_counts *counts) {
  slot_mix_run(state, ops, counts, 1048576, 67108864, 4194304, 0);
}

const struct workload workload_large = {
  .name = "large",
  .summary = "random slot: free, else malloc 1..64 MB, a byte in 4 MB written",
  .default_slots = 16,
  .default_ops = 20000,
  .min_threads = 1,
  SIZED_SLOTS_FUNCTIONS(sized_slots_init, run),
};
