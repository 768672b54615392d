/* SPDX-License-Identifier: MIT */
/* hakmem_family.c: the rest of the malloc family: thin, none of it hot. */
#include "hakmem.h"

#include <errno.h>
#include <malloc.h>
#include <unistd.h>

#include "cache/free_magazine.h"
#include "cache/pool_hotbox_v2.h"
#include "cache/spill_queue.h"
#include "front/hak_block.h"
#include "hak_entry.h"
#include "hardened/hardened.h"
#include "heap/hak_heap.h"
#include "heap/pool_span.h"
#include "heap/remote_target.h"
#include "large/large.h"
#include "os/hak_panic.h"
#include "slab/superslab.h"
#include "thread/unified_cache.h"

static bool power_of_two(size_t n) { return n != 0 && (n & (n - 1)) == 0; }

HAK_EXPORT void *hak_reallocarray(void *block, size_t count, size_t size) {
  size_t bytes;
  if (__builtin_mul_overflow(count, size, &bytes)) {
    errno = ENOMEM;
    return NULL;
  }
  return hak_realloc(block, bytes);
}

#if !HAK_BLOCK_HEADER
/* Whether some request for so many bytes may have been given a block of so many: realloc leaves a block that is more
 * than half used, a class may be served by one up to half as large again, what is aligned is rounded up to that, and
 * where memory ran out a block is a mapping. */
static bool may_be_of(const void *block, size_t size, size_t have) {
  enum { ANY = 64 };
  unsigned c = arena_class_of(block);
  if (size == 0) size = 1;
  if (size > have / 2 || have <= ANY || c == 0 || c >= HAK_ALIGNED_CLASSES) return true;
  for (size_t a = 2 * HAK_ALIGN; a <= have && ((uintptr_t)block & (a - 1)) == 0; a *= 2)
    if (hak_class_of_size((size + a - 1) & ~(a - 1)) == c) return true;
  return false;
}
#endif

HAK_EXPORT void hak_free_sized(void *block, size_t size) {
  if (block == NULL) return;
  size_t have = hak_usable(block);
#if HAKMEM_HARDENED_COMPILED
  if (size != have && (size != 0 || have != 1)) hak_panic("free_sized with another size than the block's", block);
#else
  if (size > have) hak_panic("free_sized with a size larger than the block", block);
# if !HAK_BLOCK_HEADER
  if (!may_be_of(block, size, have)) hak_panic("free_sized with a size that no such block has", block);
# endif
#endif
  hak_free(block);
}

HAK_EXPORT void hak_free_aligned_sized(void *block, size_t alignment, size_t size) {
  if (unlikely(!power_of_two(alignment) || ((uintptr_t)block & (alignment - 1)) != 0))
    hak_panic("free_aligned_sized with an alignment that the block does not have", block);
  hak_free_sized(block, size);
}

HAK_EXPORT int hak_posix_memalign(void **block, size_t alignment, size_t size) {
  if (!power_of_two(alignment) || alignment % sizeof(void *) != 0) return EINVAL;
  int saved = errno;
  void *b = hak_alloc_aligned(alignment, size);
  errno = saved;
  if (b == NULL) return ENOMEM;
  *block = b;
  return 0;
}

HAK_EXPORT void *hak_memalign(size_t alignment, size_t size) {
  if (!power_of_two(alignment)) {
    errno = EINVAL;
    return NULL;
  }
  return hak_alloc_aligned(alignment, size);
}

HAK_EXPORT void *hak_aligned_alloc(size_t alignment, size_t size) { return hak_memalign(alignment, size); }

HAK_EXPORT void *hak_valloc(size_t size) { return hak_alloc_aligned((size_t)sysconf(_SC_PAGESIZE), size); }

HAK_EXPORT void *hak_pvalloc(size_t size) {
  size_t page = (size_t)sysconf(_SC_PAGESIZE), rounded;
  if (__builtin_add_overflow(size, page - 1, &rounded)) {
    errno = ENOMEM;
    return NULL;
  }
  rounded &= ~(page - 1);
  return hak_alloc_aligned(page, rounded != 0 ? rounded : page);
}

HAK_EXPORT size_t hak_malloc_usable_size(const void *block) { return block != NULL ? hak_usable(block) : 0; }

static void drain_heap(struct hak_heap *heap, void *given) {
  remote_target_drain(heap);
  *(size_t *)given += pool_span_trim(heap);
}

/* What the calling thread caches, and all queues, goes back into the slabs; bytes of pages. */
static size_t flush_all(void) {
  uint32_t count;
#if HAKMEM_HARDENED_COMPILED
  hardened_flush();
#endif
  pool_hotbox_v2_flush();
  for (unsigned c = 1; c < HAK_CLASSES; c++) {
    magazine_flush(c);
    for (void *batch; (batch = bg_spill_pop(c, &count)) != NULL;) {
      unified_cache_of(c)->head = batch;
      unified_cache_set_count(c, count);
      magazine_flush(c);
    }
  }
  size_t given = 0;
  hak_heap_each(drain_heap, &given);
  return given;
}

HAK_EXPORT int hak_malloc_trim(size_t pad) {
  (void)pad;
  if (hak_thread_heap() == NULL) return 0;
  size_t before = superslab_bytes(), given = flush_all();
  bool emptied = superslab_bytes() < before;
  return superslab_trim() + large_trim() + given != 0 || emptied;
}

void hak_reclaim(void) {
  if (hak_tls.heap != NULL) flush_all();
  large_trim();
  large_tighten();
  superslab_close();
}

#ifndef HAKMEM_PREFIX_ONLY
/* The usual names are further names of the same functions: no jump in between. */
# define NAME(result, name, function, arguments) \
  HAK_EXPORT result name arguments __attribute__((alias("hak_" #function)))
# define FAMILY(result, name, arguments) NAME(result, name, name, arguments)
FAMILY(void *, reallocarray, (void *, size_t, size_t));
FAMILY(int, posix_memalign, (void **, size_t, size_t));
FAMILY(void *, aligned_alloc, (size_t, size_t));
FAMILY(void *, memalign, (size_t, size_t));
FAMILY(void *, valloc, (size_t));
FAMILY(void *, pvalloc, (size_t));
FAMILY(int, malloc_trim, (size_t));
void free_sized(void *, size_t);
void free_aligned_sized(void *, size_t, size_t);
FAMILY(void, free_sized, (void *, size_t));
FAMILY(void, free_aligned_sized, (void *, size_t, size_t));
HAK_EXPORT size_t malloc_usable_size(void *block) { return hak_malloc_usable_size(block); }

/* libc's own names of the same functions, which old programs and wrappers call: a block of one family
 * must never meet the other's free. */
int __posix_memalign(void **, size_t, size_t);
void *__libc_reallocarray(void *, size_t, size_t);
void *__libc_memalign(size_t, size_t);
void *__libc_valloc(size_t);
void *__libc_pvalloc(size_t);
NAME(int, __posix_memalign, posix_memalign, (void **, size_t, size_t));
NAME(void *, __libc_reallocarray, reallocarray, (void *, size_t, size_t));
NAME(void *, __libc_memalign, memalign, (size_t, size_t));
NAME(void *, __libc_valloc, valloc, (size_t));
NAME(void *, __libc_pvalloc, pvalloc, (size_t));
#endif
