/* SPDX-License-Identifier: GPL-3.0-or-later */
/* realloc.c: growing buffers: a step picks a random slot; an empty one gets 16 B, another one
 * grows by half (and checks that its first and last byte came along), and one that would pass
 * 64 KB is freed. Calls of realloc are neither in allocs nor in frees: whether one moves is the
 * allocator's business. */
#include "harness/workloads/sized_slots.h"

enum { FIRST_BYTES = 16, LIMIT_BYTES = 65536 };

static void run(void *memory, uint64_t ops, struct workload_counts *counts) {
  struct sized_slots *s = memory;
  struct workload_counts c = { .ops = ops };
  for (uint64_t i = 0; i < ops; i++) {
    BENCH_STEP();
    uint64_t r = random_next(&s->random);
    struct sized_slot *slot = &s->slot[random_below_high(r, s->slots)];
    uint64_t old = slot->block == NULL ? 0 : slot->size;
    uint64_t size = old == 0 ? FIRST_BYTES : old + old / 2 + random_below_low(r, 16);
    if (size > LIMIT_BYTES) {
      sized_slots_free(s, slot, &c);
      continue;
    }
    unsigned char *block = old == 0 ? malloc(size) : realloc(slot->block, size);
    if (block == NULL) abort();
    if (old != 0 && (block[0] != 1 || block[old - 1] != 1)) abort();
    block[0] = block[size - 1] = 1;
    if (old == 0) {
      sized_slots_put(s, slot, block, size, &c);
    } else {
      *slot = (struct sized_slot){ block, size };
      s->live_bytes += size - old;
    }
  }
  sized_slots_add(counts, &c);
}

const struct workload workload_realloc = {
  .name = "realloc",
  .summary = "grow the block in a random slot by half, 16 B to 64 KB",
  .default_slots = 400,
  .default_ops = 1000000,
  .min_threads = 1,
  SIZED_SLOTS_FUNCTIONS(sized_slots_init, run),
};
