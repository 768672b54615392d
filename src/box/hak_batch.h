/* SPDX-License-Identifier: MIT */
/* hak_batch.h: how free blocks are linked. A list of free blocks runs through their first word;
 * only link_get() and link_set() know how it is written there.
 *
 * A batch is a list of blocks of one class on its way between threads. In its first block another
 * word holds the next batch of a queue and the batch's count, packed into one: the smallest block
 * has just two words. User addresses have 48 bits on both architectures. */
#ifndef HAK_BATCH_H
#define HAK_BATCH_H

#include "hak_config.h"

HAK_INLINE uint64_t batch_pack(const void *pointer, uint64_t high) { return (uint64_t)(uintptr_t)pointer | high << 48; }
HAK_INLINE void *batch_pointer(uint64_t word) { return (void *)(uintptr_t)(word & 0xffffffffffffu); }
HAK_INLINE uint64_t batch_high(uint64_t word) { return word >> 48; }
#if HAK_BLOCK_HEADER
/* The header is in the second word. */
HAK_INLINE uint64_t *batch_link(void *first) { return (uint64_t *)first + 2; }
#else
HAK_INLINE uint64_t *batch_link(void *first) { return (uint64_t *)first + 1; }
#endif

HAK_INLINE void *link_get(const void *block) { return *(void *const *)block; }
HAK_INLINE void link_set(void *block, void *next) { *(void **)block = next; }

/* What a broken list is reported as; which of the two happened cannot be told from the list. */
#define HAK_LIST_OVERWRITTEN "free list overwritten: a block was written to after it was freed"
#define HAK_LIST_BROKEN "free list broken: a block was freed twice, or written to after it was freed"

/* Longest batch: what fits the packed count. */
#define HAK_BATCH_MAX 65535u

#endif
