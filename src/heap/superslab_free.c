/* SPDX-License-Identifier: MIT */
/* superslab_free.c: see superslab_free.h. */
#include "heap/superslab_free.h"

#include "heap/pool_span.h"
#include "os/hak_panic.h"
#include "probes/hakmem_site.h"
#include "slab/block_end.h"
#include "slab/block_header.h"
#include "slab/block_list.h"
#include "slab/superslab.h"

#if HAKMEM_TINY_FREE_STATS_COMPILED
HAK_EXPORT uint64_t g_free_ss_enter;
#endif
#if HAKMEM_C7_FREE_COUNT_COMPILED
HAK_EXPORT uint64_t g_c7_free_count;
#endif

#if HAKMEM_HDR_META_MISMATCH_COMPILED && HAK_BLOCK_HEADER
HAK_EXPORT uint64_t g_hdr_meta_mismatch;
#endif
#if HAKMEM_HDR_MISMATCH_LOG_COMPILED && HAK_BLOCK_HEADER
/* Counts every mismatch; the first 16 are logged. */
HAK_EXPORT uint64_t g_hdr_mismatch_log;
enum { HDR_MISMATCH_LOGS_MAX = 16 };

static void log_mismatch(unsigned header, unsigned tag) {
  hak_print("hakmem: block header says class ");
  hak_print_u64(header);
  hak_print(", its superslab says class ");
  hak_print_u64(tag);
  hak_print("\n");
}
#endif

void superslab_free_soon(const struct hak_heap *heap, unsigned c, const void *block, uint32_t count) {
  if (!hak_class_has_end(c)) return;
  for (; count > 0 && block != NULL && arena_class_of(block) == c; block = link_get(block), count--) {
    if (unlikely(atomic_load_explicit(&arena_of(block)->owner, memory_order_relaxed) != heap)) return;
    block_end_fetch(block, c);
  }
}

void superslab_free(struct hak_heap *heap, void *block, unsigned c) {
  struct hak_slab *s = arena_of(block);
#if HAKMEM_TINY_FREE_STATS_COMPILED
  HAK_SITE(free_stats);
  __atomic_fetch_add(&g_free_ss_enter, 1, __ATOMIC_RELAXED);
#endif
#if HAKMEM_C7_FREE_COUNT_COMPILED
  if (s->size_class == HAK_CLASS_C7) {
    HAK_SITE(c7_free_count);
    __atomic_fetch_add(&g_c7_free_count, 1, __ATOMIC_RELAXED);
  }
#endif
#if HAKMEM_HDR_MISMATCH_LOG_COMPILED && HAK_BLOCK_HEADER
  if (unlikely(*header_of(block) != c)) {
    HAK_SITE(hdr_mismatch_log);
    if (__atomic_fetch_add(&g_hdr_mismatch_log, 1, __ATOMIC_RELAXED) < HDR_MISMATCH_LOGS_MAX)
      log_mismatch(*header_of(block), c);
  }
#endif
#if HAKMEM_HDR_META_MISMATCH_COMPILED && HAK_BLOCK_HEADER
  if (unlikely(*header_of(block) != c)) {
    HAK_SITE(hdr_meta_mismatch);
    __atomic_fetch_add(&g_hdr_meta_mismatch, 1, __ATOMIC_RELAXED);
  }
#endif
  if (s->size_class >= HAK_CLASSES) {
    pool_span_free(heap, s, block);
    return;
  }
  uint32_t offset = (uint32_t)((char *)block - arena_start(s));
  if (unlikely(!arena_divides(c, offset) || offset / 16 >= s->carved_units)) {
    hak_panic(arena_divides(c, offset) ? "free of a block that was never allocated"
                                       : "free of a pointer into the middle of a block",
              block);
  }
  if (unlikely(s->used == 0 || s->free == block)) hak_panic("double free", block);
  block_end_check_both(block, c, offset == 0); /* or written to before it */
  link_set(block, s->free);
  s->free = block;
  s->used--;
  s->used_sum -= arena_sum(offset / 16);
  hak_heap_used_add(heap, c, -1);
  if (s->used == 0) {
    hak_heap_runs_add(heap, c, -1);
    /* a block that was freed twice was counted twice, and then another one is still in use */
    if (unlikely(s->used_sum != 0)) hak_panic(HAK_LIST_BROKEN, block);
    if (s->listed) hak_heap_unlist(heap, s);
    superslab_release(s);
  } else if (!s->listed) {
    hak_heap_list(heap, s);
  }
}

void superslab_free_stats_print(void) {
#if HAKMEM_TINY_FREE_STATS_COMPILED
  hak_print("free-stats: superslab frees ");
  hak_print_u64(__atomic_load_n(&g_free_ss_enter, __ATOMIC_RELAXED));
  hak_print("\n");
#endif
#if HAKMEM_C7_FREE_COUNT_COMPILED
  hak_print("c7-free-count: ");
  hak_print_u64(__atomic_load_n(&g_c7_free_count, __ATOMIC_RELAXED));
  hak_print("\n");
#endif
#if HAKMEM_HDR_MISMATCH_LOG_COMPILED && HAK_BLOCK_HEADER
  hak_print("hdr-mismatch-log: ");
  hak_print_u64(__atomic_load_n(&g_hdr_mismatch_log, __ATOMIC_RELAXED));
  hak_print("\n");
#endif
#if HAKMEM_HDR_META_MISMATCH_COMPILED && HAK_BLOCK_HEADER
  hak_print("hdr-meta-mismatch: ");
  hak_print_u64(__atomic_load_n(&g_hdr_meta_mismatch, __ATOMIC_RELAXED));
  hak_print("\n");
#endif
}
