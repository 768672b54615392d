/* SPDX-License-Identifier: MIT */
/* pool_span.c: see pool_span.h. Which run a block is cut from, and when pages go back; the arithmetic
 * is in pool_span_map.h. */
#include "heap/pool_span.h"

#include <string.h>

#include "heap/pool_span_map.h"
#include "os/hak_clock.h"
#include "os/hak_panic.h"
#include "os/madvise_guard.h"
#include "slab/block_end.h"
#include "slab/block_header.h"
#include "slab/block_list.h"
#include "slab/superslab.h"

enum {
  /* What may stay resident in free granules of a heap beyond as much as is in use, and the least
   * in one run that is worth a system call. */
  DIRTY_BYTES = 512 << 10,
  DIRTY_PAGES_LEAST = 8,
  /* Pages that were given back and are wanted again within GIVEN_NS went too early, as in the warm
   * pool: so many times as many may stay, until that did not happen for REGRET_NS. */
  REGRET_TIMES = 4,
  REGRET_PAGES_MOST = (256 << 20) / PAGE_BYTES,
  GIVEN_NS = 500000000,
  REGRET_NS = 1000000000,
};

/* The largest class of the run's kind that fits so many granules, 0 for none. */
static unsigned class_that_fits(const struct hak_slab *s, unsigned granules) {
  bool is_long = s->size_class == HAK_RUN_SPANS_LONG;
  unsigned first = is_long ? HAK_SHORT_SPAN_CLASSES : HAK_SPAN_CLASSES,
           last = is_long ? HAK_ALIGNED_CLASSES - 1 : HAK_SHORT_SPAN_CLASSES - 1;
  if (granules >= class_granules(last)) return last;
  if (granules < class_granules(first)) return 0;
  unsigned c = hak_pool_class((size_t)granules << HAK_GRANULE_SHIFT);
  while (class_granules(c) > granules) c--;
  return c;
}

/* Into the list that its largest hole belongs into; that of class 0 where it has no room. */
static void list_by(struct hak_heap *heap, struct hak_slab *s, unsigned room_class) {
  if (s->listed && s->room_class == room_class) return;
  if (s->listed) hak_heap_unlist(heap, s);
  s->room_class = (uint8_t)room_class;
  hak_heap_list(heap, s);
}

/* A class that no hole of the run exceeds, less than c, for which there was none; 0 for none. */
static unsigned class_below(const struct hak_slab *s, unsigned c) {
  const struct hak_span_map *m = map_of(s);
  unsigned end = granules_to(s), most = 0;
  if (s->size_class == HAK_RUN_SPANS_LONG) {
    unsigned pages = 0;
    for (page_set rows = free_pages(s); rows != 0 && pages < 16; rows &= rows >> 1) pages++;
    /* a part of the page before, and of the one behind */
    most = pages == 0 ? 0 : pages * PAGE_GRANULES + 2 * (PAGE_GRANULES - 1);
  } else {
    for (unsigned at = next_free(m, granules_from(s), end), to; at < end; at = next_free(m, to, end)) {
      to = next_taken(m, at, end);
      if (to - at > most) most = to - at;
    }
  }
  unsigned fits = class_that_fits(s, most);
  if (fits < c) return fits;
  return c > (s->size_class == HAK_RUN_SPANS_LONG ? HAK_SHORT_SPAN_CLASSES : HAK_SPAN_CLASSES) ? c - 1 : 0;
}

/* Pages get memory. Where as many were given back not long ago, that was too early. */
static HAK_COLD void pages_missed(struct hak_heap *heap, unsigned pages) {
  uint64_t now = hak_clock_coarse_ns();
  if (now >= heap->span_given_end) heap->span_given = 0;
  if (pages > heap->span_given) pages = (unsigned)heap->span_given;
  if (pages == 0) return;
  heap->span_given -= pages;
  if (now >= heap->span_regret_end) heap->span_regretted = 0;
  if (heap->span_regretted < REGRET_PAGES_MOST) heap->span_regretted += pages * REGRET_TIMES;
  heap->span_regret_end = now + REGRET_NS;
}

static void touch(struct hak_heap *heap, const struct hak_slab *s, unsigned at, unsigned count) {
  page_set touched = touched_set(s), fresh = page_range(page_of(at), page_of(at + count - 1)) & ~touched;
  if (fresh == 0) return;
  unsigned pages = page_count(fresh);
  pages_put(map_of(s)->touched, s, touched | fresh);
  heap->span_pages += pages;
  if (unlikely(heap->span_given != 0)) pages_missed(heap, pages);
}

/* Blocks of class c out of the run's first holes that have so many granules. */
static void *cut(struct hak_heap *heap, struct hak_slab *s, unsigned c, unsigned room, uint32_t want, uint32_t *count) {
  struct hak_span_map *m = map_of(s);
  unsigned n = class_granules(c), end = granules_to(s), at = granules_from(s);
  char *start = arena_start(s) - ((size_t)at << HAK_GRANULE_SHIFT); /* of granule 0 */
  void *first = NULL, *last = NULL;
  page_set before = 0; /* what was touched when the first was cut, and by it */
  *count = 0;
  while (*count < want && (at = find_hole(s, at, room)) < end) {
    if (first != NULL && !page_in(before, page_of(at))) break;
    mark(s, at, n, true);
    m->class_at[at] = (uint8_t)c;
    touch(heap, s, at, n);
    if (first == NULL) before = touched_set(s);
    void *block = start + ((size_t)at << HAK_GRANULE_SHIFT);
#if HAK_BLOCK_HEADER
    header_set_free(block, c);
#endif
    block_end_set(block, c, END_OF_SPAN);
    link_set(block, NULL);
    if (first == NULL) first = block;
    else link_set(last, block);
    last = block;
    ++*count;
    at += n;
  }
  s->used += *count;
  s->granules += *count * n;
  heap->span_granules += *count * n;
  return first;
}

static struct hak_slab *fresh_run(struct hak_heap *heap, unsigned run) {
  struct hak_slab *s = superslab_acquire(run);
  if (s == NULL) return NULL;
  atomic_store_explicit(&s->owner, heap, memory_order_relaxed);
  hak_heap_runs_add(heap, run, 1);
  struct hak_span_map *m = map_of(s);
  /* a warm run of spans has the pages that it was released with, one of a class may have all */
  if (s->warm_class == 0) pages_put(m->touched, s, 0);
  else if (s->warm_class < HAK_CLASSES) pages_put(m->touched, s, pages_of(s));
  pages_put(m->free, s, pages_of(s));
  heap->span_pages += touched_pages(s);
  list_by(heap, s, class_that_fits(s, s->run_slabs * HAK_SLAB_GRANULES));
  return s;
}

/* Blocks of class c out of a run that there is, where class roomy would fit, too; NULL for none. */
static void *take_roomy(struct hak_heap *heap, unsigned c, unsigned roomy, uint32_t want, uint32_t *count) {
  unsigned last = c < HAK_SHORT_SPAN_CLASSES ? HAK_SHORT_SPAN_CLASSES - 1 : HAK_ALIGNED_CLASSES - 1;
  for (unsigned room = roomy; room <= last; room++)
    for (struct hak_slab *s = heap->room[room], *next; s != NULL; s = next) {
      next = s->next;
      void *first = cut(heap, s, c, class_granules(roomy), want, count);
      if (first != NULL) return first;
      list_by(heap, s, class_below(s, roomy)); /* its hole has been filled since */
    }
  return NULL;
}

void *pool_span_take(struct hak_heap *heap, unsigned c, uint32_t want, uint32_t *count) {
  void *first = take_roomy(heap, c, c, want, count);
  if (first != NULL) return first;
  struct hak_slab *s = fresh_run(heap, c < HAK_SHORT_SPAN_CLASSES ? HAK_RUN_SPANS_SHORT : HAK_RUN_SPANS_LONG);
  return s != NULL ? cut(heap, s, c, class_granules(c), want, count) : NULL;
}

/* Gives back the pages between blocks, if so many of them are resident; bytes given. */
static size_t purge(struct hak_heap *heap, struct hak_slab *s, unsigned least) {
  unsigned given = 0, refused = 0, page_from = page_of(granules_from(s));
  page_set touched = touched_set(s), rest = free_pages(s);
  if (page_count(rest & touched) < least) return 0;
  for (page_set run; (rest & touched) != 0; rest &= ~run) {
    run = page_run(rest);
    page_set whole = kernel_pages(run);
    unsigned dirty = page_count(whole & touched);
    if (dirty == 0) continue;
    char *start = arena_start(s) + (size_t)(page_first(whole) - page_from) * PAGE_BYTES;
    /* pages that the program locked into memory stay whatever is done: they are not asked for again */
    *(madvise_guard_release(start, (size_t)page_count(whole) * PAGE_BYTES) ? &given : &refused) += dirty;
    touched &= ~whole;
  }
  pages_put(map_of(s)->touched, s, touched);
  heap->span_pages -= given + refused;
  return (size_t)given * PAGE_BYTES;
}

/* The same where no more than half of the run is in use, and enough is to be had: a quarter of the
 * run, or just so much where hardly anything is in use. Bytes given. */
static size_t purge_half_empty(struct hak_heap *heap, struct hak_slab *s) {
  unsigned granules = s->run_slabs * HAK_SLAB_GRANULES, quarter = granules / PAGE_GRANULES / 4;
  if (2 * s->granules > granules) return 0;
  return purge(heap, s, 4 * s->granules <= granules || quarter < DIRTY_PAGES_LEAST ? DIRTY_PAGES_LEAST : quarter);
}

/* One of the runs with the largest holes. */
static size_t purge_another(struct hak_heap *heap) {
  enum { LOOKS = 16 };
  static const unsigned rooms[] = { HAK_ALIGNED_CLASSES - 1, HAK_SHORT_SPAN_CLASSES - 1 };
  for (unsigned i = 0; i < 2; i++) {
    unsigned looks = LOOKS;
    for (struct hak_slab *s = heap->room[rooms[i]]; s != NULL && looks > 0; s = s->next, looks--) {
      size_t given = purge_half_empty(heap, s);
      if (given != 0) return given;
    }
  }
  return 0;
}

/* More free pages than may be are resident. This run's go, or now and then those of another, which
 * no block comes back to. */
static void purge_if_over(struct hak_heap *heap, struct hak_slab *s) {
  enum { FREES_A_LOOK = 8 };
  size_t used = heap->span_granules << HAK_GRANULE_SHIFT, resident = heap->span_pages * PAGE_BYTES;
  if (likely(resident <= 2 * used + DIRTY_BYTES)) return;
  uint64_t now = hak_clock_coarse_ns();
  if (now >= heap->span_regret_end) heap->span_regretted = 0;
  if (resident <= 2 * used + DIRTY_BYTES + heap->span_regretted * PAGE_BYTES) return;
  size_t given = purge_half_empty(heap, s);
  if (given == 0 && ++heap->span_looks % FREES_A_LOOK == 0) given = purge_another(heap);
  if (given == 0) return;
  if (now >= heap->span_given_end) heap->span_given = 0;
  heap->span_given += given / PAGE_BYTES;
  heap->span_given_end = now + GIVEN_NS;
}

void pool_span_free(struct hak_heap *heap, struct hak_slab *s, void *block) {
  struct hak_span_map *m = map_of(s);
  unsigned c = arena_span_at(block), at = arena_granule(block);
  if (unlikely(c == 0 || ((uintptr_t)block & (HAK_GRANULE_BYTES - 1)) != 0))
    hak_panic(arena_in_span(block) ? "free of a pointer into the middle of a block" : "double free", block);
  unsigned n = class_granules(c);
  block_end_check(block, c, END_OF_SPAN);
  if (at > granules_from(s) && arena_span_taken(m, at - 1)) block_end_check_before(block);
  block_end_clear(block, c);
#if HAKMEM_HARDENED_COMPILED
  memset(block, 0, HAK_HEADER_BYTES); /* all of a new block has to be zero */
#endif
  m->class_at[at] = 0;
  mark(s, at, n, false);
  s->used--;
  s->granules -= n;
  heap->span_granules -= n;
  hak_heap_used_add(heap, c, -1);
  if (s->used == 0) {
    hak_heap_runs_add(heap, s->size_class, -1);
    heap->span_pages -= touched_pages(s);
    hak_heap_unlist(heap, s);
    superslab_release(s);
    return;
  }
  unsigned room_class = class_that_fits(s, next_taken(m, at + n, granules_to(s)) - hole_start(m, at, granules_from(s)));
  if (room_class > s->room_class) list_by(heap, s, room_class);
  purge_if_over(heap, s);
}

void *pool_span_take_roomy(struct hak_heap *heap, unsigned c) {
  enum { CLASSES_A_DOUBLING = 8 };
  unsigned last = c < HAK_SHORT_SPAN_CLASSES ? HAK_SHORT_SPAN_CLASSES - 1 : HAK_ALIGNED_CLASSES - 1;
  unsigned roomy = c + CLASSES_A_DOUBLING < last ? c + CLASSES_A_DOUBLING : last;
  uint32_t count;
  hak_lock(&heap->lock);
  void *block = take_roomy(heap, c, roomy, 1, &count);
  if (block != NULL) hak_heap_used_add(heap, c, 1);
  hak_unlock(&heap->lock);
  return block;
}

bool pool_span_free_now(struct hak_heap *heap, void *block) {
  if (arena_index(block) >= HAK_BOUND(hak_arena_slabs) || !arena_has_spans(block)) return false;
  struct hak_slab *s = arena_of(block);
  if (atomic_load_explicit(&s->owner, memory_order_relaxed) != heap) return false;
  hak_lock(&heap->lock);
  pool_span_free(heap, s, block);
  hak_unlock(&heap->lock);
  return true;
}

/* A hint: without the lock it may be too old. */
static __attribute__((no_sanitize("thread"))) bool seems_taken(const struct hak_span_map *m, unsigned at) {
  return (*(const volatile uint64_t *)&m->taken[at / 64] >> at % 64 & 1) != 0;
}

bool pool_span_grow(struct hak_heap *heap, void *block, unsigned c) {
  struct hak_slab *s = arena_of(block);
  struct hak_span_map *m = map_of(s);
  if ((c < HAK_SHORT_SPAN_CLASSES) != (s->size_class == HAK_RUN_SPANS_SHORT)) return false;
  unsigned at = arena_granule(block), had = m->class_at[at], old = at + class_granules(had),
           end = at + class_granules(c);
  /* mostly there is another block right behind */
  if (end > granules_to(s) || seems_taken(m, old)) return false;
  hak_lock(&heap->lock);
  bool fits = next_taken(m, old, end) >= end;
  if (fits) {
    mark(s, old, end - old, true);
    block_end_check(block, had, END_OF_SPAN);
    block_end_clear(block, had);
    m->class_at[at] = (uint8_t)c;
    touch(heap, s, old, end - old);
    block_end_set(block, c, END_OF_SPAN);
    s->granules += end - old;
    heap->span_granules += end - old;
    hak_heap_used_add(heap, had, -1);
    hak_heap_used_add(heap, c, 1);
  }
  hak_unlock(&heap->lock);
  return fits;
}

size_t pool_span_trim(struct hak_heap *heap) {
  size_t given = 0;
  /* the full runs are in the list of class 0: between their blocks are free pages, too */
  for (unsigned room = 0; room < HAK_CLASSES; room = room == 0 ? HAK_SPAN_CLASSES : room + 1)
    for (struct hak_slab *s = heap->room[room]; s != NULL; s = s->next) given += purge(heap, s, 1);
  heap->span_given = heap->span_regretted = 0;
  return given;
}

#if HAKMEM_CHECKS
void pool_span_check(const struct hak_slab *s, uint32_t *used, size_t *pages) {
  const struct hak_span_map *m = map_of(s);
  unsigned blocks = 0, granules = 0, end = granules_to(s);
  for (unsigned g = granules_from(s), n; g < end; g += n) {
    unsigned c = m->class_at[g];
    if (arena_span_taken(m, g) != (c != 0)) hak_panic("check: a span's maps disagree", s);
    n = 1;
    if (page_in(free_pages(s), page_of(g)) != lane_free(m, page_of(g)))
      hak_panic("check: a page counts as free, or as taken, wrongly", s);
    if (c == 0) continue;
    if (c < HAK_SPAN_CLASSES || c >= HAK_ALIGNED_CLASSES ||
        (c < HAK_SHORT_SPAN_CLASSES) != (s->size_class == HAK_RUN_SPANS_SHORT))
      hak_panic("check: a span has no class of its run's", s);
    n = class_granules(c);
    if (g + n > end || next_free(m, g, end) < g + n) hak_panic("check: a span is not taken as a whole", s);
    for (unsigned k = g; k < g + n; k++)
      if (!page_in(touched_set(s), page_of(k)) || page_in(free_pages(s), page_of(k)) || (k > g && m->class_at[k] != 0))
        hak_panic("check: a span's maps disagree", s);
    used[c]++;
    blocks++;
    granules += n;
  }
  if (blocks != s->used || granules != s->granules) hak_panic("check: a run's counts disagree with its maps", s);
  unsigned most = 0;
  for (unsigned at = next_free(m, granules_from(s), end), to; at < end; at = next_free(m, to, end)) {
    to = next_taken(m, at, end);
    if (to - at > most) most = to - at;
  }
  unsigned room_class = class_that_fits(s, most);
  if (!s->listed || s->room_class < room_class)
    hak_panic("check: a run with room is not listed where it is looked for", s);
  *pages += touched_pages(s);
}
#endif
