/* SPDX-License-Identifier: MIT */
/* block_end.h: the last 16 bytes of a mid-size block, but of one of a power of two, are two words by which it is seen,
 * when the block goes back to where it was cut from, that somebody wrote behind it (hak_size_class.h says where there
 * is room for them). Builds with a header before each block have no need of it. */
#ifndef BLOCK_END_H
#define BLOCK_END_H

#include "os/hak_panic.h"
#include "slab/arena.h"

/* What the program may use of a block; blocks are of multiples of 16 bytes. */
HAK_INLINE size_t block_usable(unsigned c) { return hak_class_usable[c] & ~(size_t)1; }

#if !HAK_BLOCK_HEADER
/* Where blocks are: the same address may be the end of one and of another, one after the other, and then what the
 * first left behind must not be taken for the second's. */
enum block_end_of { END_OF_SLAB = 1, END_OF_SPAN = 2 };

/* Of its place; the lowest byte, which comes first, is never zero, so that a string's end written one too far is seen,
 * and the next one always, so that a string without an end stops there. */
HAK_INLINE uint64_t block_end_word(const void *at, enum block_end_of of) {
  return (((uintptr_t)at + of) * 0x9e3779b97f4a7c15u & ~(uint64_t)0xffff) | 0xa5;
}
/* The first of the two, NULL where blocks of the class have none. */
HAK_INLINE uint64_t *block_end(const void *block, unsigned c) {
  size_t usable = hak_class_usable[c];
  return (usable & 1) != 0 ? (uint64_t *)((uintptr_t)block + usable - 1) : NULL;
}

HAK_INLINE void block_end_set(void *block, unsigned c, enum block_end_of of) {
  uint64_t *end = block_end(block, c);
  if (end == NULL) return;
  end[0] = block_end_word(&end[0], of);
  end[1] = block_end_word(&end[1], of);
}

HAK_INLINE bool block_end_right(const uint64_t *word, enum block_end_of of) {
  return __atomic_load_n(word, __ATOMIC_RELAXED) == block_end_word(word, of);
}

HAK_INLINE void block_end_check_at(const uint64_t *end, enum block_end_of of, const void *block) {
  if (unlikely(!block_end_right(&end[0], of) || !block_end_right(&end[1], of)))
    hak_panic("written to right behind a block", block);
}

HAK_INLINE void block_end_check(const void *block, unsigned c, enum block_end_of of) {
  const uint64_t *end = block_end(block, c);
  if (end != NULL) block_end_check_at(end, of, block);
}

/* The same of the block before it, in a run of the class's own; first: none is. */
HAK_INLINE void block_end_check_both(const void *block, unsigned c, bool first) {
  const uint64_t *end = block_end(block, c);
  if (end == NULL) return;
  block_end_check_at(end, END_OF_SLAB, block);
  if (!first) block_end_check_at((const uint64_t *)block - 2, END_OF_SLAB, (const char *)block - hak_class_size(c));
}

/* What will be looked at of a block whose class has such words. */
HAK_INLINE void block_end_fetch(const void *block, unsigned c) {
  __builtin_prefetch(block_end(block, c));
  __builtin_prefetch((const uint64_t *)block - 2);
}

/* The block of a span goes: its end is nobody's any more. */
HAK_INLINE void block_end_clear(void *block, unsigned c) {
  uint64_t *end = block_end(block, c);
  if (end != NULL) end[0] = end[1] = 0;
}

/* One of the two words before a span is what it was, and the other is not: who wrote there wrote before this block, or
 * a little behind the other. Where neither is right no block may end there, or one without such words. */
HAK_INLINE void block_end_check_before(const void *block) {
# if HAK_SANITIZED /* it may be another thread's block, without such words, being written to */
  (void)block;
# else
  const uint64_t *end = (const uint64_t *)block - 2;
  if (unlikely(block_end_right(&end[0], END_OF_SPAN) != block_end_right(&end[1], END_OF_SPAN)))
    hak_panic("written to right before a block", block);
# endif
}
#else
# define block_end_set(block, c, of) ((void)(block), (void)(c))
# define block_end_check(block, c, of) ((void)(block), (void)(c))
# define block_end_check_both(block, c, first) ((void)(block), (void)(c), (void)(first))
# define block_end_fetch(block, c) ((void)(block), (void)(c))
# define block_end_clear(block, c) ((void)(block), (void)(c))
# define block_end_check_before(block) ((void)(block))
#endif

#endif
