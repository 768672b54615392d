/* SPDX-License-Identifier: MIT */
/* entry_plain.h: the fast paths of a build without block headers: the program's address is the
 * block. Included by hakmem_alloc.c alone. */
#ifndef ENTRY_PLAIN_H
#define ENTRY_PLAIN_H

#include "cache/give_back.h"
#include "front/hak_block.h"
#include "large/large.h"
#include "slab/block_end.h"
#include "telemetry/bad_class.h"

HAK_APART static void *alloc_above_pool(size_t size) {
  void *b = give_back_large_alloc(size, HAK_ALIGN, NULL);
  return likely(b != NULL) ? b : alloc_last_resort(size, HAK_ALIGN);
}

HAK_APART static void *pool_miss(unsigned c, size_t size) {
  void *b = pool_miss_take(c);
  return likely(b != NULL) ? b : alloc_last_resort(size, HAK_ALIGN);
}

/* Apart from the ways that need more, so that a hit has no frame. */
HAK_APART static void *alloc_above_tiny(size_t size) {
  if (unlikely(size > HAK_POOL_MAX)) return alloc_above_pool(size);
  unsigned c = hak_pool_class(size);
  void *b = pool_hit(c);
  return likely(b != NULL) ? b : pool_miss(c, size);
}

HAK_APART static void *tiny_miss(unsigned c) {
  void *b = p0_refill(c);
  return likely(b != NULL) ? b : alloc_last_resort(hak_class_size(c), HAK_ALIGN);
}

HAK_INLINE void *alloc_inline(size_t size) {
  if (unlikely(size > HAK_TINY_MAX)) return alloc_above_tiny(size);
  size_t tag = hak_tiny_tag(size);
  unsigned c = (unsigned)(tag >> HAK_TAG_SHIFT); /* for telemetry */
  (void)c;
  METRIC_BAD_CLASS(c);
  struct hak_cache HAK_OF_THREAD *k = unified_cache_of_tag(tag);
  void *b = unified_cache_pop(k, c);
  return likely(b != NULL) ? b : tiny_miss(unified_cache_class(k));
}

/* alignment: a power of two. */
static void *alloc_try(size_t size, size_t alignment) {
  unsigned c;
  if (size > HAK_POOL_MAX || alignment > HAK_POOL_MAX) return give_back_large_alloc(size, alignment, NULL);
  if (alignment > HAK_ALIGN) return block_take_aligned(size != 0 ? size : 1, alignment, &c);
  return block_take(hak_class_of_size(size));
}

static void *alloc_aligned(size_t alignment, size_t size) {
  void *b = alloc_try(size, alignment);
  return likely(b != NULL) ? b : alloc_last_resort(size, alignment);
}

HAK_COLD static void free_elsewhere(void *block) {
  if (block == NULL || large_free(block)) return;
  unsigned c = arena_class_of(block);
  if (c != 0 && c < HAK_TINY_CLASSES) hak_panic("free of a misaligned pointer", block);
  hak_panic(c != 0 || arena_in_span(block) ? "free of a pointer into the middle of a block"
                                           : "free of a pointer that is not an allocated block",
            block);
}

/* Everything but an aligned address in a tiny slab or a free one. */
HAK_APART static void free_other(void *block) {
  size_t i = arena_index(block);
  unsigned c = 0;
  if (likely(i < HAK_BOUND(hak_arena_slabs))) {
    c = hak_arena_tags[i] >> HAK_TAG_SHIFT;
    if (likely(c >= HAK_CLASSES)) c = ((uintptr_t)block & (HAK_GRANULE_BYTES - 1)) == 0 ? arena_span_at(block) : 0;
    else if (unlikely(c < HAK_TINY_CLASSES) || unlikely(!arena_starts_own(block, c))) c = 0;
  }
  if (likely(c != 0)) pool_give(block, c);
  else free_elsewhere(block);
}

HAK_INLINE void free_inline(void *block) {
  size_t tag = arena_tag_of_aligned(block);
  if (unlikely(tag > HAK_TINY_TAG_MAX)) free_other(block);
  else hak_tiny_free(block, tag);
}

/* Usable bytes plus one; 0 where block is no block, or the one that the thread freed last of its class. */
HAK_INLINE size_t usable_inline(const void *block) {
  unsigned c = arena_class_of(block);
  if (c == 0) {
    size_t n = large_size(block);
    return n != 0 ? n + 1 : 0;
  }
  if (unlikely(!arena_is_block(block, c) || unified_cache_head(c) == block)) return 0;
  return block_usable(c) + 1;
}

#endif
