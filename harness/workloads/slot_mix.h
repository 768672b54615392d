/* SPDX-License-Identifier: GPL-3.0-or-later */
/* slot_mix.h: random_mixed's pattern for other sizes: a step picks a random slot and frees what
 * is there, else allocates, checks zeroes where it was calloc, and touches some bytes. The
 * workload that includes it fixes sizes and kind, which the compiler then folds. (random_mixed
 * keeps its own loop: its exact steps are a contract.) */
#ifndef HARNESS_WORKLOADS_SLOT_MIX_H
#define HARNESS_WORKLOADS_SLOT_MIX_H

#include "harness/workloads/sized_slots.h"

/* Sizes min..max; one byte in every `stride` is written, and the last. */
static inline void slot_mix_run(void *state, uint64_t ops, struct workload_counts *counts, uint64_t min, uint64_t max,
                                uint64_t stride, int zeroed) {
  struct sized_slots *s = state;
  struct workload_counts c = { .ops = ops };
  for (uint64_t i = 0; i < ops; i++) {
    BENCH_STEP();
    uint64_t r = random_next(&s->random);
    struct sized_slot *slot = &s->slot[random_below_high(r, s->slots)];
    if (slot->block != NULL) {
      sized_slots_free(s, slot, &c);
      continue;
    }
    uint64_t size = min + random_below_low(r, max - min + 1);
    unsigned char *block = zeroed ? calloc(1, size) : malloc(size);
    if (block == NULL) abort();
    if (zeroed && (block[0] | block[size / 2] | block[size - 1]) != 0) abort();
    for (uint64_t k = 0; k < size; k += stride) block[k] = 1;
    if (min > 0 || size > 0) block[size - 1] = 1; /* folded where sizes start above 0 */
    sized_slots_put(s, slot, block, size, &c);
  }
  sized_slots_add(counts, &c);
}

#endif
