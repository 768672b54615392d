/* SPDX-License-Identifier: GPL-3.0-or-later */
/* random_mixed.c: the source document's workload. xorshift64, uniform sizes 16..1024 B; a step
 * picks a random slot: if it holds a block, that is freed, else a block is allocated and its
 * first and last byte are written. */
#include <stdlib.h>

#include "harness/workloads/marker.h"
#include "harness/workloads/workload.h"

struct state {
  uint64_t random, slots;
  void *slot[];
};

/* Marsaglia 2003, xorshift64 (13, 7, 17). */
static inline uint64_t next_random(uint64_t *s) {
  uint64_t x = *s;
  x ^= x << 13;
  x ^= x >> 7;
  x ^= x << 17;
  return *s = x;
}

static uint64_t state_size(const struct workload_params *p) { return sizeof(struct state) + p->slots * sizeof(void *); }

static int init(void *memory, const struct workload_params *p, unsigned thread, void *const *all) {
  struct state *s = memory;
  (void)all;
  /* xorshift64 must not start at 0; the odd constant keeps the threads apart */
  s->random = p->seed + 0x9e3779b97f4a7c15u * (thread + 1u);
  if (s->random == 0) s->random = 88172645463325252u;
  s->slots = p->slots;
  return 0;
}

static void run(void *memory, uint64_t ops, struct workload_counts *counts) {
  struct state *s = memory;
  uint64_t random = s->random, allocs = 0, frees = 0;
  const uint64_t slots = s->slots;
  for (uint64_t i = 0; i < ops; i++) {
    BENCH_STEP();
    uint64_t r = next_random(&random);
    /* multiply-shift instead of a division: Lemire 2019 */
    void **slot = &s->slot[(uint64_t)(((unsigned __int128)(r >> 32) * slots) >> 32)];
    if (*slot != NULL) {
      free(*slot);
      *slot = NULL;
      frees++;
    } else {
      size_t size = 16 + (size_t)(((r & 0xffffffffu) * 1009u) >> 32);
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
  for (uint64_t i = 0; i < s->slots; i++)
    if (s->slot[i] != NULL) {
      free(s->slot[i]);
      s->slot[i] = NULL;
      counts->frees++;
      counts->tiny_frees++;
    }
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
