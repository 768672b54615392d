/* SPDX-License-Identifier: GPL-3.0-or-later */
/* random_mixed.c: the source document's workload. xorshift64, uniform sizes 16..1024 B; a step
 * picks a random slot: if it holds a block, that is freed, else a block is allocated and its
 * first and last byte are written. */
#include "harness/workloads/sized_slots.h"

struct state {
  uint64_t random, slots;
  void *slot[];
};

static uint64_t state_size(const struct workload_params *p) { return sizeof(struct state) + p->slots * sizeof(void *); }

static int init(void *memory, const struct workload_params *p, unsigned thread, void *const *all) {
  struct state *s = memory;
  (void)all;
  s->random = random_start(p->seed, thread);
  s->slots = p->slots;
  return 0;
}

static void run(void *memory, uint64_t ops, struct workload_counts *counts) {
  struct state *s = memory;
  uint64_t random = s->random, allocs = 0, frees = 0;
  const uint64_t slots = s->slots;
  for (uint64_t i = 0; i < ops; i++) {
    BENCH_STEP();
    uint64_t r = random_next(&random);
    void **slot = &s->slot[random_below_high(r, slots)];
    if (*slot != NULL) {
      free(*slot);
      *slot = NULL;
      frees++;
    } else {
      size_t size = 16 + (size_t)random_below_low(r, 1009);
      unsigned char *block = malloc(size);
      if (block == NULL) abort();
      block[0] = 1;
      block[size - 1] = 1;
      *slot = block;
      allocs++;
    }
  }
  s->random = random;
  counts->ops += ops;
  counts->allocs += allocs;
  counts->frees += frees;
  counts->tiny_frees += frees;
}

static void finish(void *memory, struct workload_counts *counts) {
  struct state *s = memory;
  tiny_slots_finish(s->slot, s->slots, counts);
}

const struct workload workload_random_mixed = {
  .name = "random_mixed",
  .summary = "random slot: free what is there, else malloc 16..1024 B",
  .default_slots = 400,
  .default_ops = 1000000,
  .min_threads = 1,
  .state_size = state_size,
  .init = init,
  .run = run,
  .finish = finish,
};
