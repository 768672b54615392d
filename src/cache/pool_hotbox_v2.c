/* SPDX-License-Identifier: MIT */
/* pool_hotbox_v2.c: see pool_hotbox_v2.h. */
#include "cache/pool_hotbox_v2.h"

#include <errno.h>
#include <string.h>

#include "cache/free_magazine.h"
#include "cache/refill_p0.h"
#include "os/hak_env.h"
#include "os/hak_panic.h"
#include "os/os_memory.h"
#include "probes/hakmem_site.h"
#include "slab/arena.h"
#include "thread/unified_cache.h"

/* One cache line of pointers for each class, but no more than 64 KB of blocks: what a thread
 * holds here comes on top of its unified cache. */
enum { SLOTS = 8, HOTBOX_BYTES = 65536 };

struct hotbox {
  void *slot[SLOTS];
  uint32_t count;
};

/* In a mapping of its own, where the box is on. */
static __thread struct hotbox *hotbox __attribute__((tls_model("initial-exec")));
enum { HOTBOX_ALL = HAK_POOL_CLASSES * sizeof(struct hotbox) };
_Atomic bool pool_hotbox_v2_enabled;

#if HAKMEM_POOL_HOTBOX_V2_STATS_COMPILED
struct pool_hotbox_v2_stats g_pool_hotbox_v2_stats[HAK_POOL_CLASSES];
# define STATS_ADD(c, field, n)                                                                    \
  do {                                                                                             \
   HAK_SITE(pool_hotbox_v2_stats);                                                                 \
   __atomic_fetch_add(&g_pool_hotbox_v2_stats[(c)-HAK_TINY_CLASSES].field, (n), __ATOMIC_RELAXED); \
  } while (0)
#else
# define STATS_ADD(c, field, n) ((void)0)
#endif

static uint32_t capacity_of(unsigned c) {
  size_t n = HOTBOX_BYTES / hak_class_size(c);
  return n < SLOTS ? (uint32_t)n : SLOTS;
}

void pool_hotbox_v2_init(void) {
  /* relaxed, as every read: a thread without a heap may still see it off, and then the unified
   * cache serves it, which holds the same blocks */
  atomic_store_explicit(&pool_hotbox_v2_enabled, hak_env_switch("HAKMEM_POOL_V2_ENABLED", false), memory_order_relaxed);
}

static void to_cache(unsigned c, void *block) {
  if (unlikely(hak_tls.more == NULL)) magazine_free_early(block, c);
  else magazine_put(hak_tls.more, block, c);
}

void *pool_hotbox_v2_alloc(unsigned c) {
  struct hotbox *h = hotbox != NULL ? &hotbox[c - HAK_TINY_CLASSES] : NULL;
  STATS_ADD(c, alloc_calls, 1);
  if (likely(h != NULL && h->count != 0)) {
    STATS_ADD(c, alloc_fast, 1);
    return h->slot[--h->count];
  }
  void *block = unified_cache_take(c);
  if (block == NULL) {
    STATS_ADD(c, alloc_slow, 1);
    block = p0_refill(c);
    if (block == NULL) {
      STATS_ADD(c, alloc_fail, 1);
      return NULL;
    }
  }
  /* half full, so that neither the next allocations nor the next frees leave the array */
  uint32_t want = capacity_of(c) / 2;
  if (h == NULL) return block;
  while (h->count < want && (h->slot[h->count] = unified_cache_take(c)) != NULL) h->count++;
  if (h->count != 0) {
    STATS_ADD(c, alloc_refill, 1);
    STATS_ADD(c, alloc_refill_blocks, h->count);
  }
  return block;
}

static void hotbox_free(unsigned c, void *block) {
  STATS_ADD(c, free_calls, 1);
  if (unlikely(hotbox == NULL) && hak_tls.heap != NULL) {
    int saved = errno; /* a free keeps it */
    hotbox = ss_os_map(HOTBOX_ALL);
    errno = saved;
  }
  /* after thread exit nobody would flush the array again */
  if (unlikely(hotbox == NULL || hak_tls.heap == NULL)) {
    STATS_ADD(c, free_spill, 1);
    STATS_ADD(c, free_spill_blocks, 1);
    to_cache(c, block);
    return;
  }
  struct hotbox *h = &hotbox[c - HAK_TINY_CLASSES];
  for (uint32_t i = 0; i < h->count; i++)
    if (unlikely(h->slot[i] == block)) hak_panic("double free", block);
  uint32_t capacity = capacity_of(c);
  if (unlikely(h->count == capacity)) {
    /* the older half leaves: the newer one is the warmer */
    uint32_t away = (capacity + 1) / 2;
    STATS_ADD(c, free_spill, 1);
    STATS_ADD(c, free_spill_blocks, away);
    for (uint32_t i = 0; i < away; i++) to_cache(c, h->slot[i]);
    h->count -= away;
    memmove(&h->slot[0], &h->slot[away], h->count * sizeof h->slot[0]);
  } else {
    STATS_ADD(c, free_fast, 1);
  }
  h->slot[h->count++] = block;
}

void pool_hotbox_v2_give(unsigned c, void *block) {
  if (hak_tls.more != NULL && unlikely(hak_tls.more->pool[c - HAK_TINY_CLASSES].k.head == block))
    hak_panic("double free", block);
  if (hak_tls.more != NULL && atomic_load_explicit(&pool_hotbox_v2_enabled, memory_order_relaxed))
    hotbox_free(c, block);
  else to_cache(c, block);
}

void pool_hotbox_v2_flush(void) {
  struct hotbox *all = hotbox;
  if (all == NULL) return;
  for (unsigned c = HAK_TINY_CLASSES; c < HAK_CLASSES; c++) {
    struct hotbox *h = &hotbox[c - HAK_TINY_CLASSES];
    if (h->count == 0) continue;
    STATS_ADD(c, flush_calls, 1);
    STATS_ADD(c, flush_blocks, h->count);
    while (h->count != 0) to_cache(c, h->slot[--h->count]);
  }
  hotbox = NULL;
  ss_os_unmap(all, HOTBOX_ALL);
}

#if HAKMEM_CHECKS
void pool_hotbox_v2_check(void) {
  if (hotbox == NULL) return;
  for (unsigned c = HAK_TINY_CLASSES; c < HAK_CLASSES; c++) {
    const struct hotbox *h = &hotbox[c - HAK_TINY_CLASSES];
    if (h->count > capacity_of(c)) hak_panic("check: hotbox over its capacity", h);
    if (h->count != 0 && !pool_hotbox_v2_enabled) hak_panic("check: hotbox off but not empty", h);
    for (uint32_t i = 0; i < h->count; i++)
      if (arena_class_of(h->slot[i]) != c) hak_panic("check: hotbox holds a block of another class", h->slot[i]);
  }
}
#endif

#if HAKMEM_POOL_HOTBOX_V2_STATS_COMPILED
static void print_counter(const char *name, const uint64_t *counter) {
  hak_print(name);
  hak_print_u64(__atomic_load_n(counter, __ATOMIC_RELAXED));
}
#endif

void pool_hotbox_v2_stats_print(void) {
#if HAKMEM_POOL_HOTBOX_V2_STATS_COMPILED
  for (unsigned ci = 0; ci < HAK_POOL_CLASSES; ci++) {
    const struct pool_hotbox_v2_stats *s = &g_pool_hotbox_v2_stats[ci];
    if (__atomic_load_n(&s->alloc_calls, __ATOMIC_RELAXED) + __atomic_load_n(&s->free_calls, __ATOMIC_RELAXED) == 0)
      continue;
    hak_print("pool-hotbox-v2-stats: size ");
    hak_print_u64(hak_class_size(HAK_TINY_CLASSES + ci));
    /* one by one, not from a table of addresses: the audit follows each counter to its print */
    print_counter(" alloc_calls ", &s->alloc_calls);
    print_counter(" alloc_fast ", &s->alloc_fast);
    print_counter(" alloc_refill ", &s->alloc_refill);
    print_counter(" alloc_refill_blocks ", &s->alloc_refill_blocks);
    print_counter(" alloc_slow ", &s->alloc_slow);
    print_counter(" alloc_fail ", &s->alloc_fail);
    print_counter(" free_calls ", &s->free_calls);
    print_counter(" free_fast ", &s->free_fast);
    print_counter(" free_spill ", &s->free_spill);
    print_counter(" free_spill_blocks ", &s->free_spill_blocks);
    print_counter(" flush_calls ", &s->flush_calls);
    print_counter(" flush_blocks ", &s->flush_blocks);
    hak_print("\n");
  }
#endif
}

#if HAKMEM_POOL_HOTBOX_V2_STATS_COMPILED
/* The counters show themselves at the end of a program that used the box; with HAKMEM_STATS=1
 * hak_stats_print() does it. */
__attribute__((destructor)) static void pool_hotbox_v2_dump(void) {
  if (pool_hotbox_v2_enabled && !hak_env_switch("HAKMEM_STATS", false)) pool_hotbox_v2_stats_print();
}
#endif
