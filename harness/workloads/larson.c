/* SPDX-License-Identifier: GPL-3.0-or-later */
/* larson.c: a server's pattern (Larson and Krishnan 1998): a step replaces the block in a random
 * slot; every HANDOVER steps each thread takes over the slots of its neighbour, so that blocks
 * outlive the thread that allocated them and are freed by another. Sizes 8..1000 B as in the
 * usual runs of it. */
#include "harness/core/bench_clock.h"
#include "harness/workloads/sized_slots.h"

enum { HANDOVER = 20000 };

struct state {
  uint64_t random, slots, until_handover;
  struct state *first; /* thread 0's, which holds the barrier */
  struct state *next;
  void **current; /* the slots that this thread works on now */
  void **incoming;
  struct bench_barrier barrier;
  void *slot[] __attribute__((aligned(128)));
};

static uint64_t state_size(const struct workload_params *p) { return sizeof(struct state) + p->slots * sizeof(void *); }

static int init(void *memory, const struct workload_params *p, unsigned thread, void *const *all) {
  struct state *s = memory;
  s->random = random_start(p->seed, thread);
  s->slots = p->slots;
  s->until_handover = HANDOVER;
  s->first = all[0];
  s->next = all[(thread + 1) % p->threads];
  s->current = s->slot;
  s->barrier.threads = p->threads;
  return 0;
}

/* Each thread gives its slots to the next one. */
static void hand_over(struct state *s) {
  s->next->incoming = s->current;
  bench_barrier_wait(&s->first->barrier);
  s->current = s->incoming;
  bench_barrier_wait(&s->first->barrier);
}

static void run(void *memory, uint64_t ops, struct workload_counts *counts) {
  struct state *s = memory;
  uint64_t frees = 0;
  for (uint64_t i = 0; i < ops; i++) {
    BENCH_STEP();
    if (s->until_handover-- == 0) {
      hand_over(s);
      s->until_handover = HANDOVER - 1;
    }
    uint64_t r = random_next(&s->random);
    void **slot = &s->current[random_below_high(r, s->slots)];
    if (*slot != NULL) {
      free(*slot);
      frees++;
    }
    size_t size = 8 + (size_t)random_below_low(r, 993);
    unsigned char *block = malloc(size);
    if (block == NULL) abort();
    block[0] = block[size - 1] = 1;
    *slot = block;
  }
  counts->ops += ops;
  counts->allocs += ops;
  counts->frees += frees;
  counts->tiny_frees += frees;
}

static void finish(void *memory, struct workload_counts *counts) {
  struct state *s = memory;
  tiny_slots_finish(s->current, s->slots, counts);
}

const struct workload workload_larson = {
  .name = "larson",
  .summary = "replace the block in a random slot, 8..1000 B; slots wander between threads",
  .default_slots = 5000,
  .default_ops = 1000000,
  .min_threads = 1,
  .default_threads = 2,
  .state_size = state_size,
  .init = init,
  .run = run,
  .finish = finish,
};
