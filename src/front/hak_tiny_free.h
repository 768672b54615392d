/* SPDX-License-Identifier: MIT */
/* hak_tiny_free.h: hak_tiny_free(): every free of a tiny block, inlined into each exported
 * function that frees. Sites of phases 31 (free-trace), 32 (free-calls), 33 (debug-ring). */
#ifndef HAK_TINY_FREE_H
#define HAK_TINY_FREE_H

#include "cache/free_magazine.h"
#include "os/hak_panic.h"
#include "probes/hakmem_site.h"
#include "slab/arena.h"
#include "telemetry/debug_ring.h"
#include "thread/unified_cache.h"

#if HAKMEM_TINY_FREE_TRACE_COMPILED
/* Counts every tiny free; the first 128 are traced (to stderr, with HAKMEM_TINY_FREE_TRACE_PRINT=1). */
extern HAK_EXPORT uint64_t g_tiny_free_trace;
HAK_INTERNAL HAK_COLD void tiny_free_trace_print(const void *block, unsigned c);
#endif
#if HAKMEM_TINY_FREE_CALLS_COMPILED
extern HAK_EXPORT uint64_t g_hak_tiny_free_calls;
#endif

/* tag: that of the block's slab, of class 1 to HAK_CLASS_C7; 0 (a free slab's) ends the program.
 * The block is not written to before the cache has room for it: class 0 never has any. */
HAK_INLINE void hak_tiny_free(void *block, size_t tag) {
  unsigned c = (unsigned)(tag >> HAK_TAG_SHIFT); /* for telemetry */
  (void)c;
#if HAKMEM_TINY_FREE_TRACE_COMPILED
  HAK_SITE(free_trace);
  if (unlikely(__atomic_fetch_add(&g_tiny_free_trace, 1, __ATOMIC_RELAXED) < 128)) tiny_free_trace_print(block, c);
#endif
#if HAKMEM_TINY_FREE_CALLS_COMPILED
  HAK_SITE(free_calls);
  __atomic_fetch_add(&g_hak_tiny_free_calls, 1, __ATOMIC_RELAXED);
#endif
#if HAKMEM_TINY_DEBUG_RING_COMPILED
  tiny_debug_ring_record(TINY_RING_EVENT_FREE_ENTER, c, block);
#endif
  HAK_AB_INJECT;
  struct hak_cache HAK_OF_THREAD *k = unified_cache_of_tag(tag);
  void *head = k->head;
  if (unlikely(head == block)) {
    hak_panic_tail("double free", block);
    return;
  }
  if (unlikely(--k->room < 0)) {
    magazine_free_full(block, unified_cache_class(k));
    return;
  }
  link_set(block, head);
  k->head = block;
  k->count++;
  TINY_CLASS_STATS_FREE(c);
}

#endif
