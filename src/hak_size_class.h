/* SPDX-License-Identifier: MIT */
/* hak_size_class.h: sizes to classes and back. Owns the arithmetic, nothing else. */
#ifndef HAK_SIZE_CLASS_H
#define HAK_SIZE_CLASS_H

#include "hak_config.h"

/* What a block of any size up to HAK_TINY_MAX takes: the next multiple of 16, above
 * HAK_TINY_FINE_MAX of 32. 0 gives 0. Without a branch: sizes are as good as random. */
HAK_INLINE size_t hak_tiny_rounded(size_t size) {
  size_t up = size + 15;
  /* bit 10 of the sum says that size is above HAK_TINY_FINE_MAX; then an odd multiple of 16 gets
   * 16 more */
  up += (size + (1023 - HAK_TINY_FINE_MAX)) >> 6 & up & 16;
  return up & ~(size_t)15;
}

/* The same as a class; class 0 never holds a block. */
HAK_INLINE unsigned hak_tiny_class(size_t size) { return (unsigned)(hak_tiny_rounded(size) >> 4); }

/* HAK_TINY_MAX < size <= HAK_POOL_MAX: with size - 1 = 2^e + rest, class = 4 steps a doubling. */
HAK_INLINE unsigned hak_pool_class(size_t size) {
  unsigned top = 31u - (unsigned)__builtin_clz((unsigned)(size - 1));
  unsigned step = (unsigned)((size - 1) >> (top - 2)) & 3u;
  return HAK_TINY_CLASSES + (top - 10u) * 4u + step;
}

HAK_INLINE size_t hak_class_size(unsigned c) {
  if (c < HAK_TINY_CLASSES) return (size_t)c << 4;
  unsigned k = c - HAK_TINY_CLASSES;
  return ((size_t)(5u + (k & 3u)) << (k >> 2)) << 8;
}

/* Classes below this, up to 8 KB, have runs of one slab. */
#define HAK_ONE_SLAB_CLASSES (HAK_TINY_CLASSES + 12u)

/* Slabs of a run that blocks of this class are cut from: one, until a block would waste more
 * than an eighth of it. */
HAK_INLINE unsigned hak_class_run_slabs(unsigned c) {
  size_t size = hak_class_size(c);
  return size <= 8192 ? 1u : size <= 16384 ? 2u : size <= 32768 ? 4u : 8u;
}

#endif
