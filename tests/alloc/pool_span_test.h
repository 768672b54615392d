/* SPDX-License-Identifier: GPL-3.0-or-later */
/* pool_span_test.h: what the tests of shared runs have in common: blocks taken and given by the runs' own interface,
 * and a look at a run's maps. Behind cmocka.h. */
#ifndef TESTS_ALLOC_POOL_SPAN_TEST_H
#define TESTS_ALLOC_POOL_SPAN_TEST_H

#include <stdbool.h>

#include "alloc_test.h"
#include "hakmem.h"
#include "heap/hak_heap.h"
#include "heap/pool_span.h"
#include "slab/superslab.h"

enum { PAGE = 4096, GRANULE = HAK_GRANULE_BYTES, SLAB = HAK_SLAB_BYTES, LONG_RUN = 8 * HAK_SLAB_BYTES };

/* Every test starts with nothing out but what it makes itself, and with cold runs. */
static inline int begin(void **state) {
  (void)state;
  assert_non_null(hak_thread_heap());
  hak_malloc_trim(0);
  assert_int_equal(superslab_bytes(), 0);
  assert_int_equal(hak_tls.heap->span_pages, 0);
  assert_int_equal(hak_tls.heap->span_granules, 0);
  return 0;
}

/* The class whose blocks are of just so many bytes. */
static inline unsigned class_of(size_t bytes) {
  for (unsigned c = HAK_SPAN_CLASSES; c < HAK_ALIGNED_CLASSES; c++)
    if (hak_class_size(c) == bytes) return c;
  fail_msg("no class is of %zu bytes", bytes);
  return 0;
}

static inline char *take_some(struct hak_heap *h, unsigned c, uint32_t want, uint32_t *count) {
  hak_lock(&h->lock);
  char *b = pool_span_take(h, c, want, count);
  if (b != NULL) hak_heap_used_add(h, c, (int32_t)*count);
  hak_unlock(&h->lock);
  return b;
}
static inline char *take(unsigned c) {
  uint32_t count;
  char *b = take_some(hak_tls.heap, c, 1, &count);
  assert_non_null(b);
  assert_int_equal(count, 1);
  return b;
}

static inline void give_to(struct hak_heap *h, void *b) {
  hak_lock(&h->lock);
  pool_span_free(h, arena_of(b), b);
  hak_unlock(&h->lock);
}
static inline void give(void *b) { give_to(hak_tls.heap, b); }

static inline size_t trim_spans(struct hak_heap *h) {
  hak_lock(&h->lock);
  size_t given = pool_span_trim(h);
  hak_unlock(&h->lock);
  return given;
}

static inline const struct hak_span_map *map_of(const struct hak_slab *s) { return arena_map_of(arena_start(s)); }
static inline bool taken_at(const char *p) {
  return (arena_map_of(p)->taken[arena_granule(p) / 64] >> arena_granule(p) % 64 & 1) != 0;
}
static inline bool page_bit(const uint16_t *pages, const char *p) {
  unsigned page = arena_granule(p) / (PAGE / GRANULE);
  return (pages[page / 16] >> page % 16 & 1) != 0;
}
static inline bool touched(const char *p) { return page_bit(arena_map_of(p)->touched, p); }

/* What is wrong with a run's maps, NULL for nothing. Under its heap's lock. */
static inline const char *fault_of(const struct hak_slab *s) {
  char *start = arena_start(s), *end = start + (size_t)s->run_slabs * SLAB, *block_end = start;
  unsigned blocks = 0, granules = 0;
  for (char *p = start; p < end; p += GRANULE) {
    unsigned c = arena_span_at(p);
    if (c != 0) {
      if (p < block_end) return "blocks overlap";
      block_end = p + hak_class_size(c);
      if (block_end > end) return "a block reaches out of its run";
      blocks++;
      granules += (unsigned)(hak_class_size(c) / GRANULE);
    }
    if (taken_at(p) != (p < block_end)) return "a granule is taken by no block, or free within one";
    if (p < block_end && !touched(p)) return "a block's page does not count as touched";
  }
  for (char *page = start; page < end; page += PAGE) {
    bool is_free = true;
    for (char *p = page; p < page + PAGE; p += GRANULE) is_free = is_free && !taken_at(p);
    if (page_bit(map_of(s)->free, page) != is_free) return "a page counts as free, or as taken, wrongly";
  }
  return blocks == s->used && granules == s->granules ? NULL : "a run's counts are wrong";
}
static inline void check_run(const char *block) {
  const char *fault = fault_of(arena_of(block));
  if (fault != NULL) fail_msg("%s", fault);
}

static inline char *run_start(const void *block) { return arena_start(arena_of(block)); }

static inline void need_small_pages(void) {
  if (sysconf(_SC_PAGESIZE) != PAGE) skip();
}

#define TEST(name) cmocka_unit_test_setup(name, begin)

#endif
