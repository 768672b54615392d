/* SPDX-License-Identifier: GPL-3.0-or-later */
/* large_bursts.c: all `slots` get a block of 64 KB to 1 MB, a byte written in nearly each page (not
 * always in the same lines of the cache), then all are freed in the order of their allocation, and so
 * on. Who keeps nothing between bursts faults in the pages of each. */
#include "harness/workloads/sized_slots.h"

enum { LEAST = 65537, SPAN = 1048576 - LEAST + 1, PAGE = 4096, LINE = 64 };

static void grow(struct sized_slots *s, struct workload_counts *c) {
  uint64_t size = LEAST + random_below_low(random_next(&s->random), SPAN);
  unsigned char *block = malloc(size);
  if (block == NULL) abort();
  for (uint64_t at = 0; at < size; at += PAGE + LINE) block[at] = 1;
  block[size - 1] = 1;
  sized_slots_put(s, &s->slot[s->end++], block, size, c);
  s->shrinking = s->end == s->slots;
}

static void run(void *memory, uint64_t ops, struct workload_counts *counts) {
  struct sized_slots *s = memory;
  struct workload_counts c = { .ops = ops };
  for (uint64_t i = 0; i < ops; i++) {
    BENCH_STEP();
    if (!s->shrinking) {
      grow(s, &c);
      continue;
    }
    sized_slots_free(s, &s->slot[s->first++], &c);
    if (s->first == s->end) s->first = s->end = s->shrinking = 0;
  }
  sized_slots_add(counts, &c);
}

const struct workload workload_large_bursts = {
  .name = "large-bursts",
  .summary = "all slots get 64 KB..1 MB and write to their pages, then all are freed",
  .default_slots = 64,
  .default_ops = 20000,
  .min_threads = 1,
  SIZED_SLOTS_FUNCTIONS(sized_slots_init_empty, run),
};
