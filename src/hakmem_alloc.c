/* SPDX-License-Identifier: MIT */
/* hakmem_alloc.c: the entry points that allocate and free. The fast paths are inlined here, and
 * here alone; each exported name is defined once and aliased (hak_malloc and malloc). */
#include "hakmem.h"

#include <errno.h>
#include <string.h>

#include "cache/give_back.h"
#include "heap/pool_span.h"
#include "large/large.h"
/* Memory ran out: all that can be had goes back, then the ordinary way once more, and then a mapping for
 * this block alone, where the arena is full, or closed to us. */
static void *alloc_last_resort(size_t size, size_t alignment);
/* One of three: each gives alloc_inline and alloc_aligned, which end in that, alloc_try, which does not,
 * free_inline and usable_inline. */
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

HAK_COLD static void *alloc_last_resort(size_t size, size_t alignment) {
  if (size > HAK_ARENA_BYTES_MAX * 64) { /* more than there are addresses */
    errno = ENOMEM;
    return NULL;
  }
  hak_reclaim();
  void *b = alloc_try(size, alignment);
  return b != NULL ? b : give_back_large_alloc(size, alignment, NULL);
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
    void *b = give_back_large_alloc(bytes, HAK_ALIGN, &zeroed);
    if (unlikely(b == NULL)) {
      zeroed = false;
      b = alloc_last_resort(bytes, HAK_ALIGN);
    }
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
  if (arena_index(block) >= HAK_BOUND(hak_arena_slabs) || !arena_has_spans(block)) return false;
  struct hak_heap *owner = atomic_load_explicit(&arena_of(block)->owner, memory_order_relaxed);
  return owner == hak_tls.heap && pool_span_grow(owner, block, hak_pool_class(size));
}

/* What has grown grows again: above 8 KB, where no block is at hand, it gets a place where it can double, and what it
 * leaves is a hole for others at once, where a block in the thread's cache would serve this one class. NULL with errno
 * ENOMEM. */
static void *grow_elsewhere(void *block, size_t have, size_t size) {
  struct hak_heap *heap = hak_tls.heap;
  unsigned c = hak_pool_class(size);
  void *b = NULL;
  bool apart = heap != NULL && c >= HAK_SHORT_SPAN_CLASSES;
  if (apart && unified_cache_count(unified_cache_of(c)) == 0) b = pool_span_take_roomy(heap, c);
  if (b == NULL) b = alloc_inline(size);
  if (b == NULL) return NULL;
  memcpy(b, block, have);
  if (!apart || !pool_span_free_now(heap, block)) free_inline(block);
  return b;
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
    if (moved != NULL) {
      give_back_balance(0);
      return moved;
    }
  }
#if !HAK_BLOCK_HEADER
  if (size > have && have >= GROW_LEAST && size <= HAK_POOL_MAX)
    return grow_in_place(block, size) ? block : grow_elsewhere(block, have, size);
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
/* libc's own names, and one that it dropped (see hakmem_family.c). */
# define NAME(result, name, function, arguments) \
  HAK_EXPORT result name arguments __attribute__((alias("hak_" #function)))
void *__libc_malloc(size_t);
void __libc_free(void *);
void cfree(void *);
void *__libc_calloc(size_t, size_t);
void *__libc_realloc(void *, size_t);
NAME(void *, __libc_malloc, malloc, (size_t));
NAME(void, __libc_free, free, (void *));
NAME(void, cfree, free, (void *));
NAME(void *, __libc_calloc, calloc, (size_t, size_t));
NAME(void *, __libc_realloc, realloc, (void *, size_t));
#endif
