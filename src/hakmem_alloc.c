/* SPDX-License-Identifier: MIT */
/* hakmem_alloc.c: the entry points that allocate and free. The fast paths are inlined here, and
 * here alone; each exported name is defined once and aliased (hak_malloc and malloc). */
#include "hakmem.h"

#include <errno.h>
#include <string.h>

#include "box/hak_heap.h"
#include "box/hakmem_large.h"
#include "box/hakmem_tiny_refill_p0.h"
#include "box/pool_hotbox_v2_box.h"
#include "box/superslab.h"
#include "front/tiny_unified_cache.h"
#include "hak_entry.h"
#include "hak_size_class.h"
#include "hakmem_tiny_free.h"
#include "os/hak_panic.h"
#include "probes/hakmem_site.h"

#if HAKMEM_METRIC_BAD_CLASS_COMPILED
HAK_EXPORT uint64_t g_metric_bad_class;
#endif

HAK_COLD static void *alloc_above_tiny(size_t size) {
  if (size <= HAK_POOL_MAX) {
    unsigned c = hak_pool_class(size);
    if (unlikely(atomic_load_explicit(&pool_hotbox_v2_enabled, memory_order_relaxed))) return pool_hotbox_v2_alloc(c);
    void *b = unified_cache_pop(&hak_tls.cache[c], c);
    return b != NULL ? b : p0_refill(c);
  }
  bool zeroed;
  return large_alloc(size, HAK_ALIGN, &zeroed);
}

HAK_INLINE void *alloc_inline(size_t size) {
  if (unlikely(size > HAK_TINY_MAX)) return alloc_above_tiny(size);
  unsigned c = hak_tiny_class(size);
#if HAKMEM_METRIC_BAD_CLASS_COMPILED
  if (unlikely(c >= HAK_TINY_CLASSES)) {
    HAK_SITE(metric_bad_class);
    __atomic_fetch_add(&g_metric_bad_class, 1, __ATOMIC_RELAXED);
  }
#endif
  void *b = unified_cache_pop(&hak_tls.cache[c], c);
  return likely(b != NULL) ? b : p0_refill(c);
}

/* Everything but a tiny block of the arena. */
HAK_COLD static void free_other(void *block) {
  if (block == NULL) return;
  unsigned c = superslab_class_of(block);
  if (c != 0) {
    struct hak_cache *k = &hak_tls.cache[c];
    /* every pool class is a multiple of 256 bytes; what passes this is looked at in full when
     * the block is spilled */
    if (unlikely(((uintptr_t)block & 255) != 0)) hak_panic("free of a pointer into the middle of a block", block);
    if (unlikely(k->head == block)) hak_panic("double free", block);
    if (unlikely(atomic_load_explicit(&pool_hotbox_v2_enabled, memory_order_relaxed))) pool_hotbox_v2_free(c, block);
    else if (unified_cache_push(k, c, block)) magazine_spill(c);
    return;
  }
  if (!large_free(block)) hak_panic("free of a pointer that is not an allocated block", block);
}

HAK_INLINE void free_inline(void *block) {
  unsigned c = superslab_class_of(block);
  /* class 0 wraps to the top: one comparison for "not tiny" */
  if (unlikely(c - 1u >= HAK_TINY_CLASSES - 1u)) {
    free_other(block);
    return;
  }
  if (unlikely(((uintptr_t)block & (HAK_ALIGN - 1)) != 0)) hak_panic("free of a misaligned pointer", block);
  hak_tiny_free(block, c);
}

HAK_EXPORT void *hak_malloc(size_t size) { return alloc_inline(size); }
HAK_EXPORT void hak_free(void *block) { free_inline(block); }

HAK_EXPORT void *hak_calloc(size_t count, size_t size) {
  size_t bytes;
  if (unlikely(__builtin_mul_overflow(count, size, &bytes))) {
    errno = ENOMEM;
    return NULL;
  }
  if (bytes > HAK_POOL_MAX) {
    bool zeroed;
    void *b = large_alloc(bytes, HAK_ALIGN, &zeroed);
    if (b != NULL && !zeroed) memset(b, 0, bytes);
    return b;
  }
  void *b = alloc_inline(bytes);
  return likely(b != NULL) ? memset(b, 0, bytes) : NULL;
}

size_t hak_usable(const void *block) {
  unsigned c = superslab_class_of(block);
  size_t n = c == 0 ? large_size(block) : superslab_is_block(block, c) ? hak_class_size(c) : 0;
  if (unlikely(n == 0)) hak_panic("size asked of a pointer that is not an allocated block", block);
  return n;
}

HAK_EXPORT void *hak_realloc(void *block, size_t size) {
  if (block == NULL) return alloc_inline(size);
  size_t have = hak_usable(block);
  if (size == 0) { /* as glibc does */
    free_inline(block);
    return NULL;
  }
  if (size <= have && (size > have / 2 || have <= 64)) return block;
  if (have > HAK_POOL_MAX && size > HAK_POOL_MAX) {
    void *moved = large_realloc(block, size);
    if (moved != NULL) return moved;
  }
  void *b = alloc_inline(size);
  if (b == NULL) return NULL;
  memcpy(b, block, size < have ? size : have);
  free_inline(block);
  return b;
}

/* alignment is a power of two. A run starts at a multiple of 64 KB, so a class whose size is a
 * multiple of the alignment gives aligned blocks. */
void *hak_alloc_aligned(size_t alignment, size_t size) {
  if (alignment <= HAK_ALIGN) return alloc_inline(size);
  size_t padded;
  if (!__builtin_add_overflow(size, alignment - 1, &padded)) {
    padded &= ~(alignment - 1);
    if (padded == 0) padded = alignment;
    if (padded <= HAK_TINY_MAX) return alloc_inline(padded);
    if (padded <= HAK_POOL_MAX)
      for (unsigned c = hak_pool_class(padded); c < HAK_CLASSES; c++)
        if ((hak_class_size(c) & (alignment - 1)) == 0) return alloc_inline(hak_class_size(c));
  }
  bool zeroed;
  return large_alloc(size, alignment, &zeroed);
}

#if HAKMEM_TINY_FREE_TRACE_COMPILED
# include "os/hak_env.h"
uint64_t g_tiny_free_trace;

void tiny_free_trace_print(const void *block, unsigned c) {
  static int wanted = -1;
  if (__atomic_load_n(&wanted, __ATOMIC_RELAXED) < 0)
    __atomic_store_n(&wanted, hak_env_switch("HAKMEM_TINY_FREE_TRACE_PRINT", false), __ATOMIC_RELAXED);
  if (!__atomic_load_n(&wanted, __ATOMIC_RELAXED)) return;
  (void)block;
  hak_print("hakmem: free of a block of ");
  hak_print_u64(hak_class_size(c));
  hak_print(" bytes\n");
}
#endif
#if HAKMEM_TINY_FREE_CALLS_COMPILED
uint64_t g_hak_tiny_free_calls;
#endif

#ifndef HAKMEM_PREFIX_ONLY
# define FAMILY(result, name, arguments) HAK_EXPORT result name arguments __attribute__((alias("hak_" #name)))
void *malloc(size_t);
void free(void *);
void *calloc(size_t, size_t);
void *realloc(void *, size_t);
FAMILY(void *, malloc, (size_t));
FAMILY(void, free, (void *));
FAMILY(void *, calloc, (size_t, size_t));
FAMILY(void *, realloc, (void *, size_t));
#endif
