/* SPDX-License-Identifier: MIT */
/* block_header.h: the byte before what the program gets, in the builds that have one (gates
 * block-header and hardened).
 *
 * The header is one byte right before the address that the program gets; 16 bytes are spent on
 * it, so that the address stays aligned. It holds the block's class, and its top bit says that
 * the block is in use: a second free of the same block is seen at once. Everything below the entry
 * points deals in blocks; only they turn a block into the program's address and back.
 *
 * Owns the byte's format. Compiled out, there is no header and nothing of this. */
#ifndef BLOCK_HEADER_H
#define BLOCK_HEADER_H

#include "base/hak_config.h"

#if HAK_BLOCK_HEADER
/* A class (1 to 114) while free; with the top bit while in use. */
# define HDR_USED 0x80u
/* Before an address that is further into its block, for an alignment above 16. */
# define HDR_ALIGNED 0xffu

HAK_INLINE uint8_t *header_of(void *block) { return (uint8_t *)block + HAK_HEADER_BYTES - 1; }
/* Of a block that was carved and goes into a list. */
HAK_INLINE void header_set_free(void *block, unsigned c) { *header_of(block) = (uint8_t)c; }
#endif

#endif
