/* SPDX-License-Identifier: GPL-3.0-or-later */
/* sized_slots.h: what most workloads are made of, once: a generator, and slots that hold blocks whose
 * sizes are known, so that live bytes can be told. A workload adds its loop: what a step does. */
#ifndef HARNESS_WORKLOADS_SIZED_SLOTS_H
#define HARNESS_WORKLOADS_SIZED_SLOTS_H

#include <stdlib.h>

#include "harness/workloads/marker.h"
#include "harness/workloads/random.h"
#include "harness/workloads/workload.h"

enum { TINY_BYTES_MAX = 1024 }; /* the most that counts as a tiny block (struct workload_counts) */

struct sized_slot {
  unsigned char *block; /* NULL: empty */
  uint64_t size;
};

struct sized_slots {
  uint64_t random, slots, live_bytes;
  uint64_t first, end;       /* only slot[first..end) may hold blocks */
  uint64_t phase, shrinking; /* for workloads that go in phases */
  struct sized_slot slot[];
};

static inline uint64_t sized_slots_state_size(const struct workload_params *p) {
  return sizeof(struct sized_slots) + p->slots * sizeof(struct sized_slot);
}

/* Any slot may hold a block. */
static inline int sized_slots_init(void *state, const struct workload_params *p, unsigned thread, void *const *all) {
  struct sized_slots *s = state;
  (void)all;
  s->random = random_start(p->seed, thread);
  s->slots = s->end = p->slots;
  return 0;
}

/* Slots are filled in order, from none on. */
static inline int sized_slots_init_empty(void *state, const struct workload_params *p, unsigned thread,
                                         void *const *all) {
  int rc = sized_slots_init(state, p, thread, all);
  ((struct sized_slots *)state)->end = 0;
  return rc;
}

static inline void sized_slots_put(struct sized_slots *s, struct sized_slot *slot, void *block, uint64_t size,
                                   struct workload_counts *counts) {
  *slot = (struct sized_slot){ block, size };
  s->live_bytes += size;
  counts->allocs++;
}

static inline void sized_slots_free(struct sized_slots *s, struct sized_slot *slot, struct workload_counts *counts) {
  free(slot->block);
  slot->block = NULL;
  s->live_bytes -= slot->size;
  counts->frees++;
  counts->tiny_frees += slot->size <= TINY_BYTES_MAX;
}

static inline void sized_slots_add(struct workload_counts *sum, const struct workload_counts *c) {
  sum->ops += c->ops;
  sum->allocs += c->allocs;
  sum->frees += c->frees;
  sum->tiny_frees += c->tiny_frees;
}

static inline void sized_slots_finish(void *state, struct workload_counts *counts) {
  struct sized_slots *s = state;
  for (uint64_t i = s->first; i < s->end; i++)
    if (s->slot[i].block != NULL) sized_slots_free(s, &s->slot[i], counts);
}

static inline uint64_t sized_slots_live_bytes(const void *state) {
  return ((const struct sized_slots *)state)->live_bytes;
}

/* The end of a workload whose slots hold blocks of tiny size, without sizes. */
static inline void tiny_slots_finish(void **slot, uint64_t slots, struct workload_counts *counts) {
  for (uint64_t i = 0; i < slots; i++) {
    if (slot[i] == NULL) continue;
    free(slot[i]);
    slot[i] = NULL;
    counts->frees++;
    counts->tiny_frees++;
  }
}

#define SIZED_SLOTS_FUNCTIONS(init_function, run_function)                                                       \
 .state_size = sized_slots_state_size, .init = init_function, .run = run_function, .finish = sized_slots_finish, \
 .live_bytes = sized_slots_live_bytes

#endif
