/* SPDX-License-Identifier: MIT */
/* hakmem_alloc.c: the entry points that allocate and free. The fast paths are inlined here, and
 * here alone; each exported name is defined once and aliased (hak_malloc and malloc). */
#include "hakmem.h"

#include <errno.h>
#include <string.h>

#include "heap/pool_span.h"
#include "large/large.h"
/* One of three: each gives alloc_inline, alloc_aligned, free_inline and usable_inline. */
#if HAKMEM_HARDENED_COMPILED
# include "entry_hardened.h"
#elif HAKMEM_BLOCK_HEADER_COMPILED
# include "entry_header.h"
#else
# include "entry_plain.h"
#endif
#include "front/hak_tiny_free.h"
#include "hak_entry.h"
#include "os/hak_panic.h"

#if HAKMEM_METRIC_BAD_CLASS_COMPILED
uint64_t g_metric_bad_class;
#endif
#if HAKMEM_HDR_META_FAST_COMPILED && HAKMEM_BLOCK_HEADER_COMPILED && !HAKMEM_HARDENED_COMPILED
uint64_t g_hdr_meta_fast;
#endif

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
    if (b != NULL && !zeroed) large_clear(b, bytes);
    return b;
  }
  void *b = alloc_inline(bytes);
  return likely(b != NULL) ? memset(b, 0, bytes) : NULL;
}

size_t hak_usable(const void *block) {
  size_t n = usable_inline(block);
  if (unlikely(n == 0)) hak_panic("size asked of a pointer that is not an allocated block", block);
  return n - 1;
}

#if !HAK_BLOCK_HEADER
/* A copy of less costs no more than the look at what lies behind the block. */
enum { GROW_LEAST = 2048 };

static bool grow_in_place(void *block, size_t size) {
  if (arena_index(block) >= hak_arena_slabs || !arena_has_spans(block)) return false;
  struct hak_heap *owner = atomic_load_explicit(&arena_of(block)->owner, memory_order_relaxed);
  return owner == hak_tls.heap && pool_span_grow(owner, block, hak_pool_class(size));
}
#endif

HAK_EXPORT void *hak_realloc(void *block, size_t size) {
  if (block == NULL) return alloc_inline(size);
  size_t have = hak_usable(block);
  if (size == 0) { /* as glibc does */
    free_inline(block);
    return NULL;
  }
#if HAKMEM_HARDENED_COMPILED
  if (size == have) return block; /* anything else needs another canary */
#else
  if (size <= have && (size > have / 2 || have <= 64)) return block;
#endif
  if (have > HAK_POOL_MAX && size > HAK_POOL_MAX) {
    void *moved = large_realloc(block, size);
    if (moved != NULL) return moved;
  }
#if !HAK_BLOCK_HEADER
  if (size > have && have >= GROW_LEAST && size <= HAK_POOL_MAX && grow_in_place(block, size)) return block;
#endif
  void *b = alloc_inline(size);
  if (b == NULL) return NULL;
  memcpy(b, block, size < have ? size : have);
  free_inline(block);
  return b;
}

void *hak_alloc_aligned(size_t alignment, size_t size) {
  return alignment <= HAK_ALIGN ? alloc_inline(size) : alloc_aligned(alignment, size);
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
# define FAMILY(result, name, arguments) HAK_EXPORT result name arguments __attribute__((alias("hak_" # name)))
void *malloc(size_t);
void free(void *);
void *calloc(size_t, size_t);
void *realloc(void *, size_t);
FAMILY(void *, malloc, (size_t));
FAMILY(void, free, (void *));
FAMILY(void *, calloc, (size_t, size_t));
FAMILY(void *, realloc, (void *, size_t));
#endif
