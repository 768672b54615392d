/* SPDX-License-Identifier: MIT */
/* block_list.c: see block_list.h. What a decoded link has to be. */
#include "slab/block_list.h"

#if HAKMEM_HARDENED_COMPILED
# include "os/hak_panic.h"
# include "slab/arena.h"

void link_check(const void *block, const void *next) {
  if (unlikely(((uintptr_t)next & (HAK_ALIGN - 1)) != 0 || arena_class_of(next) != arena_class_of(block)))
    hak_panic(HAK_LIST_OVERWRITTEN, block);
}
#else
typedef int block_list_is_compiled_out; /* a translation unit must not be empty */
#endif
