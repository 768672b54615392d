/* SPDX-License-Identifier: GPL-3.0-or-later */
/* producer_consumer.c: one-way traffic: thread 2k only allocates, thread 2k+1 only frees what it
 * gets, through a queue of `slots` blocks. A step is one block; every round ends with an empty
 * queue. Allocators that keep a freed block with the thread that freed it starve or hoard here. */
#include <stdlib.h>

#include "harness/core/bench_clock.h"
#include "harness/workloads/marker.h"
#include "harness/workloads/random.h"
#include "harness/workloads/workload.h"

struct state {
  uint64_t random, capacity;
  struct state *producer; /* of a consumer; NULL in a producer */
  uint64_t position;      /* blocks put, or taken, by this thread */
  uint64_t other_seen;    /* the other side's counter as last read */
  uint64_t put __attribute__((aligned(128)));
  uint64_t taken __attribute__((aligned(128)));
  void *queue[] __attribute__((aligned(128)));
};

static uint64_t state_size(const struct workload_params *p) { return sizeof(struct state) + p->slots * sizeof(void *); }

static int init(void *memory, const struct workload_params *p, unsigned thread, void *const *all) {
  struct state *s = memory;
  s->random = random_start(p->seed, thread);
  s->capacity = p->slots;
  s->producer = thread % 2 == 1 ? all[thread - 1] : NULL;
  return 0;
}

static void produce(struct state *s, uint64_t ops) {
  uint64_t index = s->position % s->capacity;
  for (uint64_t i = 0; i < ops; i++) {
    BENCH_STEP();
    uint64_t r = random_next(&s->random);
    size_t size = 16 + (size_t)random_below_low(r, 1009);
    unsigned char *block = malloc(size);
    if (block == NULL) abort();
    block[0] = block[size - 1] = 1;
    unsigned spins = 0;
    while (s->position - s->other_seen >= s->capacity) {
      s->other_seen = __atomic_load_n(&s->taken, __ATOMIC_ACQUIRE); /* the cell is free */
      if (s->position - s->other_seen < s->capacity) break;
      bench_backoff(&spins);
    }
    s->queue[index] = block;
    if (++index == s->capacity) index = 0;
    __atomic_store_n(&s->put, ++s->position, __ATOMIC_RELEASE); /* publishes the cell */
  }
}

static void consume(struct state *s, uint64_t ops) {
  struct state *p = s->producer;
  uint64_t index = s->position % p->capacity;
  for (uint64_t i = 0; i < ops; i++) {
    unsigned spins = 0;
    while (s->position == s->other_seen) {
      s->other_seen = __atomic_load_n(&p->put, __ATOMIC_ACQUIRE); /* sees the cells */
      if (s->position != s->other_seen) break;
      bench_backoff(&spins);
    }
    free(p->queue[index]);
    if (++index == p->capacity) index = 0;
    __atomic_store_n(&p->taken, ++s->position, __ATOMIC_RELEASE); /* the cell may be reused */
  }
}

static void run(void *memory, uint64_t ops, struct workload_counts *counts) {
  struct state *s = memory;
  if (s->producer == NULL) {
    produce(s, ops);
    counts->ops += ops;
    counts->allocs += ops;
  } else {
    consume(s, ops);
    counts->frees += ops;
    counts->tiny_frees += ops;
  }
}

static void finish(void *memory, struct workload_counts *counts) {
  (void)memory;
  (void)counts;
}

const struct workload workload_producer_consumer = {
  .name = "producer-consumer",
  .summary = "one thread allocates 16..1024 B, another frees, in pairs",
  .default_slots = 1024,
  .default_ops = 1000000,
  .min_threads = 2,
  .thread_multiple = 2,
  .state_size = state_size,
  .init = init,
  .run = run,
  .finish = finish,
};
