/* SPDX-License-Identifier: MIT */
/* entry_hardened.h: the entry points of a hardened build: everything passes the hardened box.
 * Included by hakmem_alloc.c alone. */
#ifndef ENTRY_HARDENED_H
#define ENTRY_HARDENED_H

#include "base/hak_size_class.h"
#include "hardened/hardened.h"
#include "telemetry/bad_class.h"

HAK_INLINE void *alloc_try(size_t size, size_t alignment) { return hardened_alloc(size, alignment); }
HAK_INLINE void *alloc_inline(size_t size) {
  if (size <= HAK_TINY_MAX) METRIC_BAD_CLASS(hak_tiny_class(size));
  void *p = hardened_alloc(size, HAK_ALIGN);
  return likely(p != NULL) ? p : alloc_last_resort(size, HAK_ALIGN);
}
HAK_INLINE void *alloc_aligned(size_t alignment, size_t size) {
  void *p = hardened_alloc(size, alignment);
  return likely(p != NULL) ? p : alloc_last_resort(size, alignment);
}
HAK_INLINE void free_inline(void *p) { hardened_free(p); }
/* The size asked for plus one; 0 where p is no block. */
HAK_INLINE size_t usable_inline(const void *p) { return hardened_usable(p); }

#endif
