/* SPDX-License-Identifier: MIT */
/* hak_check.c: the invariants of all modules, for tests: what a module knows of itself alone it checks
 * itself; what a heap says of its slabs, spans and queues is held against all of them here. */
#include "hak_entry.h"

#if HAKMEM_CHECKS
# include "cache/free_magazine.h"
# include "cache/pool_hotbox_v2.h"
# include "cache/spill_queue.h"
# include "hardened/hardened.h"
# include "heap/hak_heap.h"
# include "heap/pool_span.h"
# include "heap/remote_target.h"
# include "large/large.h"
# include "os/hak_panic.h"
# include "slab/block_list.h"
# include "slab/superslab.h"

static void check_slab(struct hak_heap *h, const struct hak_slab *s) {
  uint32_t freed = 0;
  for (const void *b = s->free; b != NULL; b = link_get(b), freed++) {
    if (arena_of_checked(b) != s || !arena_is_block(b, s->size_class))
      hak_panic("check: a slab's list holds another slab's block", b);
    if (freed > s->carved) break;
  }
  if (freed != s->carved - s->used) hak_panic("check: a slab's list is not as long as its counts say", s);
  uint64_t sum = 0;
  for (uint32_t i = 0, units = (uint32_t)hak_class_size(s->size_class) / 16; i < s->carved; i++)
    sum += arena_sum(i * units);
  for (const void *b = s->free; b != NULL; b = link_get(b))
    sum -= arena_sum((uintptr_t)((const char *)b - arena_start(s)) / 16);
  if (sum != s->used_sum) hak_panic("check: a slab's list holds a block that is in use", s);
  if ((s->used < s->capacity) != (s->listed != 0))
    hak_panic("check: a slab with room is not listed, or a full one is", s);
  (void)h;
}

static void check_heap(struct hak_heap *h, void *unused) {
  uint32_t used[HAK_CLASSES] = { 0 }, runs[HAK_RUN_CLASSES] = { 0 }, listed[HAK_ROOMS] = { 0 };
  size_t span_granules = 0, span_pages = 0;
  (void)unused;
  for (size_t i = 0, n = superslab_slabs_touched(); i < n; i++) {
    const struct hak_slab *s = &hak_arena_meta[i];
    if (hak_arena_tags[i] == 0 || s->head_distance != 0 || atomic_load(&s->owner) != h) continue;
    if (s->size_class < HAK_CLASSES) {
      check_slab(h, s);
      used[s->size_class] += s->used;
    } else {
      pool_span_check(s, used, &span_pages);
      span_granules += s->granules;
    }
    runs[s->size_class]++;
    listed[s->room_class] += s->listed;
  }
  if (span_granules != h->span_granules || span_pages != h->span_pages)
    hak_panic("check: a heap's counts disagree with its runs of spans", h);
  for (unsigned c = 1; c < HAK_RUN_CLASSES; c++)
    if (runs[c] != atomic_load(&h->of[c].runs) || (c < HAK_CLASSES && used[c] != atomic_load(&h->of[c].used)))
      hak_panic("check: a heap's counts disagree with its slabs", h);
  for (unsigned r = 0; r < HAK_ROOMS; r++) {
    const struct hak_slab *before = NULL;
    for (const struct hak_slab *s = h->room[r]; s != NULL; before = s, s = s->next) {
      if (s->prev != before || s->room_class != r || !s->listed || atomic_load(&s->owner) != h || listed[r]-- == 0)
        hak_panic("check: a heap's list of slabs with room is broken", s);
    }
    if (listed[r] != 0) hak_panic("check: a listed slab is not in its heap's list", h);
  }
  remote_target_check(h);
}

void hak_check_all(void) {
  if (!hak_init()) return;
  superslab_check();
  hak_heap_each(check_heap, NULL);
  bg_spill_check();
  magazine_check();
  pool_hotbox_v2_check();
  large_check();
# if HAKMEM_HARDENED_COMPILED
  hardened_check();
# endif
}
#else
typedef int hak_check_is_compiled_out; /* a translation unit must not be empty */
#endif
