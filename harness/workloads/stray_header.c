/* SPDX-License-Identifier: GPL-3.0-or-later */
/* stray_header.c: a program with stray writes to the byte before its blocks, where a build with block headers
 * keeps a block's class: what phases 26B, 26C and 26E count happens here and in no program without such a bug.
 *
 * Bursts: all slots get a block, then seven of eight are freed in order; the eighth keep their slabs in use. A
 * freed block's byte is written to once more, which is seen when it goes back into its slab (26B, 26C); every
 * fourth one is given the byte of a smaller block before it is freed, which the fast free sees (26E), is taken
 * out of the wrong list again at once, and freed as what it is, so that no list stays wrong.
 *
 * The bytes are written only where they look like headers: with another allocator, and in a build without
 * headers, the same blocks are taken and freed and nothing is overwritten. */
#include <stdlib.h>

#include "harness/workloads/marker.h"
#include "harness/workloads/workload.h"

enum {
  LARGE = 100,
  SMALL = 20,
  KEPT = 8,
  WRONG_CLASS = 4,
  WARM = 64,
  SLAB_SHIFT = 16,
  PAGE = 4096,
  USED = 0x80,
  OTHER_CLASS = 0x40
};

struct state {
  uint64_t slots, next;
  int shrinking, headers;
  unsigned char *slot[];
};

static uint64_t state_size(const struct workload_params *p) {
  return sizeof(struct state) + p->slots * sizeof(unsigned char *);
}

static int init(void *memory, const struct workload_params *p, unsigned thread, void *const *all) {
  struct state *s = memory;
  s->slots = p->slots;
  return 0;
}

static unsigned char *take(size_t size, struct workload_counts *c) {
  unsigned char *block = malloc(size);
  if (block == NULL) abort();
  block[0] = block[size - 1] = 1;
  c->allocs++;
  return block;
}

static void give(unsigned char *block, struct workload_counts *c) {
  free(block);
  c->frees++;
  c->tiny_frees++;
}

/* The byte before a block, also once that is freed: by an address of which the compiler does not know whose it was. */
static volatile unsigned char *before(const unsigned char *block) {
  volatile uintptr_t address = (uintptr_t)block - 1;
  return (volatile unsigned char *)address;
}

/* A block at the start of a page has no header, and what is before it may not be there. */
static unsigned header(const unsigned char *block) { return (uintptr_t)block % PAGE == 0 ? 0 : *before(block); }

/* Of one size one byte, of another size another, and the top bit. Takes and frees enough small blocks to have a
 * list of them that has room. */
static void look_for_headers(struct state *s, struct workload_counts *c) {
  unsigned char *small[WARM], *large[2];
  for (int i = 0; i < WARM; i++) small[i] = take(SMALL, c);
  for (int i = 0; i < 2; i++) large[i] = take(LARGE, c);
  unsigned a[2] = { header(large[0]), header(large[1]) }, b[2] = { header(small[0]), header(small[1]) };
  s->headers = a[0] == a[1] && b[0] == b[1] && (a[0] & USED) && (b[0] & USED) && a[0] != b[0] ? 1 : -1;
  for (int i = 0; i < 2; i++) give(large[i], c);
  for (int i = 0; i < WARM; i++) give(small[i], c);
}

static void free_as_small(unsigned char *block, struct workload_counts *c) {
  unsigned char *small = take(SMALL, c), own = *before(block);
  *before(block) = *before(small);
  const volatile unsigned char *was = before(block);
  give(block, c);
  unsigned char *again = take(SMALL, c); /* the last one in is the first one out */
  if (before(again) != was) abort();
  *before(again) = own;
  give(again, c);
  give(small, c);
}

static void shrink(struct state *s, struct workload_counts *c) {
  uint64_t i = s->next++;
  unsigned char *block = s->slot[i], *kept = s->slot[i - i % KEPT];
  if (i % KEPT == 0) return;
  s->slot[i] = NULL;
  if (s->headers > 0 && i % WRONG_CLASS == 1) {
    free_as_small(block, c);
    return;
  }
  /* the pages of a slab that is in use stay where they are */
  bool stray = s->headers > 0 && ((uintptr_t)block ^ (uintptr_t)kept) >> SLAB_SHIFT == 0;
  volatile unsigned char *byte = before(block);
  give(block, c);
  if (stray) *byte ^= OTHER_CLASS;
}

static void run(void *memory, uint64_t ops, struct workload_counts *counts) {
  struct state *s = memory;
  struct workload_counts c = { .ops = ops };
  if (s->headers == 0) look_for_headers(s, &c);
  for (uint64_t i = 0; i < ops; i++) {
    BENCH_STEP();
    if (s->shrinking) shrink(s, &c);
    else if (s->slot[s->next++] == NULL) s->slot[s->next - 1] = take(LARGE, &c);
    if (s->next < s->slots) continue;
    s->next = 0;
    s->shrinking = !s->shrinking;
  }
  counts->ops += c.ops;
  counts->allocs += c.allocs;
  counts->frees += c.frees;
  counts->tiny_frees += c.tiny_frees;
}

static void finish(void *memory, struct workload_counts *counts) {
  struct state *s = memory;
  for (uint64_t i = 0; i < s->slots; i++)
    if (s->slot[i] != NULL) give(s->slot[i], counts);
}

const struct workload workload_stray_header = {
  .name = "stray-header",
  .summary = "writes to the byte before its blocks, where that is a header: a program with a bug",
  .default_slots = 4096,
  .default_ops = 1000000,
  .min_threads = 1,
  .state_size = state_size,
  .init = init,
  .run = run,
  .finish = finish,
};
