/* SPDX-License-Identifier: GPL-3.0-or-later */
/* large_bursts.c: all `slots` get a block of 64 KB to 1 MB, a byte written in nearly each page (not
 * always in the same lines of the cache), then all are freed in the order of their allocation, and so
 * on. Who keeps nothing between bursts faults in the pages of each. */
#include <stdlib.h>

#include "harness/workloads/marker.h"
#include "harness/workloads/random.h"
#include "harness/workloads/workload.h"

enum { LEAST = 65537, SPAN = 1048576 - LEAST + 1, PAGE = 4096, LINE = 64 };

struct slot {
  unsigned char *block;
  uint64_t size;
};

struct state {
  uint64_t random, slots, first, end; /* slot[first..end) hold blocks */
  uint64_t shrinking, live_bytes;
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

static void drop_first(struct state *s) {
  struct slot *slot = &s->slot[s->first++];
  free(slot->block);
  s->live_bytes -= slot->size;
}

static void run(void *memory, uint64_t ops, struct workload_counts *counts) {
  struct state *s = memory;
  uint64_t allocs = 0, frees = 0;
  for (uint64_t i = 0; i < ops; i++) {
    BENCH_STEP();
    if (!s->shrinking) {
      uint64_t size = LEAST + random_below_low(random_next(&s->random), SPAN);
      unsigned char *block = malloc(size);
      if (block == NULL) abort();
      for (uint64_t at = 0; at < size; at += PAGE + LINE) block[at] = 1;
      block[size - 1] = 1;
      s->slot[s->end++] = (struct slot){ block, size };
      s->live_bytes += size;
      allocs++;
      s->shrinking = s->end == s->slots;
    } else {
      drop_first(s);
      frees++;
      if (s->first == s->end) s->first = s->end = s->shrinking = 0;
    }
  }
  counts->ops += ops;
  counts->allocs += allocs;
  counts->frees += frees;
}

static void finish(void *memory, struct workload_counts *counts) {
  struct state *s = memory;
  for (; s->first < s->end; counts->frees++) drop_first(s);
}

static uint64_t live_bytes(const void *state) { return ((const struct state *)state)->live_bytes; }

const struct workload workload_large_bursts = {
  .name = "large-bursts",
  .summary = "all slots get 64 KB..1 MB and write to their pages, then all are freed",
  .default_slots = 64,
  .default_ops = 20000,
  .min_threads = 1,
  .state_size = state_size,
  .init = init,
  .run = run,
  .finish = finish,
  .live_bytes = live_bytes,
};
