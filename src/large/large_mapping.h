/* SPDX-License-Identifier: MIT */
/* large_mapping.h: what is known of the mapping of one large block. Shared by large.c, whose table
 * holds those in use, and large_kept.c and large_guard.c, which hold freed ones. */
#ifndef LARGE_MAPPING_H
#define LARGE_MAPPING_H

#include "base/hak_config.h"

struct mapping {
  uintptr_t block; /* what the program has; 0 empty, 1 deleted */
  uintptr_t start;
  size_t bytes; /* of the mapping */
  size_t used;  /* of these, from the start to the block's end */
#if HAKMEM_HARDENED_COMPILED
  size_t asked; /* by the program */
#else
  size_t warm; /* the most that was ever used: the rest is untouched */
#endif
};

enum { GONE_MAX = 32, /* mappings that leave at once */ PAGE = 4096 };

#endif
