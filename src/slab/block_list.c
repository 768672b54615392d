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

/* A block is read, as it has to be zero, before it is written: the page that it ends in would be faulted in twice,
 * first as the kernel's page of zeros. An or with nothing asks for a page to write, and keeps what is there. */
static void fault_in_end(char *block, size_t size) {
  enum { PAGE_BYTES = 4096 };
  uintptr_t first = (uintptr_t)block, last = first + size - 1;
  if (first / PAGE_BYTES != last / PAGE_BYTES) __atomic_fetch_or(block + size - 1, 0, __ATOMIC_RELAXED);
}

/* In pieces, so that little of the stack is needed. */
void *link_shuffled(void *first, size_t size, uint32_t n) {
  enum { PIECE = 256 };
  uint8_t order[PIECE];
  void *head = NULL, *last = NULL;
  for (uint32_t from = 0; from < n; from += PIECE) {
    uint32_t count = n - from < PIECE ? n - from : PIECE;
    for (uint32_t i = 0; i < count; i++) { /* Fisher and Yates, inside out */
      uint32_t k = (uint32_t)(hak_secret_random() >> 32) % (i + 1);
      order[i] = order[k];
      order[k] = (uint8_t)i;
    }
    for (uint32_t i = 0; i < count; i++) {
      char *b = (char *)first + (from + order[i]) * size;
      fault_in_end(b, size);
      if (last != NULL) link_set(last, b);
      else head = b;
      last = b;
    }
  }
  link_set(last, NULL);
  return head;
}
#else
typedef int block_list_is_compiled_out; /* a translation unit must not be empty */
#endif
