/* SPDX-License-Identifier: MIT */
/* free_magazine.c: see free_magazine.h. */
#include "cache/free_magazine.h"

#include <errno.h>

#include "cache/give_back.h"
#include "cache/spill_queue.h"
#include "heap/hak_heap.h"
#include "heap/remote_target.h"
#include "heap/superslab_free.h"
#include "large/large.h"
#include "os/hak_panic.h"
#include "slab/block_end.h"
#include "slab/block_list.h"
#include "thread/unified_cache.h"

/* A thread keeps at most this many bytes of one class, and of all mid-size ones together. */
enum { TINY_CACHE_BYTES = 32768, POOL_CACHE_BYTES = 1 << 20, FIRST_BYTES = 65536, FIRST_BLOCKS = 16 };

static uint32_t cap_of(unsigned c) {
  uint32_t blocks = (uint32_t)((c < HAK_TINY_CLASSES ? TINY_CACHE_BYTES : POOL_CACHE_BYTES) / hak_class_size(c));
  return blocks > 512 ? 512 : blocks;
}

void magazine_init(void) { bg_spill_init(); }

uint32_t magazine_first_target(unsigned c) {
  uint32_t first = (uint32_t)(FIRST_BYTES / hak_class_size(c));
  return first < 2 ? 2 : first > FIRST_BLOCKS ? FIRST_BLOCKS : first;
}

uint32_t magazine_grow_target(unsigned c, uint32_t target) {
  uint32_t cap = cap_of(c), grown = target + target / 2 + 1;
  return grown < cap ? grown : cap;
}

/* Spills since the class's last miss (hak_more.spills). After so many the thread only frees: what it keeps
 * is not wanted soon, and grows cold until the spill reads it again. */
enum { FREEING_SPILLS = 3 };

/* The thread has a heap. */
static void set_target(unsigned c, uint32_t target) {
  struct hak_cache *k = unified_cache_of(c);
  k->room += (int32_t)(target - unified_cache_target(k));
}

void magazine_raise_target(unsigned c) {
  hak_tls.more->spills[c] = 0;
  uint32_t target = unified_cache_target(unified_cache_of(c));
  set_target(c, target == 0 ? magazine_first_target(c) : magazine_grow_target(c, target));
}

/* Blocks on their way to one owner. */
struct bucket {
  struct hak_heap *owner;
  void *first;
  uint32_t count;
};
enum { BUCKETS = 8 };

static void send(struct hak_heap *mine, unsigned c, struct bucket *b) {
  if (b->count == 0) return;
  if (b->owner == mine) {
    hak_lock(&mine->lock);
    for (void *block = b->first, *next; block != NULL; block = next) {
      next = link_get(block);
      superslab_free(mine, block, c);
    }
    hak_unlock(&mine->lock);
  } else {
    remote_target_push(b->owner, c, b->first, b->count);
  }
  b->count = 0;
}

/* The owner of a slab with a used block cannot change: relaxed. */
HAK_INLINE struct hak_heap *owner_of(const void *block) {
  return atomic_load_explicit(&arena_of(block)->owner, memory_order_relaxed);
}

HAK_INLINE void *checked_next(unsigned c, const void *block, uint32_t *count) {
  if (unlikely((*count)-- == 0)) hak_panic(HAK_LIST_BROKEN, block);
  if (unlikely(arena_class_of(block) != c)) hak_panic(HAK_LIST_OVERWRITTEN, block);
  return link_get(block);
}

/* Blocks up to the first that is another heap's go into their slabs; the list from there on. */
static void *free_own(struct hak_heap *mine, unsigned c, void *block, uint32_t *count) {
  superslab_free_soon(mine, c, block, *count);
  hak_lock(&mine->lock);
  while (block != NULL) {
    /* arena_of() of a broken link would be wild, checked_next() says so first */
    uint32_t left = *count;
    void *next = checked_next(c, block, &left);
    if (unlikely(owner_of(block) != mine)) break;
    *count = left;
    superslab_free(mine, block, c);
    block = next;
  }
  hak_unlock(&mine->lock);
  return block;
}

/* Every block of the list goes to the heap that owns its slab. */
static HAK_COLD void free_mixed(struct hak_heap *mine, unsigned c, void *list, uint32_t *count) {
  struct bucket bucket[BUCKETS] = { { 0 } };
  unsigned turn = 0;
  for (void *block = list, *next; block != NULL; block = next) {
    next = checked_next(c, block, count);
    struct hak_heap *owner = owner_of(block);
    unsigned i = 0;
    while (i < BUCKETS && (bucket[i].count == 0 || bucket[i].owner != owner)) i++;
    if (i == BUCKETS) {
      for (i = 0; i < BUCKETS && bucket[i].count != 0;) i++;
      if (i == BUCKETS) {
        i = turn++ % BUCKETS;
        send(mine, c, &bucket[i]);
      }
      bucket[i].owner = owner;
      bucket[i].first = NULL;
    } else if (bucket[i].count == HAK_BATCH_MAX) {
      send(mine, c, &bucket[i]);
      bucket[i].first = NULL;
    }
    link_set(block, bucket[i].first);
    bucket[i].first = block;
    bucket[i].count++;
  }
  for (unsigned i = 0; i < BUCKETS; i++) send(mine, c, &bucket[i]);
}

/* Every block of the list, which must hold count, goes to the heap that owns its slab. Usually
 * all are the thread's own, and then each is looked at once. */
static void distribute(unsigned c, void *list, uint32_t count) {
  struct hak_heap *mine = hak_tls.heap;
  void *foreign = mine != NULL ? free_own(mine, c, list, &count) : list;
  if (foreign != NULL) free_mixed(mine, c, foreign, &count);
  if (unlikely(count != 0)) hak_panic(HAK_LIST_BROKEN, list);
  give_back_tick();
}

/* The owner of the block's slab if it hardly uses class c any more, else NULL. */
static struct hak_heap *sparse_owner(const void *block, unsigned c) {
  if (unlikely(arena_class_of(block) != c)) return NULL; /* the spill's walk says what is wrong */
  struct hak_heap *owner = atomic_load_explicit(&arena_of(block)->owner, memory_order_relaxed);
  if (unlikely(owner == NULL)) return NULL;
  /* whose blocks the queues hold is not known: as many may be the owner's */
  int64_t held = atomic_load_explicit(&g_bg_spill_len[c], memory_order_relaxed);
  if (owner == hak_tls.heap) held += unified_cache_count(unified_cache_of(c));
  else held += atomic_load_explicit(&g_remote_target_len[c], memory_order_relaxed);
  return unlikely(hak_heap_sparse(owner, c, held)) ? owner : NULL;
}

/* A class that its owner hardly uses any more: neither this thread nor a queue keeps blocks of
 * it. The next miss starts over with a small target. */
static void give_up(unsigned c, struct hak_heap *owner) {
  uint32_t count;
  set_target(c, 0);
  magazine_flush(c);
  for (void *batch; (batch = bg_spill_pop(c, &count)) != NULL;) distribute(c, batch, count);
  if (owner != hak_tls.heap) remote_target_look_after(owner);
}

/* The thread's first call may be a free, which keeps errno. After its end it has no heap any more. */
static bool thread_may_start(void) {
  if (hak_tls.exiting) return false;
  int saved = errno;
  bool started = hak_thread_heap() != NULL;
  errno = saved;
  return started;
}

/* What stays are the blocks that came last. */
static void spill_all_but(unsigned c, uint32_t keep) {
  struct hak_cache *k = unified_cache_of(c);
  uint32_t away = unified_cache_count(k) - keep;
  void *rest = k->head, *last = NULL;
  for (uint32_t i = 0; i < keep; i++) {
    if (unlikely(arena_class_of(rest) != c)) hak_panic(rest == NULL ? HAK_LIST_BROKEN : HAK_LIST_OVERWRITTEN, rest);
    if (unlikely(!arena_starts_block(rest, c))) hak_panic("free of a pointer into the middle of a block", rest);
    last = rest;
    rest = link_get(rest);
  }
  if (unlikely(rest == NULL || arena_class_of(rest) != c))
    hak_panic(rest == NULL ? HAK_LIST_BROKEN : HAK_LIST_OVERWRITTEN, rest);
  if (last != NULL) link_set(last, NULL);
  else k->head = NULL;
  unified_cache_set_count(c, keep);
  /* flow control: what the queue takes need not touch slab metadata, but it is bounded */
  if (atomic_load_explicit(&g_bg_spill_len[c], memory_order_relaxed) < g_bg_spill_target[c])
    bg_spill_push(c, rest, away);
  else distribute(c, rest, away);
}

/* What stays of a class that is over what it may hold, of `most`; less and less, and at last nothing, where no
 * block was missed in between: such a thread only frees. */
static uint32_t keep_of(unsigned c, uint32_t most) {
  uint8_t *spills = &hak_tls.more->spills[c];
  if (*spills < FREEING_SPILLS) {
    ++*spills;
    return most;
  }
  uint32_t first = magazine_first_target(c);
  if (unified_cache_target(unified_cache_of(c)) > first) set_target(c, first);
  return 0;
}

/* All mid-size caches of a thread together, where hak_tune says nothing else; and they are looked at each time they
 * have grown by so much since a block was missed, or since the last look: then the thread only frees. */
enum { POOL_CACHES_BYTES = 4 << 20, POOL_LOOK_BYTES = 1 << 20, POOL_FREEING_BYTES = 256 << 10 };

_Atomic uint32_t magazine_pool_bytes = POOL_CACHES_BYTES;
static uint32_t caches_most(void) { return atomic_load_explicit(&magazine_pool_bytes, memory_order_relaxed); }

static void next_look(int32_t grown) {
  struct hak_more *more = hak_tls.more;
  int32_t bytes = unified_cache_pool_bytes(more), all = (int32_t)caches_most();
  more->pool_most = bytes + grown < all ? bytes + grown : all;
  more->pool_room = more->pool_most - bytes;
}

void magazine_missed(void) { next_look(POOL_LOOK_BYTES); }

/* Of what a class did not need since the last look half leaves (as in TCMalloc), and where that does not
 * suffice, half of the class that came last. */
void magazine_scavenge(unsigned c) {
  struct hak_more *more = hak_tls.more;
  for (unsigned i = 0; i < HAK_POOL_CLASSES; i++) {
    unsigned each = i + HAK_TINY_CLASSES;
    struct hak_pool_cache *p = &more->pool[i];
    uint32_t count = unified_cache_count(&p->k), idle = (uint32_t)p->low;
    struct hak_heap *sparse = idle != 0 ? sparse_owner(p->k.head, each) : NULL;
    if (sparse != NULL) give_up(each, sparse);
    else if (idle != 0) spill_all_but(each, keep_of(each, count - (idle + 1) / 2));
    p->low = p->k.count;
  }
  uint32_t count = c < HAK_TINY_CLASSES ? 0 : unified_cache_count(unified_cache_of(c));
  uint32_t bytes = (uint32_t)unified_cache_pool_bytes(more);
  if (bytes > caches_most() - caches_most() / 16 && count != 0) spill_all_but(c, count / 2);
  next_look(POOL_FREEING_BYTES);
}

/* What stays are the blocks freed since the last spill, so that the walk over them looks at
 * every block once. Nothing stays where the thread only frees. */
void magazine_spill(unsigned c) {
  if (unlikely(hak_tls.heap == NULL) && !thread_may_start()) { /* a tiny class's: that of none else is there */
    TINY_CLASS_STATS_SPILL(c);
    magazine_flush(c);
    return;
  }
  struct hak_cache *k = unified_cache_of(c);
  if (unlikely(k->room >= 0)) return;
  TINY_CLASS_STATS_SPILL(c);
  struct hak_heap *sparse = sparse_owner(k->head, c);
  if (unlikely(sparse != NULL)) {
    give_up(c, sparse);
    return;
  }
  if (unlikely(unified_cache_target(k) == 0)) {
    /* the first free, or the class came back to life */
    magazine_raise_target(c);
    if (k->room >= 0) return;
  }
  spill_all_but(c, keep_of(c, unified_cache_target(k) / 2));
}

void magazine_put_over(void *block, unsigned c) {
  struct hak_cache *k = unified_cache_of(c);
  k->room++;
  if (unified_cache_push(k, c, block)) magazine_spill(c);
  else magazine_scavenge(c);
}

void magazine_free_early(void *block, unsigned c) {
  if (thread_may_start()) {
    magazine_put(hak_tls.more, block, c);
    return;
  }
  link_set(block, NULL);
  distribute(c, block, 1);
}

void magazine_free_full(void *block, unsigned c) {
  struct hak_cache *k = unified_cache_of(c);
  k->room++;
  if (unlikely(c == 0)) {
    /* a large block's mapping may lie where the arena gave up a slab (superslab_close) */
    if (large_free(block)) return;
    hak_panic("free of a pointer that is not an allocated block", block);
  }
  if (unified_cache_push(k, c, block)) magazine_spill(c);
}

void magazine_flush(unsigned c) {
  struct hak_cache *k = unified_cache_of(c);
  void *list = k->head;
  uint32_t count = unified_cache_count(k);
  k->head = NULL;
  unified_cache_set_count(c, 0);
  if (list != NULL || unlikely(count != 0)) distribute(c, list, count);
}

void magazine_leave(unsigned c) {
  void *head = unified_cache_of(c)->head;
  struct hak_heap *sparse = head != NULL ? sparse_owner(head, c) : NULL;
  if (sparse != NULL) give_up(c, sparse);
  else magazine_flush(c);
  set_target(c, 0);
}

/* What is looked at when a block goes back, of one that will not any more. locked: no span of the heap changes. */
static void check_ends(const void *b, unsigned c, bool locked) {
  if (!hak_class_has_end(c)) return;
  bool first_of_slab = ((uintptr_t)b & (HAK_SLAB_BYTES - 1)) == 0;
  if (!arena_has_spans(b)) {
    block_end_check_both(b, c, first_of_slab);
  } else if (locked && owner_of(b) == hak_tls.heap) {
    block_end_check(b, c, END_OF_SPAN);
    if (!first_of_slab && arena_span_taken(arena_map_of(b), arena_granule(b) - 1)) block_end_check_before(b);
  }
}

void magazine_exit_check(void) {
  if (hak_tls.heap == NULL) return;
  bool locked = hak_trylock(&hak_tls.heap->lock);
  for (unsigned c = 1; c < HAK_CLASSES; c++) {
    const struct hak_cache *k = unified_cache_of(c);
    const void *b = k->head;
    uint32_t left = unified_cache_count(k) + 1; /* one more: see above */
    for (; b != NULL && left > 0 && arena_class_of(b) == c; b = link_get(b), left--) {
      if (!arena_starts_block(b, c)) hak_panic("free of a pointer into the middle of a block", b);
      check_ends(b, c, locked);
    }
    if (left == 0 && b != NULL && arena_class_of(b) == c) hak_panic(HAK_LIST_BROKEN, b);
  }
  if (locked) hak_unlock(&hak_tls.heap->lock);
}

#if HAKMEM_CHECKS
void magazine_check(void) {
  uint64_t bytes = 0;
  if (hak_tls.heap == NULL) return;
  for (unsigned c = 1; c < HAK_CLASSES; c++) {
    const struct hak_cache *k = unified_cache_of(c);
    uint32_t count = 0, said = unified_cache_count(k);
    for (const void *b = k->head; b != NULL && count <= said; b = link_get(b), count++)
      if (arena_class_of(b) != c || !arena_is_block(b, c)) hak_panic("check: a cache holds another class's block", b);
    uint32_t cap = cap_of(c), first = magazine_first_target(c);
    if (count != said || k->room < 0 || unified_cache_target(k) > (cap > first ? cap : first))
      hak_panic("check: a cache is not as long as it says, or over its target", k);
    if (c < HAK_TINY_CLASSES) continue;
    const struct hak_pool_cache *p = &hak_tls.more->pool[c - HAK_TINY_CLASSES];
    bytes += (uint64_t)count * hak_class_size(c);
    if (p->bytes != hak_class_size(c) || p->low < 0 || p->low > p->k.count)
      hak_panic("check: a cache holds less than it ever did", k);
  }
  if (bytes != (uint64_t)unified_cache_pool_bytes(hak_tls.more) || bytes > MAGAZINE_POOL_MOST)
    hak_panic("check: a thread's mid-size caches are over their budget", NULL);
}
#endif
