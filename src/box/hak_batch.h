/* SPDX-License-Identifier: MIT */
/* hak_batch.h: a batch: blocks of one class linked through their first word. In its first block
 * the second word holds the next batch of a queue and the batch's count, packed into one word:
 * the smallest block has just two words. User addresses have 48 bits on both architectures. */
#ifndef HAK_BATCH_H
#define HAK_BATCH_H

#include "hak_config.h"

HAK_INLINE uint64_t batch_pack(const void *pointer, uint64_t high) { return (uint64_t)(uintptr_t)pointer | high << 48; }
HAK_INLINE void *batch_pointer(uint64_t word) { return (void *)(uintptr_t)(word & 0xffffffffffffu); }
HAK_INLINE uint64_t batch_high(uint64_t word) { return word >> 48; }
HAK_INLINE void **block_next(void *block) { return (void **)block; }
HAK_INLINE uint64_t *batch_link(void *first) { return (uint64_t *)first + 1; }

/* Longest batch: what fits the packed count. */
#define HAK_BATCH_MAX 65535u

#endif
