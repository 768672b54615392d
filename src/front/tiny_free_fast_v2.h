/* SPDX-License-Identifier: MIT */
/* tiny_free_fast_v2.h: the block header, a compile-time choice (gate block-header), and the fast
 * free that trusts it.
 *
 * The header is one byte right before the address that the program gets; 16 bytes are spent on
 * it, so that the address stays aligned. It holds the block's class, and its top bit says that
 * the block is in use: a second free of the same block is seen at once. With it a free needs
 * neither the tag table nor the slab's metadata. Everything below the entry points deals in
 * blocks; only they turn a block into the program's address and back.
 *
 * Owns the byte's format. Compiled out, there is no header and nothing of this. */
#ifndef TINY_FREE_FAST_V2_H
#define TINY_FREE_FAST_V2_H

#include "box/superslab.h"
#include "hak_config.h"
#include "hakmem_tiny_free.h"
#include "probes/hakmem_site.h"

#if HAK_BLOCK_HEADER
/* A class (1 to 114) while free; with the top bit while in use. */
# define HDR_USED 0x80u
/* Before an address that is further into its block, for an alignment above 16. */
# define HDR_ALIGNED 0xffu

HAK_INLINE uint8_t *header_of(void *block) { return (uint8_t *)block + HAK_HEADER_BYTES - 1; }
/* Of a block that was carved and goes into a list. */
HAK_INLINE void header_set_free(void *block, unsigned c) { *header_of(block) = (uint8_t)c; }
#endif

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
 * address will do: only the arena is read. */
HAK_INLINE bool tiny_free_fast_v2(void *p) {
  uint8_t *header = (uint8_t *)((uintptr_t)p - 1); /* p may be NULL */
  if (unlikely(superslab_index(header) >= hak_arena_slabs || ((uintptr_t)p & (HAK_ALIGN - 1)) != 0)) return false;
  unsigned c = *header ^ HDR_USED;
  if (unlikely(c - 1u >= HAK_TINY_CLASSES - 1u)) return false;
  HAK_SITE(block_header);
# if HAKMEM_HDR_META_FAST_COMPILED
  if (unlikely(superslab_class_of(header) != c)) {
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
