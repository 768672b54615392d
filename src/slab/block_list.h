/* SPDX-License-Identifier: MIT */
/* block_list.h: how free blocks are linked. A list of free blocks runs through their first word;
 * only link_get() and link_set() know how it is written there.
 *
 * A batch is a list of blocks of one class on its way between threads. In its first block another
 * word holds the next batch of a queue and the batch's count, packed into one: the smallest block
 * has just two words. User addresses have 48 bits on both architectures. */
#ifndef BLOCK_LIST_H
#define BLOCK_LIST_H

#include "base/hak_config.h"
#include "os/hak_secret.h"

HAK_INLINE uint64_t batch_pack(const void *pointer, uint64_t high) { return (uint64_t)(uintptr_t)pointer | high << 48; }
HAK_INLINE void *batch_pointer(uint64_t word) { return (void *)(uintptr_t)(word & 0xffffffffffffu); }
HAK_INLINE uint64_t batch_high(uint64_t word) { return word >> 48; }
#if HAK_BLOCK_HEADER
/* The header is in the second word. */
HAK_INLINE uint64_t *batch_link(void *first) { return (uint64_t *)first + 2; }
#else
HAK_INLINE uint64_t *batch_link(void *first) { return (uint64_t *)first + 1; }
#endif

#if HAKMEM_HARDENED_COMPILED
/* Encoded by two secrets and the block's own address: a link that was written over, or copied from
 * another block, decodes to an address that is none of a block. Both halves of the product, so that who
 * learns one link of known blocks has one equation for two secrets. */
HAK_INTERNAL void link_check(const void *block, const void *next);
HAK_INLINE uint64_t link_mask(const void *block) {
  unsigned __int128 product = (unsigned __int128)((uintptr_t)block ^ hak_secret_link) * hak_secret_factor;
  return (uint64_t)product ^ (uint64_t)(product >> 64);
}
HAK_INLINE void *link_get(const void *block) {
  void *next = (void *)(*(const uint64_t *)block ^ link_mask(block));
  if (next != NULL) link_check(block, next);
  return next;
}
HAK_INLINE void link_set(void *block, void *next) { *(uint64_t *)block = (uintptr_t)next ^ link_mask(block); }
/* A list of n blocks of that size that lie one behind the other from first on, in random order; its first. */
HAK_INTERNAL void *link_shuffled(void *first, size_t size, uint32_t n);
/* A batch's link lies in what has to be zero while a block is free. */
HAK_INLINE void batch_link_clear(void *first) { *batch_link(first) = 0; }
#else
HAK_INLINE void *link_get(const void *block) { return *(void *const *)block; }
HAK_INLINE void link_set(void *block, void *next) { *(void **)block = next; }
HAK_INLINE void batch_link_clear(void *first) { (void)first; }
#endif

/* What a broken list is reported as; which of the two happened cannot be told from the list. */
#define HAK_LIST_OVERWRITTEN "free list overwritten: a block was written to after it was freed"
#define HAK_LIST_BROKEN "free list broken: a block was freed twice, or written to after it was freed"

/* Longest batch: what fits the packed count. */
#define HAK_BATCH_MAX 65535u

#endif
