/* SPDX-License-Identifier: GPL-3.0-or-later */
/* remote_free.c: random_mixed where half, or nine tenths, of the frees happen in another thread.
 *
 * Threads stand in a ring. A block to be freed remotely goes into the next thread's inbox, a
 * single-producer single-consumer queue; each step also frees at most one block from the own
 * inbox. A thread that has done its steps goes on emptying its inbox until the thread before it
 * has done its own, so every round ends with empty inboxes and its counts are exact. */
#include "harness/core/bench_clock.h"
#include "harness/workloads/sized_slots.h"

enum { INBOX = 1024 };

struct state {
  uint64_t random, slots, remote_percent;
  struct state *next, *previous;
  uint64_t taken_mine;                /* consumer's copy of taken */
  uint64_t put_next, taken_next_seen; /* producer's view of next's inbox */
  uint64_t rounds;
  /* shared words, each on lines of its own */
  uint64_t put __attribute__((aligned(128)));   /* written by previous */
  uint64_t taken __attribute__((aligned(128))); /* written by this thread */
  uint64_t rounds_done __attribute__((aligned(128)));
  void *inbox[INBOX] __attribute__((aligned(128)));
  void *slot[] __attribute__((aligned(128)));
};

static uint64_t state_size(const struct workload_params *p) { return sizeof(struct state) + p->slots * sizeof(void *); }

static int init(struct state *s, const struct workload_params *p, unsigned thread, void *const *all, unsigned percent) {
  s->random = random_start(p->seed, thread);
  s->slots = p->slots;
  s->remote_percent = percent;
  s->next = all[(thread + 1) % p->threads];
  s->previous = all[(thread + p->threads - 1) % p->threads];
  return 0;
}
static int init_50(void *s, const struct workload_params *p, unsigned thread, void *const *all) {
  return init(s, p, thread, all, 50);
}
static int init_90(void *s, const struct workload_params *p, unsigned thread, void *const *all) {
  return init(s, p, thread, all, 90);
}

/* Frees one block of the inbox; 0 if it is empty. */
static inline int take_one(struct state *s) {
  if (s->taken_mine == __atomic_load_n(&s->put, __ATOMIC_ACQUIRE)) return 0; /* sees the block's pointer */
  free(s->inbox[s->taken_mine++ % INBOX]);
  __atomic_store_n(&s->taken, s->taken_mine, __ATOMIC_RELEASE); /* the cell may be reused */
  return 1;
}

static void run(void *memory, uint64_t ops, struct workload_counts *counts) {
  struct state *s = memory, *next = s->next;
  uint64_t allocs = 0, frees = 0;
  for (uint64_t i = 0; i < ops; i++) {
    BENCH_STEP();
    uint64_t r = random_next(&s->random);
    void **slot = &s->slot[random_below_high(r, s->slots)];
    frees += (uint64_t)take_one(s);
    if (*slot == NULL) {
      size_t size = 16 + (size_t)random_below_low(r, 1009);
      unsigned char *block = malloc(size);
      if (block == NULL) abort();
      block[0] = block[size - 1] = 1;
      *slot = block;
      allocs++;
      continue;
    }
    if (random_below_low(r, 100) >= s->remote_percent) {
      free(*slot);
      frees++;
    } else {
      unsigned spins = 0;
      while (s->put_next - s->taken_next_seen >= INBOX) {
        s->taken_next_seen = __atomic_load_n(&next->taken, __ATOMIC_ACQUIRE);
        if (s->put_next - s->taken_next_seen < INBOX) break;
        if (take_one(s)) frees++;
        else bench_backoff(&spins);
      }
      next->inbox[s->put_next++ % INBOX] = *slot;
      __atomic_store_n(&next->put, s->put_next, __ATOMIC_RELEASE); /* publishes the cell */
    }
    *slot = NULL;
  }
  /* release: the thread behind us must see all that we put before it sees that we are done */
  __atomic_store_n(&s->rounds_done, ++s->rounds, __ATOMIC_RELEASE);
  unsigned spins = 0;
  for (;;) {
    int last = __atomic_load_n(&s->previous->rounds_done, __ATOMIC_ACQUIRE) >= s->rounds;
    while (take_one(s)) frees++;
    if (last) break;
    bench_backoff(&spins);
  }
  counts->ops += ops;
  counts->allocs += allocs;
  counts->frees += frees;
  counts->tiny_frees += frees;
}

static void finish(void *memory, struct workload_counts *counts) {
  struct state *s = memory;
  tiny_slots_finish(s->slot, s->slots, counts);
}

#define COMMON \
 .default_slots = 400, .default_ops = 1000000, .min_threads = 2, .state_size = state_size, .run = run, .finish = finish
const struct workload workload_remote_free_50 = {
  .name = "remote-free-50",
  .summary = "random_mixed, half of the frees in another thread",
  .init = init_50,
  COMMON,
};
const struct workload workload_remote_free_90 = {
  .name = "remote-free-90",
  .summary = "random_mixed, nine tenths of the frees in another thread",
  .init = init_90,
  COMMON,
};
