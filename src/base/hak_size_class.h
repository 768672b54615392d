/* SPDX-License-Identifier: MIT */
/* hak_size_class.h: sizes to classes and back. Owns the arithmetic, nothing else. */
#ifndef HAK_SIZE_CLASS_H
#define HAK_SIZE_CLASS_H

#include "base/hak_config.h"

/* What a block of n * 16 bytes takes: steps of 16 up to 256, of 32 to 512, of 64 to 1024. */
#define HAK_ROUND_2(size) size, size
#define HAK_ROUND_4(size) size, size, size, size
static const uint16_t hak_tiny_rounding[HAK_TINY_CLASSES] = {
  0,
  16,
  32,
  48,
  64,
  80,
  96,
  112,
  128,
  144,
  160,
  176,
  192,
  208,
  224,
  240,
  256,
  HAK_ROUND_2(288),
  HAK_ROUND_2(320),
  HAK_ROUND_2(352),
  HAK_ROUND_2(384),
  HAK_ROUND_2(416),
  HAK_ROUND_2(448),
  HAK_ROUND_2(480),
  HAK_ROUND_2(512),
  HAK_ROUND_4(576),
  HAK_ROUND_4(640),
  HAK_ROUND_4(704),
  HAK_ROUND_4(768),
  HAK_ROUND_4(832),
  HAK_ROUND_4(896),
  HAK_ROUND_4(960),
  HAK_ROUND_4(1024),
};

/* What a block of any size up to HAK_TINY_MAX takes; 0 gives 0. By a table, without a branch:
 * sizes are as good as random. */
HAK_INLINE size_t hak_tiny_rounded(size_t size) { return hak_tiny_rounding[(size + 15) >> 4]; }

/* The same as a class; class 0 never holds a block. */
HAK_INLINE unsigned hak_tiny_class(size_t size) { return (unsigned)(hak_tiny_rounded(size) >> 4); }

/* Mid-size classes by size / 256 up to 8 KB and by size / 1024 above, rounded up, counted from the
 * first: steps of 256 bytes to 4 KB, then eight a doubling. */
#define HAK_TWICE(n) n, n
#define HAK_FOUR(n) HAK_TWICE(n), HAK_TWICE(n)
static const uint8_t hak_pool_class_short[33] = {
  0,
  0,
  0,
  0,
  0,
  0,
  1,
  2,
  3,
  4,
  5,
  6,
  7,
  8,
  9,
  10,
  11,
  HAK_TWICE(12),
  HAK_TWICE(13),
  HAK_TWICE(14),
  HAK_TWICE(15),
  HAK_TWICE(16),
  HAK_TWICE(17),
  HAK_TWICE(18),
  HAK_TWICE(19),
};
static const uint8_t hak_pool_class_long[65] = {
  0,
  0,
  0,
  0,
  0,
  0,
  0,
  0,
  0,
  20,
  21,
  22,
  23,
  24,
  25,
  26,
  27,
  HAK_TWICE(28),
  HAK_TWICE(29),
  HAK_TWICE(30),
  HAK_TWICE(31),
  HAK_TWICE(32),
  HAK_TWICE(33),
  HAK_TWICE(34),
  HAK_TWICE(35),
  HAK_FOUR(36),
  HAK_FOUR(37),
  HAK_FOUR(38),
  HAK_FOUR(39),
  HAK_FOUR(40),
  HAK_FOUR(41),
  HAK_FOUR(42),
  HAK_FOUR(43),
};

/* HAK_TINY_MAX < size <= HAK_POOL_MAX. By tables: sizes are as good as random. */
HAK_INLINE unsigned hak_pool_class(size_t size) {
  return HAK_TINY_CLASSES +
         (size <= 8192 ? hak_pool_class_short[(size + 255) >> 8] : hak_pool_class_long[(size + 1023) >> 10]);
}

/* The classes up to 8 KB are below this. */
#define HAK_SHORT_SPAN_CLASSES (HAK_TINY_CLASSES + 20u)

/* Blocks that all started at multiples of a page would meet in one set of the first-level cache and
 * a few of the second: above 8 KB they take 256 bytes more, but for powers of two, which
 * programs ask for as such. */
HAK_INLINE size_t hak_class_size(unsigned c) {
  if (c < HAK_TINY_CLASSES) return (size_t)c << 4;
  if (c < HAK_TINY_CLASSES + 4u) return (size_t)(c - HAK_TINY_CLASSES + 5u) << 8;
  if (c >= HAK_ALIGNED_CLASSES) return (size_t)2048 << (c - HAK_ALIGNED_CLASSES);
  unsigned k = c - HAK_TINY_CLASSES - 4u, step = k & 7u;
  size_t apart = c >= HAK_SHORT_SPAN_CLASSES && step != 7;
  return ((size_t)(9u + step) << (k >> 3) | apart) << 8;
}

/* The aligned class for blocks of so many bytes, a power of two from 2048. */
HAK_INLINE unsigned hak_aligned_class(size_t size) {
  return HAK_ALIGNED_CLASSES + (unsigned)__builtin_ctzl(size) - 11u;
}

/* Slabs of a run for blocks of one class, of which an eighth at most is left over, or for spans
 * (HAK_RUN_SPANS_SHORT, _LONG). Other classes above 16 KB have no such runs. */
HAK_INLINE unsigned hak_run_slabs(unsigned run) {
  if (run < HAK_SHORT_SPAN_CLASSES || run == HAK_RUN_SPANS_SHORT) return 1;
  if (run < HAK_SHORT_SPAN_CLASSES + 8u) return 2;
  return run < HAK_ALIGNED_CLASSES + 3u && run >= HAK_ALIGNED_CLASSES ? 1u : run == HAK_ALIGNED_CLASSES + 3u ? 2u : 8u;
}

#endif
