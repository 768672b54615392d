/* SPDX-License-Identifier: MIT */
/* entry_header.h: the fast paths of a build with block headers (tiny_free_fast_v2.h): the
 * program's address is 16 bytes into the block, or further for a larger alignment. Included by
 * hakmem_alloc.c alone. */
#ifndef ENTRY_HEADER_H
#define ENTRY_HEADER_H

#include "cache/give_back.h"
#include "front/hak_block.h"
#include "front/tiny_free_fast_v2.h"
#include "large/large.h"
#include "telemetry/bad_class.h"

/* alignment: a power of two. Above 16 the address is the first multiple of it in the block. */
static void *alloc_try(size_t size, size_t alignment) {
  unsigned c;
  size_t around = alignment > HAK_ALIGN ? alignment : HAK_HEADER_BYTES;
  if (size > HAK_POOL_MAX || around > HAK_POOL_MAX || size + around > HAK_POOL_MAX) {
    return give_back_large_alloc(size, alignment, NULL);
  }
  if (alignment <= HAK_ALIGN) {
    /* no bytes asked for still take two words besides the header, where a batch is linked */
    void *b = block_take(c = hak_class_of_size(size + HAK_HEADER_BYTES + (size == 0)));
    return b != NULL ? header_hand_out(b, c) : NULL;
  }
  char *b = block_take_aligned(size + alignment, alignment, &c);
  if (b == NULL) return NULL;
  header_hand_out(b, c);
  b[alignment - 1] = (char)HDR_ALIGNED;
  return b + alignment;
}

HAK_APART static void *alloc_aligned(size_t alignment, size_t size) {
  void *b = alloc_try(size, alignment);
  return likely(b != NULL) ? b : alloc_last_resort(size, alignment);
}

HAK_INLINE void *alloc_inline(size_t size) {
  if (unlikely(size > HAK_TINY_MAX - HAK_HEADER_BYTES)) return alloc_aligned(HAK_ALIGN, size);
  unsigned c = hak_tiny_class(size + HAK_HEADER_BYTES + (size == 0));
  METRIC_BAD_CLASS(c);
  void *b = tiny_take(c);
  return likely(b != NULL) ? header_hand_out(b, c) : alloc_last_resort(size, HAK_ALIGN);
}

/* Block of an address right behind a byte of a slab, with its class; ends the program where no
 * block in use has this address. */
static void *block_of_address(const void *p, unsigned *c) {
  const uint8_t *before = (const uint8_t *)p - 1;
  *c = arena_class_of(before);
  if (((uintptr_t)p & (HAK_ALIGN - 1)) != 0) hak_panic("free of a misaligned pointer", p);
  char *b = arena_block_start(before, *c);
  unsigned header = *header_of(b);
  if (*before != HDR_ALIGNED && (const char *)p != b + HAK_HEADER_BYTES)
    hak_panic("free of a pointer into the middle of a block", p);
  if (header == *c) hak_panic("double free", p);
  if (header != (*c | HDR_USED)) hak_panic("block header overwritten", p);
  return b;
}

/* Everything but a tiny block that starts at its header. */
HAK_APART static void free_other(void *p) {
  unsigned c;
  if (p == NULL) return;
  if (((uintptr_t)p & (HAK_LARGE_ALIGN - 1)) == 0 && large_free(p)) return; /* whatever lies before it */
  if (arena_class_of((char *)p - 1) == 0) hak_panic("free of a pointer that is not an allocated block", p);
  char *b = block_of_address(p, &c);
  *header_of(b) = (uint8_t)c;
  block_give(b, c);
}

HAK_INLINE void free_inline(void *p) {
  if (unlikely(!tiny_free_fast_v2(p))) free_other(p);
}

/* Usable bytes plus one; 0 where p is no block. */
HAK_INLINE size_t usable_inline(const void *p) {
  size_t n = ((uintptr_t)p & (HAK_LARGE_ALIGN - 1)) == 0 ? large_size(p) : 0;
  if (n != 0) return n + 1;
  unsigned c = arena_class_of((const char *)p - 1);
  if (c == 0) return 0;
  if (((uintptr_t)p & (HAK_ALIGN - 1)) != 0) return 0;
  char *b = arena_block_start((const char *)p - 1, c);
  if (*header_of(b) != (c | HDR_USED)) return 0;
  if ((const char *)p != b + HAK_HEADER_BYTES && ((const uint8_t *)p)[-1] != HDR_ALIGNED) return 0;
  return (size_t)(b + hak_class_size(c) - (const char *)p) + 1;
}

#endif
