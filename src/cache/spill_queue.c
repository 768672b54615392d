/* SPDX-License-Identifier: MIT */
/* spill_queue.c: see spill_queue.h. A Treiber stack (Treiber 1986) with a
 * 16-bit generation in the head against ABA; the arena is never unmapped, so that the link of a
 * batch that another thread has just taken may still be read, and the compare then fails. */
#include "cache/spill_queue.h"

#include "slab/block_list.h"
#if HAKMEM_CHECKS
# include "os/hak_panic.h"
# include "slab/arena.h"
#endif
#include "base/hak_size_class.h"

/* Bytes of each class that may wait in its queue. */
enum { BG_SPILL_BYTES = 32768 };

static _Atomic uint64_t g_bg_spill_head[HAK_CLASSES]; /* pointer, generation in the high bits */
_Atomic uint32_t g_bg_spill_len[HAK_CLASSES];
uint32_t g_bg_spill_target[HAK_CLASSES];

void bg_spill_init(void) {
  for (unsigned c = 1; c < HAK_CLASSES; c++) g_bg_spill_target[c] = (uint32_t)(BG_SPILL_BYTES / hak_class_size(c));
}

void bg_spill_push(unsigned c, void *first, uint32_t count) {
  /* the length first, so that it never drops below zero when a pop overtakes us */
  atomic_fetch_add_explicit(&g_bg_spill_len[c], count, memory_order_relaxed);
  uint64_t head = atomic_load_explicit(&g_bg_spill_head[c], memory_order_relaxed);
  uint64_t mine;
  do {
    __atomic_store_n(batch_link(first), batch_pack(batch_pointer(head), count), __ATOMIC_RELAXED);
    mine = batch_pack(first, (batch_high(head) + 1) & 0xffff);
    /* release: the links of the batch are written before it can be taken */
  } while (!atomic_compare_exchange_weak_explicit(&g_bg_spill_head[c], &head, mine, memory_order_release,
                                                  memory_order_relaxed));
}

/* The link may be read while a new owner of the block writes it: the compare throws it away.
 * Volatile, not atomic: clang watches atomic accesses even where no_sanitize stands, and gcc
 * would not see the queue's own ordering if the whole pop were exempt. */
static __attribute__((no_sanitize("thread"))) uint64_t read_link(void *first) {
  return *(volatile uint64_t *)batch_link(first);
}

void *bg_spill_pop(unsigned c, uint32_t *count) {
  uint64_t head = atomic_load_explicit(&g_bg_spill_head[c], memory_order_acquire);
  uint64_t link;
  do {
    if (batch_pointer(head) == NULL) return NULL;
    link = read_link(batch_pointer(head));
    /* acquire: pairs with the push's release */
  } while (!atomic_compare_exchange_weak_explicit(&g_bg_spill_head[c], &head,
                                                  batch_pack(batch_pointer(link), (batch_high(head) + 1) & 0xffff),
                                                  memory_order_acquire, memory_order_acquire));
  *count = (uint32_t)batch_high(link);
  atomic_fetch_sub_explicit(&g_bg_spill_len[c], *count, memory_order_relaxed);
  batch_link_clear(batch_pointer(head));
  return batch_pointer(head);
}

#if HAKMEM_CHECKS
void bg_spill_check(void) {
  for (unsigned c = 1; c < HAK_CLASSES; c++) {
    uint64_t total = 0;
    for (void *batch = batch_pointer(atomic_load(&g_bg_spill_head[c])); batch != NULL;
         batch = batch_pointer(*batch_link(batch))) {
      uint64_t count = 0;
      for (void *b = batch; b != NULL; b = link_get(b), count++)
        if (arena_class_of(b) != c) hak_panic("check: a spilled batch holds another class's block", b);
      if (count != batch_high(*batch_link(batch))) hak_panic("check: a spilled batch is not as long as it says", batch);
      total += count;
    }
    if (total != atomic_load(&g_bg_spill_len[c])) hak_panic("check: the spill queue's length is wrong", NULL);
  }
}
#endif
