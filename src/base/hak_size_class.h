/* SPDX-License-Identifier: MIT */
/* hak_size_class.h: sizes to classes and back. Owns the arithmetic, nothing else. */
#ifndef HAK_SIZE_CLASS_H
#define HAK_SIZE_CLASS_H

#include "base/hak_config.h"

/* A class's tag is what the table of slabs (arena.h) holds for it, and the offset of its list in
 * the thread's lists. */
#define HAK_TAG_SHIFT 4
#define HAK_TINY_TAG_MAX ((size_t)HAK_CLASS_C7 << HAK_TAG_SHIFT)

/* The tag for n * 16 bytes: classes in steps of 16 up to 256, of 32 to 512, of 64 to 1024. By a table,
 * without a branch: sizes are as good as random. */
#define HAK_TAG(c) (c) << HAK_TAG_SHIFT
#define HAK_TAG_2(c) HAK_TAG(c), HAK_TAG(c)
#define HAK_TAG_4(c) HAK_TAG_2(c), HAK_TAG_2(c)
static const uint16_t hak_tiny_tags[HAK_TINY_MAX / 16 + 1] = {
  0,
  HAK_TAG(1),
  HAK_TAG(2),
  HAK_TAG(3),
  HAK_TAG(4),
  HAK_TAG(5),
  HAK_TAG(6),
  HAK_TAG(7),
  HAK_TAG(8),
  HAK_TAG(9),
  HAK_TAG(10),
  HAK_TAG(11),
  HAK_TAG(12),
  HAK_TAG(13),
  HAK_TAG(14),
  HAK_TAG(15),
  HAK_TAG(16),
  HAK_TAG_2(17),
  HAK_TAG_2(18),
  HAK_TAG_2(19),
  HAK_TAG_2(20),
  HAK_TAG_2(21),
  HAK_TAG_2(22),
  HAK_TAG_2(23),
  HAK_TAG_2(24),
  HAK_TAG_4(25),
  HAK_TAG_4(26),
  HAK_TAG_4(27),
  HAK_TAG_4(28),
  HAK_TAG_4(29),
  HAK_TAG_4(30),
  HAK_TAG_4(31),
  HAK_TAG_4(32),
};

/* The tag for any size up to HAK_TINY_MAX; 0 gives 0. */
HAK_INLINE size_t hak_tiny_tag(size_t size) { return hak_tiny_tags[(size + 15) >> 4]; }

/* The same as a class; class 0 never holds a block. */
HAK_INLINE unsigned hak_tiny_class(size_t size) { return (unsigned)(hak_tiny_tag(size) >> HAK_TAG_SHIFT); }

/* Mid-size classes by size / 128 up to 8 KB and by size / 1024 above, rounded up, counted from the
 * first: steps of 128 bytes to 2 KB, of 256 to 4 KB, then eight a doubling. */
#define HAK_TWICE(n) n, n
#define HAK_FOUR(n) HAK_TWICE(n), HAK_TWICE(n)
static const uint8_t hak_pool_class_short[65] = {
  0,
  0,
  0,
  0,
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
  HAK_TWICE(8),
  HAK_TWICE(9),
  HAK_TWICE(10),
  HAK_TWICE(11),
  HAK_TWICE(12),
  HAK_TWICE(13),
  HAK_TWICE(14),
  HAK_TWICE(15),
  HAK_FOUR(16),
  HAK_FOUR(17),
  HAK_FOUR(18),
  HAK_FOUR(19),
  HAK_FOUR(20),
  HAK_FOUR(21),
  HAK_FOUR(22),
  HAK_FOUR(23),
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
  24,
  25,
  26,
  27,
  28,
  29,
  30,
  31,
  HAK_TWICE(32),
  HAK_TWICE(33),
  HAK_TWICE(34),
  HAK_TWICE(35),
  HAK_TWICE(36),
  HAK_TWICE(37),
  HAK_TWICE(38),
  HAK_TWICE(39),
  HAK_FOUR(40),
  HAK_FOUR(41),
  HAK_FOUR(42),
  HAK_FOUR(43),
  HAK_FOUR(44),
  HAK_FOUR(45),
  HAK_FOUR(46),
  HAK_FOUR(47),
};

/* The last bytes of a mid-size block are not the program's: by them it is seen that somebody wrote behind the block
 * (block_end.h), but where it is of a power of two, which programs ask for as such. */
#define HAK_END_BYTES 16u
HAK_INLINE bool hak_class_has_end(unsigned c) {
  return !HAK_BLOCK_HEADER && c >= HAK_TINY_CLASSES && c < HAK_ALIGNED_CLASSES && (c - HAK_TINY_CLASSES) % 8 != 7;
}
#if !HAK_BLOCK_HEADER
/* So many times 16 bytes of a class's blocks are the program's. Longer ones have room enough behind. */
# define HAK_ENDS(size)                                                                                             \
  (9 * (size)-16) / 16, (10 * (size)-16) / 16, (11 * (size)-16) / 16, (12 * (size)-16) / 16, (13 * (size)-16) / 16, \
      (14 * (size)-16) / 16, (15 * (size)-16) / 16, 16 * (size) / 16
static const uint16_t hak_pool_ends[25] = { HAK_ENDS(128), HAK_ENDS(256), HAK_ENDS(512), (9216 - 16) / 16 };
#endif

/* HAK_TINY_MAX < size <= HAK_POOL_MAX. By tables: sizes are as good as random. */
HAK_INLINE unsigned hak_pool_class(size_t size) {
  if (size > 9216) return HAK_TINY_CLASSES + hak_pool_class_long[(size + 1023) >> 10];
  unsigned i = size <= 8192 ? hak_pool_class_short[(size + 127) >> 7] : 24;
#if !HAK_BLOCK_HEADER
  i += (size + 15) / 16 > hak_pool_ends[i];
#endif
  return HAK_TINY_CLASSES + i;
}

/* The classes up to 8 KB are below this. */
#define HAK_SHORT_SPAN_CLASSES (HAK_TINY_CLASSES + 24u)

/* Blocks that all started at multiples of a page would meet in one set of the first-level cache and
 * a few of the second: above 8 KB they take 256 bytes more, but for powers of two, which
 * programs ask for as such; the first class above starts at four places of a page anyway. */
HAK_INLINE bool hak_class_is_apart(unsigned c) {
  return c > HAK_SHORT_SPAN_CLASSES && c < HAK_ALIGNED_CLASSES && (c - HAK_SPAN_CLASSES) % 8 != 7;
}
HAK_INLINE size_t hak_class_size(unsigned c) {
  if (c <= 16u) return (size_t)c << 4;
  if (c < HAK_TINY_CLASSES + 8u) { /* eight a doubling from 256 to 2048 */
    unsigned k = c - 17u;
    return (size_t)(9u + (k & 7u)) << (k >> 3) << 5;
  }
  if (c >= HAK_ALIGNED_CLASSES) return (size_t)2048 << (c - HAK_ALIGNED_CLASSES);
  unsigned k = c - HAK_SPAN_CLASSES, step = k & 7u;
  return ((size_t)(9u + step) << (k >> 3) | hak_class_is_apart(c)) << 8;
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
