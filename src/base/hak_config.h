/* SPDX-License-Identifier: MIT */
/* hak_config.h: the sizes that the boxes share. Lowest layer: includes nothing of the project
 * but the generated gate flags. */
#ifndef HAK_CONFIG_H
#define HAK_CONFIG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "hakmem_build_flags.h"

/* A slab is the unit of metadata, a superslab the unit of asking the OS box: 2 MB, so that a
 * transparent huge page can back it. */
#define HAK_SLAB_SHIFT 16
#define HAK_SLAB_BYTES ((size_t)1 << HAK_SLAB_SHIFT)
#define HAK_SUPERSLAB_BYTES ((size_t)2 << 20)
#define HAK_SLABS_PER_SUPERSLAB (HAK_SUPERSLAB_BYTES >> HAK_SLAB_SHIFT)

/* Addresses that the arena may use, opened in steps (arena.c); where they have to be reserved, down to
 * the lower bound. */
#define HAK_ARENA_BYTES_MAX ((size_t)256 << 30)
#define HAK_ARENA_BYTES_MIN ((size_t)2 << 20)

/* Tiny classes are eight a doubling above 128, in steps of at least 16, up to 1024
 * (hak_size_class.h). Each class has pages
 * of its own, enough for the most of its blocks that were ever live: the fewer classes, the less
 * all these peaks add up to (4 to 20% of a mixed program's pages), against 4% that blocks above
 * 256 bytes are too long on the average. Class 0 stays empty, so that malloc(0) misses and is
 * sorted out there. The largest tiny class is what the phases call C7. */
#define HAK_TINY_MAX 1024u
#define HAK_TINY_CLASSES 33u
#define HAK_CLASS_C7 (HAK_TINY_CLASSES - 1u)
/* Mid-size classes: eight a doubling from 1 to 64 KB (hak_class_size). Those up to 2 KB have runs of
 * their own, as tiny ones. While little of a longer one is in use its blocks are cut from runs that they
 * share (pool_span.h), so that many classes cost nothing. */
#define HAK_POOL_MAX 65536u
#define HAK_NO_SPAN_MAX 2048u
#define HAK_SPAN_CLASSES (HAK_TINY_CLASSES + 8u)
/* After them the powers of two from 2 to 64 KB once more, for blocks that have to be aligned: from runs
 * of each alone, so that all lie at multiples of their size. */
#define HAK_ALIGNED_CLASSES (HAK_TINY_CLASSES + 48u)
#define HAK_POOL_CLASSES 54u
#define HAK_CLASSES (HAK_TINY_CLASSES + HAK_POOL_CLASSES)
/* What a run of slabs may be for besides one class: spans of up to 8 KB, or longer ones. */
#define HAK_RUN_SPANS_SHORT HAK_CLASSES
#define HAK_RUN_SPANS_LONG (HAK_CLASSES + 1u)
#define HAK_RUN_CLASSES (HAK_CLASSES + 2u)

#define HAK_ALIGN 16u
/* Where blocks above HAK_POOL_MAX start, but in a hardened build. */
#define HAK_LARGE_ALIGN 4096u

/* What is spent on the block header (tiny_free_fast_v2.h): 16 bytes, to keep the alignment. The
 * hardened build keeps its own words there. */
#if HAKMEM_BLOCK_HEADER_COMPILED || HAKMEM_HARDENED_COMPILED
# define HAK_BLOCK_HEADER 1
# define HAK_HEADER_BYTES 16u
#else
# define HAK_BLOCK_HEADER 0
#endif

/* Invariant checkers (BOX_check() of each box, hak_check_all()) are compiled for tests only. */
#ifndef HAKMEM_CHECKS
# define HAKMEM_CHECKS 0
#endif

#if defined __SANITIZE_ADDRESS__ || defined __SANITIZE_THREAD__
# define HAK_SANITIZED 1
#elif defined __has_feature
# define HAK_SANITIZED \
  (__has_feature(address_sanitizer) || __has_feature(thread_sanitizer) || __has_feature(memory_sanitizer))
#else
# define HAK_SANITIZED 0
#endif

#define likely(x) __builtin_expect(!!(x), 1)
#define unlikely(x) __builtin_expect(!!(x), 0)
#define HAK_INTERNAL __attribute__((visibility("hidden")))
#define HAK_EXPORT __attribute__((visibility("default")))
/* Rare, and as small as can be; and what is apart from the fast path, but optimized. */
#define HAK_COLD __attribute__((cold, noinline))
#define HAK_APART __attribute__((noinline))
#define HAK_INLINE static inline __attribute__((always_inline))

#endif
