/* SPDX-License-Identifier: GPL-3.0-or-later */
/* mstress.c: after mimalloc's test-stress: generations of threads that allocate blocks of very
 * different sizes, keep some, free some, and swap some with whatever lies in a shared table, so
 * that blocks change threads and outlive them.
 *
 * It makes its own threads (`threads` in each of GENERATIONS, `ops` steps a thread in all), so
 * pthread_create's own allocations come on top of the counts, and the order of swaps, hence
 * which thread frees what, is not repeatable; allocs and frees are exact. */
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "harness/workloads/marker.h"
#include "harness/workloads/random.h"
#include "harness/workloads/workload.h"

enum { GENERATIONS = 10, TRANSFERS = 1000 };

/* The size lies in the block's first word. */
struct worker {
  struct state *state;
  uint64_t random, ops;
  void **data, **kept; /* mmapped: ops cells each */
  struct workload_counts counts;
};

struct state {
  uint64_t random, slots;
  unsigned threads;
  void *transfer[TRANSFERS];
  struct worker worker[];
};

static uint64_t state_size(const struct workload_params *p) {
  return sizeof(struct state) + p->threads * sizeof(struct worker);
}

static int init(void *memory, const struct workload_params *p, unsigned thread, void *const *all) {
  struct state *s = memory;
  (void)all;
  s->random = random_start(p->seed, thread);
  s->threads = p->threads;
  return 0;
}

static void *make_block(struct worker *w) {
  uint64_t r = random_next(&w->random);
  /* 8..1024 B mostly; 1 in 100 up to 100 KB; 1 in 2000 up to 1 MB */
  uint64_t words = (uint64_t)1 << (r % 8), odds = random_below_high(r, 2000);
  if (odds == 0) words *= 1000;
  else if (odds < 20) words *= 100;
  uint64_t *block = calloc(words, sizeof *block);
  if (block == NULL) abort();
  block[words - 1] = ~words;
  block[0] = words;
  w->counts.allocs++;
  return block;
}

static void drop_block(void *memory, struct workload_counts *counts) {
  uint64_t *block = memory;
  if (block == NULL) return;
  uint64_t words = block[0];
  if (words == 0 || (words > 1 && block[words - 1] != ~words)) abort();
  counts->frees++;
  counts->tiny_frees += words * sizeof *block <= 1024;
  free(block);
}

static void *work(void *arg) {
  struct worker *w = arg;
  struct state *s = w->state;
  uint64_t data = 0, kept = 0;
  for (uint64_t i = 0; i < w->ops; i++) {
    BENCH_STEP();
    uint64_t r = random_next(&w->random);
    if (r % 3 == 0) w->kept[kept++] = make_block(w);
    else w->data[data++] = make_block(w);
    if (data > 0 && (r >> 8) % 3 != 0) {
      uint64_t k = random_below_high(r, data);
      drop_block(w->data[k], &w->counts);
      w->data[k] = w->data[--data];
    }
    if (data > 0 && (r >> 16) % 4 == 0) {
      uint64_t k = random_below_high(r, data), t = (r >> 20) % TRANSFERS;
      /* acq_rel: the block's bytes go with its pointer, both ways */
      void *other = __atomic_exchange_n(&s->transfer[t], w->data[k], __ATOMIC_ACQ_REL);
      if (other != NULL) w->data[k] = other;
      else w->data[k] = w->data[--data];
    }
  }
  while (kept > 0) drop_block(w->kept[--kept], &w->counts);
  while (data > 0) drop_block(w->data[--data], &w->counts);
  return NULL;
}

static void generation(struct state *s, uint64_t ops, struct workload_counts *counts) {
  pthread_t handle[256];
  size_t bytes = (size_t)(ops + 1) * sizeof(void *);
  for (unsigned t = 0; t < s->threads; t++) {
    struct worker *w = &s->worker[t];
    *w = (struct worker){ .state = s, .random = random_start(random_next(&s->random), t), .ops = ops };
    w->data = mmap(NULL, 2 * bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (w->data == MAP_FAILED) abort();
    w->kept = w->data + ops + 1;
    if (pthread_create(&handle[t], NULL, work, w) != 0) abort();
  }
  for (unsigned t = 0; t < s->threads; t++) {
    struct worker *w = &s->worker[t];
    pthread_join(handle[t], NULL);
    munmap(w->data, 2 * bytes);
    counts->allocs += w->counts.allocs;
    counts->frees += w->counts.frees;
    counts->tiny_frees += w->counts.tiny_frees;
    counts->ops += ops;
  }
}

static void run(void *memory, uint64_t ops, struct workload_counts *counts) {
  struct state *s = memory;
  for (uint64_t g = 0; g < GENERATIONS; g++) {
    generation(s, ops * (g + 1) / GENERATIONS - ops * g / GENERATIONS, counts);
    /* as in the original, half of what lies on the table goes after each generation */
    for (unsigned i = 0; i < TRANSFERS; i += 2) {
      drop_block(s->transfer[i], counts);
      s->transfer[i] = NULL;
    }
  }
}

static void finish(void *memory, struct workload_counts *counts) {
  struct state *s = memory;
  for (unsigned i = 0; i < TRANSFERS; i++) {
    drop_block(s->transfer[i], counts);
    s->transfer[i] = NULL;
  }
}

const struct workload workload_mstress = {
  .name = "mstress",
  .summary = "generations of threads that keep, free and swap blocks of 8 B to 1 MB",
  .default_slots = 1000,
  .default_ops = 100000,
  .min_threads = 1,
  .default_threads = 4,
  .own_threads = true,
  .state_size = state_size,
  .init = init,
  .run = run,
  .finish = finish,
};
