/* SPDX-License-Identifier: MIT */
/* refill_p0.c: see refill_p0.h. In this order: a batch from the
 * background spill queue, the cache of a larger class, blocks that other threads sent back, slabs
 * with room, a new slab. */
#include "cache/refill_p0.h"

#include "cache/free_magazine.h"
#include "cache/give_back.h"
#include "cache/spill_queue.h"
#include "heap/hak_heap.h"
#include "heap/pool_span.h"
#include "heap/remote_target.h"
#include "os/hak_panic.h"
#include "probes/hakmem_site.h"
#include "slab/block_end.h"
#include "slab/block_header.h"
#include "slab/block_list.h"
#include "slab/superslab.h"
#include "thread/unified_cache.h"

/* Uncarved memory is cut to the end of the page that is being used: more would make pages resident
 * that nobody asked for, and less would leave a part of one to no one. */
enum { CARVE_BYTES = 4096 };
/* In a run out of the warm pool, most of whose pages are resident, and in one of a mid-size class,
 * of which much is in use. */
enum { CARVE_WARM_BYTES = 32768 };

#if HAKMEM_P0_CLASS_OOB_LOG_COMPILED
HAK_EXPORT uint64_t g_p0_class_oob_log;
#endif

/* b came out of the list of slab s: it must be one of its blocks. */
HAK_INLINE void use_listed(struct hak_slab *s, const void *b) {
  uintptr_t offset = (uintptr_t)b - (uintptr_t)arena_start(s);
  if (unlikely(offset / 16 >= s->carved_units || !arena_divides(s->size_class, (uint32_t)offset)))
    hak_panic(HAK_LIST_OVERWRITTEN, b);
  s->used_sum += arena_sum(offset / 16);
}

/* A batch of the spill queue comes straight from some thread's cache, unlooked at. */
static void check_batch(const void *b, unsigned c, uint32_t count) {
  for (uint32_t i = 0; i < count; i++, b = link_get(b)) {
    if (unlikely(b == NULL)) hak_panic(HAK_LIST_BROKEN, b);
    if (unlikely(arena_class_of(b) != c)) hak_panic(HAK_LIST_OVERWRITTEN, b);
    if (unlikely(!arena_starts_block(b, c))) hak_panic("free of a pointer into the middle of a block", b);
  }
  if (unlikely(b != NULL)) hak_panic(HAK_LIST_BROKEN, b);
}

/* Under the heap's lock: up to want blocks of slab s as a list, in *count. */
static void *take_from_slab(struct hak_slab *s, uint32_t want, uint32_t *count) {
  uint32_t freed = s->carved - s->used;
  if (freed != 0) {
    /* the walk costs little: these blocks are about to be used. It ends here, at the latest,
     * with a list that the program broke */
    void *first = s->free, *last = first;
    uint32_t n = freed < want ? freed : want;
    use_listed(s, first);
    for (uint32_t i = 1; i < n; i++) use_listed(s, last = link_get(last));
    s->free = link_get(last);
    if (unlikely((s->free == NULL) != (n == freed))) hak_panic(HAK_LIST_BROKEN, last);
    link_set(last, NULL);
    s->used += n;
    *count = n;
    return first;
  }
  uint32_t size = (uint32_t)hak_class_size(s->size_class);
  uint32_t step = s->warm_class != 0 || s->size_class >= HAK_SPAN_CLASSES ? CARVE_WARM_BYTES : CARVE_BYTES;
  uint32_t left = s->capacity - s->carved, at = s->carved * size;
  /* those that start before the end: the last may reach beyond, but its link does not */
  uint32_t n = (step - at % step + size - 1) / size;
  if (n > want) n = want;
  if (n > left) n = left;
  char *first = arena_start(s) + (size_t)s->carved * size, *b = first;
  uint64_t unit = s->carved_units, sum = arena_sum(unit);
  for (uint32_t i = 1; i < n; i++, b += size) {
    link_set(b, b + size);
    sum += arena_sum(unit += size / 16);
  }
  link_set(b, NULL);
  s->used_sum += sum;
  void *head = first;
#if HAKMEM_HARDENED_COMPILED
  head = link_shuffled(first, size, n); /* a block's neighbours are not those that were asked for next */
#endif
#if HAK_BLOCK_HEADER
  for (uint32_t i = 0; i < n; i++) header_set_free(first + (size_t)i * size, s->size_class);
#else
  if (unlikely(hak_class_has_end(s->size_class)))
    for (uint32_t i = 0; i < n; i++) block_end_set(first + (size_t)i * size, s->size_class, END_OF_SLAB);
#endif
  s->carved += n;
  __atomic_store_n(&s->carved_units, s->carved * (size / 16), __ATOMIC_RELAXED);
  s->used += n;
  *count = n;
  return head;
}

static void *take_from_slabs(struct hak_heap *h, unsigned c, uint32_t want, uint32_t *count) {
  struct hak_slab *s = h->room[c < HAK_TINY_CLASSES ? c : HAK_ROOM_OWN(c)];
  if (s == NULL) {
    s = superslab_acquire(c);
    if (s == NULL) return NULL;
    atomic_store_explicit(&s->owner, h, memory_order_relaxed);
    hak_heap_runs_add(h, c, 1);
    hak_heap_list(h, s);
  }
  void *first = take_from_slab(s, want, count);
  if (s->used == s->capacity) hak_heap_unlist(h, s);
  return first;
}

/* A mid-size class up to 16 KB of which so much is in use gets runs of its own: there a block is taken
 * and given back in a few steps, and starts at the same places again and again, so that a program
 * which writes only a part of each touches the same pages. Of so many blocks the peak is not far
 * above the mean, and little is gained by sharing. Longer blocks would leave too much behind in runs
 * of a class that goes out of use. */
static bool shares_runs(const struct hak_heap *h, unsigned c) {
  enum { OWN_RUNS_BYTES = 2 << 20, OWN_RUNS_BLOCKS = 64, LAST = HAK_SHORT_SPAN_CLASSES + 7 };
  if (c < HAK_SPAN_CLASSES || c >= HAK_ALIGNED_CLASSES || h->room[HAK_ROOM_OWN(c)] != NULL) return false;
  if (c > LAST) return true;
  size_t used = atomic_load_explicit(&h->of[c].used, memory_order_relaxed);
  return used < OWN_RUNS_BLOCKS && used * hak_class_size(c) < OWN_RUNS_BYTES;
}

static void *take_from_heap(struct hak_heap *h, unsigned c, uint32_t want, uint32_t *count) {
  hak_lock(&h->lock);
  if (atomic_load_explicit(&h->remote_head, memory_order_relaxed) != NULL) remote_target_drain(h);
  bool shared = shares_runs(h, c), may_share = c >= HAK_SPAN_CLASSES && c < HAK_ALIGNED_CLASSES;
  void *first = shared ? pool_span_take(h, c, want, count) : take_from_slabs(h, c, want, count);
  /* the arena is used up, but for what other classes left over */
  if (unlikely(first == NULL) && !shared && may_share) first = pool_span_take(h, c, want, count);
  if (first != NULL) hak_heap_used_add(h, c, (int32_t)*count);
  hak_unlock(&h->lock);
  give_back_balance(hak_run_slabs(!shared ? c : c < HAK_SHORT_SPAN_CLASSES ? HAK_RUN_SPANS_SHORT : HAK_RUN_SPANS_LONG));
  give_back_tick();
  return first;
}

#if !HAK_BLOCK_HEADER /* which says the class that was asked for */
/* A block that the thread has at hand of one of the next larger classes, not half as much again, NULL
 * if it has none to spare. It is freed as what it is. That a class may fall back on its neighbours
 * lets it have fewer pages than its own peak asks for, and its cache hold less. Not again and again,
 * though: small blocks that stay would all be long ones where longer ones come and go. Between two
 * refills of its own a class gets some, fewer than a refill brings but for the longest ones. */
static void *borrow(unsigned c) {
  enum { NEIGHBOURS = 3, TINY_SPARE = 6, BORROWS = 4 };
  uint8_t *borrowed = &hak_tls.more->borrowed[c];
  if (*borrowed >= BORROWS + unified_cache_target(unified_cache_of(c)) / 8) {
    *borrowed = 0;
    return NULL;
  }
  for (unsigned i = 0, k = c; i < NEIGHBOURS; i++) {
    k++;
    if (k >= HAK_ALIGNED_CLASSES || 2 * hak_class_size(k) > 3 * hak_class_size(c)) return NULL;
    if (k < HAK_TINY_CLASSES && unified_cache_count(&hak_tls.cache[k]) < TINY_SPARE) continue;
    void *b = unified_cache_take(k);
    if (b == NULL) continue;
    if (unlikely(arena_class_of(b) != k)) hak_panic(HAK_LIST_OVERWRITTEN, b);
    ++*borrowed;
    return b;
  }
  return NULL;
}
#endif

HAK_INLINE void *refill(unsigned c, bool may_borrow) {
  UNIFIED_CACHE_MEASURE_START();
#if HAKMEM_P0_CLASS_OOB_LOG_COMPILED
  if (unlikely(c == 0 || c >= HAK_CLASSES)) {
    HAK_SITE(p0_class_oob_log);
    if (__atomic_fetch_add(&g_p0_class_oob_log, 1, __ATOMIC_RELAXED) < 16)
      hak_print("hakmem: refill: class out of bounds\n");
  }
#endif
  if (unlikely(c == 0)) c = 1; /* malloc(0): a block of the least class */
  TINY_CLASS_STATS_MISS(c);
  struct hak_heap *h = hak_thread_heap();
  if (unlikely(h == NULL)) return NULL;
  struct hak_cache *k = unified_cache_of(c);
  void *first = k->head; /* malloc(0) comes here with blocks at hand */
  uint32_t count = unified_cache_count(k);
  if (count == 0) {
    /* more blocks than were put in: one that was freed twice ties the list into a ring */
    if (unlikely(first != NULL)) hak_panic(HAK_LIST_BROKEN, first);
    first = bg_spill_pop(c, &count);
#if !HAK_BLOCK_HEADER
    if (may_borrow && first == NULL && likely(!hak_tls.exiting)) {
      void *other = borrow(c);
      if (other != NULL) return other;
    }
#endif
    magazine_raise_target(c);
    if (first != NULL) check_batch(first, c, count);
    else first = take_from_heap(h, c, unified_cache_target(k) / 2 + 1, &count);
    if (first == NULL) return NULL;
    TINY_CLASS_STATS_REFILL(c);
  }
  if (unlikely(arena_class_of(first) != c)) hak_panic(HAK_LIST_OVERWRITTEN, first);
  k->head = link_get(first);
  unified_cache_set_count(c, count - 1);
  if (unlikely(k->room < 0)) magazine_spill(c); /* another thread's batch, with a larger target */
  if (c >= HAK_TINY_CLASSES) {
    if (unlikely(hak_tls.more->pool_room < 0)) magazine_scavenge(c);
    else magazine_missed();
  }
  UNIFIED_CACHE_MEASURE_REFILL(c);
  if (unlikely(hak_tls.exiting)) hak_thread_end(); /* borrowed for this one block */
  return first;
}

void *p0_refill(unsigned c) { return refill(c, true); }
void *p0_refill_exactly(unsigned c) { return refill(c, false); }

void p0_stats_print(void) {
#if HAKMEM_P0_CLASS_OOB_LOG_COMPILED
  hak_print("p0-class-oob-log: ");
  hak_print_u64(__atomic_load_n(&g_p0_class_oob_log, __ATOMIC_RELAXED));
  hak_print("\n");
#endif
}
