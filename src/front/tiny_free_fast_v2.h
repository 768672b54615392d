/* SPDX-License-Identifier: MIT */
/* tiny_free_fast_v2.h: the fast free that trusts the block header (block_header.h), a compile-time
 * choice: it needs neither the tag table nor the slab's metadata. Compiled out, there is nothing of
 * this. */
#ifndef TINY_FREE_FAST_V2_H
#define TINY_FREE_FAST_V2_H

#include "base/hak_config.h"
#include "front/hak_tiny_free.h"
#include "probes/hakmem_site.h"
#include "slab/arena.h"
#include "slab/block_header.h"

#if HAKMEM_BLOCK_HEADER_COMPILED && !HAKMEM_HARDENED_COMPILED
# if HAKMEM_HDR_META_FAST_COMPILED
extern HAK_EXPORT uint64_t g_hdr_meta_fast;
# endif

/* The program's address of a block that goes out. */
HAK_INLINE void *header_hand_out(void *block, unsigned c) {
  *header_of(block) = (uint8_t)(c | HDR_USED);
  return (char *)block + HAK_HEADER_BYTES;
}

/* Frees p if it is a tiny block in use by its header; false otherwise (nothing was done). Any
 * address will do: only the arena is read, and nothing right before a large block. */
HAK_INLINE bool tiny_free_fast_v2(void *p) {
  uint8_t *header = (uint8_t *)((uintptr_t)p - 1); /* p may be NULL */
  if (unlikely(arena_index(header) >= HAK_BOUND(hak_arena_slabs) || ((uintptr_t)p & (HAK_ALIGN - 1)) != 0))
    return false;
  if (unlikely(((uintptr_t)p & (HAK_LARGE_ALIGN - 1)) == 0)) return false; /* may be a large block (superslab_close) */
  unsigned c = *header ^ HDR_USED;
  if (unlikely(c - 1u >= HAK_TINY_CLASSES - 1u)) return false;
  HAK_SITE(block_header);
# if HAKMEM_HDR_META_FAST_COMPILED
  if (unlikely(arena_class_of(header) != c)) {
    HAK_SITE(hdr_meta_fast);
    __atomic_fetch_add(&g_hdr_meta_fast, 1, __ATOMIC_RELAXED);
  }
# endif
  *header = (uint8_t)c;
  hak_tiny_free((char *)p - HAK_HEADER_BYTES, (size_t)c << HAK_TAG_SHIFT);
  return true;
}
#endif

#endif
