/* SPDX-License-Identifier: GPL-3.0-or-later */
/* churn.c: memory given back or not: bursts. A phase fills all `slots` with blocks of one range
 * of sizes and then frees nine tenths of them at random; the next phase wants another range. A
 * tenth of each phase stays, scattered, so that an allocator that cannot reuse partly empty
 * regions grows. The runner reports RSS beside the bytes that are live (requested_bytes). */
#include "harness/workloads/sized_slots.h"

static const struct {
  uint32_t min, span;
} ranges[] = {
  { 16, 113 }, { 128, 385 }, { 512, 513 }, { 1024, 3073 }, { 32, 33 }, { 4096, 12289 }, { 16, 1009 },
};
enum { RANGES = sizeof ranges / sizeof ranges[0] };

static void grow(struct sized_slots *s, uint64_t r, struct workload_counts *c) {
  uint64_t size = ranges[s->phase % RANGES].min + random_below_low(r, ranges[s->phase % RANGES].span);
  unsigned char *block = malloc(size);
  if (block == NULL) abort();
  block[0] = block[size - 1] = 1;
  sized_slots_put(s, &s->slot[s->end++], block, size, c);
  s->shrinking = s->end == s->slots;
}

static void shrink(struct sized_slots *s, uint64_t r, struct workload_counts *c) {
  struct sized_slot *slot = &s->slot[random_below_high(r, s->end)];
  sized_slots_free(s, slot, c);
  *slot = s->slot[--s->end];
  if (s->end > s->slots / 10) return;
  s->shrinking = 0;
  s->phase++;
}

static void run(void *memory, uint64_t ops, struct workload_counts *counts) {
  struct sized_slots *s = memory;
  struct workload_counts c = { .ops = ops };
  for (uint64_t i = 0; i < ops; i++) {
    BENCH_STEP();
    uint64_t r = random_next(&s->random);
    if (s->shrinking) shrink(s, r, &c);
    else grow(s, r, &c);
  }
  sized_slots_add(counts, &c);
}

const struct workload workload_churn = {
  .name = "churn",
  .summary = "bursts of changing sizes; watch RSS beside the live bytes",
  .default_slots = 20000,
  .default_ops = 1000000,
  .min_threads = 1,
  SIZED_SLOTS_FUNCTIONS(sized_slots_init_empty, run),
};
