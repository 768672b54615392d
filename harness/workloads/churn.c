/* SPDX-License-Identifier: GPL-3.0-or-later */
/* churn.c: memory given back or not: bursts. A phase fills all `slots` with blocks of one range
 * of sizes and then frees nine tenths of them at random; the next phase wants another range. A
 * tenth of each phase stays, scattered, so that an allocator that cannot reuse partly empty
 * regions grows. The runner reports RSS beside the bytes that are live (requested_bytes). */
#include <stdlib.h>

#include "harness/workloads/marker.h"
#include "harness/workloads/random.h"
#include "harness/workloads/workload.h"

static const struct {
  uint32_t min, span;
} ranges[] = {
  { 16, 113 }, { 128, 385 }, { 512, 513 }, { 1024, 3073 }, { 32, 33 }, { 4096, 12289 }, { 16, 1009 },
};
enum { RANGES = sizeof ranges / sizeof ranges[0] };

struct slot {
  unsigned char *block;
  uint64_t size;
};

struct state {
  uint64_t random, slots, used, phase, live_bytes;
  uint64_t shrinking;
  struct slot slot[]; /* slot[0..used) hold blocks */
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
    if (!s->shrinking) {
      uint64_t size = ranges[s->phase % RANGES].min + random_below_low(r, ranges[s->phase % RANGES].span);
      unsigned char *block = malloc(size);
      if (block == NULL) abort();
      block[0] = block[size - 1] = 1;
      s->slot[s->used++] = (struct slot){ block, size };
      s->live_bytes += size;
      allocs++;
      if (s->used == s->slots) s->shrinking = 1;
    } else {
      struct slot *slot = &s->slot[random_below_high(r, s->used)];
      free(slot->block);
      frees++;
      tiny += slot->size <= 1024;
      s->live_bytes -= slot->size;
      *slot = s->slot[--s->used];
      if (s->used <= s->slots / 10) {
        s->shrinking = 0;
        s->phase++;
      }
    }
  }
  counts->ops += ops;
  counts->allocs += allocs;
  counts->frees += frees;
  counts->tiny_frees += tiny;
}

static void finish(void *memory, struct workload_counts *counts) {
  struct state *s = memory;
  while (s->used > 0) {
    struct slot *slot = &s->slot[--s->used];
    free(slot->block);
    counts->frees++;
    counts->tiny_frees += slot->size <= 1024;
  }
  s->live_bytes = 0;
}

static uint64_t live_bytes(const void *state) { return ((const struct state *)state)->live_bytes; }

const struct workload workload_churn = {
  .name = "churn",
  .summary = "bursts of changing sizes; watch RSS beside the live bytes",
  .default_slots = 20000,
  .default_ops = 1000000,
  .min_threads = 1,
  .state_size = state_size,
  .init = init,
  .run = run,
  .finish = finish,
  .live_bytes = live_bytes,
};
