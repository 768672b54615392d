/* SPDX-License-Identifier: GPL-3.0-or-later */
/* mid_size.c: the mid-size pool: 1 to 64 KB, each page written once. */
#include "harness/workloads/slot_mix.h"

static void run(void *state, uint64_t ops, struct workload_counts *counts) {
  slot_mix_run(state, ops, counts, 1024, 65536, 4096, 0);
}

const struct workload workload_mid_size = {
  .name = "mid-size",
  .summary = "random slot: free, else malloc 1..64 KB, each page written",
  .default_slots = 256,
  .default_ops = 500000,
  .min_threads = 1,
  SIZED_SLOTS_FUNCTIONS(sized_slots_init, run),
};
