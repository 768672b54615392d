/* SPDX-License-Identifier: MIT */
/* tiny_superslab_free.c: see tiny_superslab_free.h. */
#include "box/tiny_superslab_free.h"

#include "os/hak_panic.h"
#include "probes/hakmem_site.h"

#if HAKMEM_TINY_FREE_STATS_COMPILED
HAK_EXPORT uint64_t g_free_ss_enter;
#endif
#if HAKMEM_C7_FREE_COUNT_COMPILED
HAK_EXPORT uint64_t g_c7_free_count;
#endif

void superslab_free(struct hak_heap *heap, void *block) {
  struct hak_slab *s = superslab_of(block);
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
  uint32_t offset = (uint32_t)((char *)block - superslab_start(s));
  uint32_t size = (uint32_t)hak_class_size(s->size_class);
  if (unlikely(offset % size != 0)) hak_panic("free of a pointer into the middle of a block", block);
  if (unlikely(s->used == 0)) hak_panic("double free", block);
  *(void **)block = s->free;
  s->free = block;
  s->used--;
  if (s->used == 0) {
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
}
