/* SPDX-License-Identifier: MIT */
/* hak_block.h: blocks in and out of the calling thread's caches, by class: what lies below the
 * entry points and below whatever a build adds around a block (header, canaries). */
#ifndef HAK_BLOCK_H
#define HAK_BLOCK_H

#include <stdatomic.h>

#include "base/hak_size_class.h"
#include "cache/pool_hotbox_v2.h"
#include "cache/refill_p0.h"
#include "front/hak_tiny_free.h"
#include "slab/arena.h"
#include "thread/unified_cache.h"

/* A block of the tiny class; class 0 (no bytes asked for) gives one of class 1. NULL with errno
 * ENOMEM. */
HAK_INLINE void *tiny_take(unsigned c) {
  void *b = unified_cache_pop(unified_cache_of_tag((size_t)c << HAK_TAG_SHIFT), c);
  return likely(b != NULL) ? b : p0_refill(c);
}

/* A block of the pool class that is at hand, NULL for none; then one from elsewhere, NULL with errno ENOMEM. */
HAK_INLINE void *pool_hit(unsigned c) {
  struct hak_more *pool = hak_tls.pool;
  return likely(pool != NULL) ? unified_cache_pool_pop(pool, c) : NULL;
}
HAK_INLINE void *pool_miss_take(unsigned c) {
  if (unlikely(atomic_load_explicit(&pool_hotbox_v2_enabled, memory_order_relaxed))) return pool_hotbox_v2_alloc(c);
  return p0_refill(c);
}
HAK_INLINE void *pool_take(unsigned c) {
  void *b = pool_hit(c);
  return likely(b != NULL) ? b : pool_miss_take(c);
}

HAK_INLINE void pool_give(void *block, unsigned c) {
  struct hak_more *pool = hak_tls.pool;
  if (unlikely(pool == NULL)) {
    pool_hotbox_v2_give(c, block);
    return;
  }
  if (unlikely(pool->pool[c - HAK_TINY_CLASSES].k.head == block)) {
    hak_panic_tail("double free", block);
    return;
  }
  magazine_put(pool, block, c);
}

/* The same for any class. */
HAK_INLINE void *block_take(unsigned c) { return c < HAK_TINY_CLASSES ? tiny_take(c) : pool_take(c); }
HAK_INLINE void block_give(void *block, unsigned c) {
  if (c < HAK_TINY_CLASSES) hak_tiny_free(block, (size_t)c << HAK_TAG_SHIFT);
  else pool_give(block, c);
}

/* Class for any size up to HAK_POOL_MAX. */
HAK_INLINE unsigned hak_class_of_size(size_t size) {
  return size <= HAK_TINY_MAX ? hak_tiny_class(size) : hak_pool_class(size);
}

/* A block of at least size bytes (1 to HAK_POOL_MAX) at a multiple of alignment, a power of two up to
 * HAK_POOL_MAX, with its class; NULL with errno ENOMEM. Slabs start at multiples of 64 KB, so a tiny
 * class whose size is a multiple will do, and so will one up to 2 KB if its is; longer blocks are all at
 * multiples of 256 bytes, and for more than that there are classes of their own. */
HAK_INLINE void *block_take_aligned(size_t size, size_t alignment, unsigned *c) {
  size_t rounded = (size + alignment - 1) & ~(alignment - 1);
  if (rounded > HAK_NO_SPAN_MAX && alignment <= HAK_GRANULE_BYTES) return pool_take(*c = hak_pool_class(rounded));
  if (rounded <= HAK_NO_SPAN_MAX) *c = hak_class_of_size(rounded);
  if (rounded > HAK_NO_SPAN_MAX || hak_class_size(*c) % alignment != 0) {
    size_t power = 2048;
    while (power < rounded) power *= 2;
    *c = hak_aligned_class(power);
  }
  void *b = unified_cache_take(*c);
  return likely(b != NULL) ? b : p0_refill_exactly(*c);
}

#endif
