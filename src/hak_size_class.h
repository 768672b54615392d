/* SPDX-License-Identifier: MIT */
/* hak_size_class.h: sizes to classes and back. Owns the arithmetic, nothing else. */
#ifndef HAK_SIZE_CLASS_H
#define HAK_SIZE_CLASS_H

#include "hak_config.h"

/* What a block of n * 16 bytes takes: steps of 16 up to 256, of 32 to 512, of 64 to 1024. */
#define HAK_ROUND_2(size) size, size
#define HAK_ROUND_4(size) size, size, size, size
static const uint16_t hak_tiny_rounding[HAK_TINY_CLASSES] = {
  0, 16, 32, 48, 64, 80, 96, 112, 128, 144, 160, 176, 192, 208, 224, 240, 256,
  HAK_ROUND_2(288), HAK_ROUND_2(320), HAK_ROUND_2(352), HAK_ROUND_2(384),
  HAK_ROUND_2(416), HAK_ROUND_2(448), HAK_ROUND_2(480), HAK_ROUND_2(512),
  HAK_ROUND_4(576), HAK_ROUND_4(640), HAK_ROUND_4(704), HAK_ROUND_4(768),
  HAK_ROUND_4(832), HAK_ROUND_4(896), HAK_ROUND_4(960), HAK_ROUND_4(1024),
};

/* What a block of any size up to HAK_TINY_MAX takes; 0 gives 0. By a table, without a branch:
 * sizes are as good as random. */
HAK_INLINE size_t hak_tiny_rounded(size_t size) { return hak_tiny_rounding[(size + 15) >> 4]; }

/* The same as a class; class 0 never holds a block. */
HAK_INLINE unsigned hak_tiny_class(size_t size) { return (unsigned)(hak_tiny_rounded(size) >> 4); }

/* HAK_TINY_MAX < size <= HAK_POOL_MAX: with size - 1 = 2^e + rest, class = 4 steps a doubling. */
HAK_INLINE unsigned hak_pool_class(size_t size) {
  unsigned top = 31u - (unsigned)__builtin_clz((unsigned)(size - 1));
  unsigned step = (unsigned)((size - 1) >> (top - 2)) & 3u;
  return HAK_TINY_CLASSES + (top - 10u) * 4u + step;
}

/* Blocks that all started at multiples of a page would meet in one set of the first-level cache and
 * a few of the second: above 8 KB they lie 256 bytes further apart, where as many fit a run as before.
 * Every fourth class keeps its power of two, for blocks that have to be aligned. */
HAK_INLINE size_t hak_class_size(unsigned c) {
  if (c < HAK_TINY_CLASSES) return (size_t)c << 4;
  unsigned k = c - HAK_TINY_CLASSES, step = k & 3u;
  size_t apart = k >= 16 ? step != 3 : k >= 12 && step < 2;
  return ((size_t)(5u + step) << (k >> 2) | apart) << 8;
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
