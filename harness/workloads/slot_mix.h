/* SPDX-License-Identifier: GPL-3.0-or-later */
/* slot_mix.h: random_mixed's pattern for other sizes: a step picks a random slot and frees what
 * is there, else allocates, checks zeroes where it was calloc, and touches some bytes. The
 * workload that includes it fixes sizes and kind, which the compiler then folds. (random_mixed
 * keeps its own loop: its exact steps are a contract.) */
#ifndef HARNESS_WORKLOADS_SLOT_MIX_H
#define HARNESS_WORKLOADS_SLOT_MIX_H

#include <stdlib.h>

#include "harness/workloads/marker.h"
#include "harness/workloads/random.h"
#include "harness/workloads/workload.h"

struct slot_mix_slot {
  unsigned char *block;
  uint64_t size;
};

struct slot_mix {
  uint64_t random, slots, live_bytes;
  struct slot_mix_slot slot[];
};

static uint64_t slot_mix_state_size(const struct workload_params *p) {
  return sizeof(struct slot_mix) + p->slots * sizeof(struct slot_mix_slot);
}

static int slot_mix_init(void *state, const struct workload_params *p, unsigned thread, void *const *all) {
  struct slot_mix *s = state;
  (void)all;
  s->random = random_start(p->seed, thread);
  s->slots = p->slots;
  return 0;
}

static inline void slot_mix_free(struct slot_mix *s, struct slot_mix_slot *slot, struct workload_counts *counts) {
  free(slot->block);
  slot->block = NULL;
  s->live_bytes -= slot->size;
  counts->frees++;
  counts->tiny_frees += slot->size <= 1024;
}

/* Sizes min..max; one byte in every `stride` is written, and the last. */
static inline void slot_mix_run(void *state, uint64_t ops, struct workload_counts *counts, uint64_t min, uint64_t max,
                                uint64_t stride, int zeroed) {
  struct slot_mix *s = state;
  struct workload_counts c = { .ops = ops };
  for (uint64_t i = 0; i < ops; i++) {
    BENCH_STEP();
    uint64_t r = random_next(&s->random);
    struct slot_mix_slot *slot = &s->slot[random_below_high(r, s->slots)];
    if (slot->block != NULL) {
      slot_mix_free(s, slot, &c);
      continue;
    }
    uint64_t size = min + random_below_low(r, max - min + 1);
    unsigned char *block = zeroed ? calloc(1, size) : malloc(size);
    if (block == NULL) abort();
    if (zeroed && (block[0] | block[size / 2] | block[size - 1]) != 0) abort();
    for (uint64_t k = 0; k < size; k += stride) block[k] = 1;
    if (min > 0 || size > 0) block[size - 1] = 1; /* folded where sizes start above 0 */
    slot->block = block;
    slot->size = size;
    s->live_bytes += size;
    c.allocs++;
  }
  counts->ops += c.ops;
  counts->allocs += c.allocs;
  counts->frees += c.frees;
  counts->tiny_frees += c.tiny_frees;
}

static void slot_mix_finish(void *state, struct workload_counts *counts) {
  struct slot_mix *s = state;
  for (uint64_t i = 0; i < s->slots; i++)
    if (s->slot[i].block != NULL) slot_mix_free(s, &s->slot[i], counts);
}

static uint64_t slot_mix_live_bytes(const void *state) { return ((const struct slot_mix *)state)->live_bytes; }

#define SLOT_MIX_FUNCTIONS(run_function)                                                                   \
 .state_size = slot_mix_state_size, .init = slot_mix_init, .run = run_function, .finish = slot_mix_finish, \
 .live_bytes = slot_mix_live_bytes

#endif
