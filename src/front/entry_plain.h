/* SPDX-License-Identifier: MIT */
/* entry_plain.h: the fast paths of a build without block headers: the program's address is the
 * block. Included by hakmem_alloc.c alone. */
#ifndef ENTRY_PLAIN_H
#define ENTRY_PLAIN_H

#include "box/hakmem_large.h"
#include "front/bad_class.h"
#include "front/hak_block.h"

HAK_COLD static void *alloc_above_tiny(size_t size) {
  if (size <= HAK_POOL_MAX) return pool_take(hak_pool_class(size));
  bool zeroed;
  return large_alloc(size, HAK_ALIGN, &zeroed);
}

HAK_INLINE void *alloc_inline(size_t size) {
  if (unlikely(size > HAK_TINY_MAX)) return alloc_above_tiny(size);
  size_t rounded = hak_tiny_rounded(size);
  unsigned c = (unsigned)(rounded >> 4);
  METRIC_BAD_CLASS(c);
  void *b = unified_cache_pop(unified_cache_of_tag(rounded), c);
  return likely(b != NULL) ? b : p0_refill(c);
}

/* alignment: a power of two above 16. */
static void *alloc_aligned(size_t alignment, size_t size) {
  unsigned c = size <= HAK_POOL_MAX && alignment <= HAK_POOL_MAX ? hak_class_aligned(size != 0 ? size : 1, alignment) : 0;
  if (c != 0) return block_take(c);
  bool zeroed;
  return large_alloc(size, alignment, &zeroed);
}

/* Everything but an aligned address in a tiny slab or a free one. */
HAK_COLD static void free_other(void *block) {
  if (block == NULL) return;
  unsigned c = superslab_class_of(block);
  if (c != 0) {
    if (unlikely(c < HAK_TINY_CLASSES)) hak_panic("free of a misaligned pointer", block);
    /* every pool class is a multiple of 256 bytes; what passes this is looked at in full when
     * the block is spilled */
    if (unlikely(((uintptr_t)block & 255) != 0)) hak_panic("free of a pointer into the middle of a block", block);
    pool_give(block, c);
    return;
  }
  if (!large_free(block)) hak_panic("free of a pointer that is not an allocated block", block);
}

HAK_INLINE void free_inline(void *block) {
  size_t tag = superslab_tag_of_aligned(block);
  if (unlikely(tag > HAK_TINY_MAX)) free_other(block);
  else hak_tiny_free(block, tag);
}

/* Usable bytes plus one; 0 where block is no block. */
HAK_INLINE size_t usable_inline(const void *block) {
  unsigned c = superslab_class_of(block);
  if (c == 0) {
    size_t n = large_size(block);
    return n != 0 ? n + 1 : 0;
  }
  return superslab_is_block(block, c) ? hak_class_size(c) + 1 : 0;
}

#endif
