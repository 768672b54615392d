/* SPDX-License-Identifier: GPL-3.0-or-later */
/* realloc.c: growing buffers: a step picks a random slot; an empty one gets 16 B, another one
 * grows by half (and checks that its first and last byte came along), and one that would pass
 * 64 KB is freed. Calls of realloc are neither in allocs nor in frees: whether one moves is the
 * allocator's business. */
#include <stdlib.h>

#include "harness/workloads/marker.h"
#include "harness/workloads/random.h"
#include "harness/workloads/workload.h"

enum { FIRST_BYTES = 16, LIMIT_BYTES = 65536 };

struct slot {
  unsigned char *block;
  uint64_t size;
};

struct state {
  uint64_t random, slots, live_bytes;
  struct slot slot[];
};

static uint64_t state_size(const struct workload_params *p) {
  return sizeof(struct state) + p->slots * sizeof(struct slot);
}

static int init(void *memory, const struct workload_params *p, unsigned thread, void *const *all) {
  struct state *s = memory;
  (void)all;
  s->random = random_start(p->seed, thread);
  s->slots = p->slots;
  return 0;
}

static void run(void *memory, uint64_t ops, struct workload_counts *counts) {
  struct state *s = memory;
  uint64_t allocs = 0, frees = 0, tiny = 0;
  for (uint64_t i = 0; i < ops; i++) {
    BENCH_STEP();
    uint64_t r = random_next(&s->random);
    struct slot *slot = &s->slot[random_below_high(r, s->slots)];
    uint64_t old = slot->size, size = old == 0 ? FIRST_BYTES : old + old / 2 + random_below_low(r, 16);
    if (size > LIMIT_BYTES) {
      free(slot->block);
      *slot = (struct slot){ NULL, 0 };
      s->live_bytes -= old;
      frees++;
      tiny += old <= 1024;
      continue;
    }
    unsigned char *block = old == 0 ? malloc(size) : realloc(slot->block, size);
    if (block == NULL) abort();
    if (old == 0) allocs++;
    else if (block[0] != 1 || block[old - 1] != 1) abort();
    block[0] = block[size - 1] = 1;
    *slot = (struct slot){ block, size };
    s->live_bytes += size - old;
  }
  counts->ops += ops;
  counts->allocs += allocs;
  counts->frees += frees;
  counts->tiny_frees += tiny;
}

static void finish(void *memory, struct workload_counts *counts) {
  struct state *s = memory;
  for (uint64_t i = 0; i < s->slots; i++)
    if (s->slot[i].block != NULL) {
      free(s->slot[i].block);
      counts->frees++;
      counts->tiny_frees += s->slot[i].size <= 1024;
      s->slot[i] = (struct slot){ NULL, 0 };
    }
  s->live_bytes = 0;
}

static uint64_t live_bytes(const void *state) { return ((const struct state *)state)->live_bytes; }

const struct workload workload_realloc = {
  .name = "realloc",
  .summary = "grow the block in a random slot by half, 16 B to 64 KB",
  .default_slots = 400,
  .default_ops = 1000000,
  .min_threads = 1,
  .state_size = state_size,
  .init = init,
  .run = run,
  .finish = finish,
  .live_bytes = live_bytes,
};
