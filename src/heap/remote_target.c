/* SPDX-License-Identifier: MIT */
/* remote_target.c: see remote_target.h. */
#include "heap/remote_target.h"

#include "heap/superslab_free.h"
#include "os/hak_panic.h"
#include "slab/block_list.h"

/* Bytes of one class that may wait for sleeping owners, and bytes of all classes for one. */
enum { REMOTE_TARGET_BYTES = 256 << 10, REMOTE_HEAP_BYTES = 1 << 20 };

_Atomic int64_t g_remote_target_len[HAK_CLASSES];

void remote_target_push(struct hak_heap *owner, unsigned c, void *first, uint32_t count) {
  atomic_fetch_add_explicit(&g_remote_target_len[c], count, memory_order_relaxed);
  int64_t bytes = (int64_t)count * (int64_t)hak_class_size(c);
  int64_t for_owner = bytes + atomic_fetch_add_explicit(&owner->remote_bytes, bytes, memory_order_relaxed);
  void *head = atomic_load_explicit(&owner->remote_head, memory_order_relaxed);
  do *batch_link(first) = batch_pack(head, count);
  /* release: links are written before the owner can take the batch */
  while (!atomic_compare_exchange_weak_explicit(&owner->remote_head, &head, first, memory_order_release,
                                                memory_order_relaxed));
  int64_t waiting = atomic_load_explicit(&g_remote_target_len[c], memory_order_relaxed);
  /* relaxed: one that just became an orphan, or no longer is one, may be drained as well */
  bool orphan = atomic_load_explicit(&owner->orphan, memory_order_relaxed);
  bool over = waiting * (int64_t)hak_class_size(c) > REMOTE_TARGET_BYTES || for_owner > REMOTE_HEAP_BYTES;
  if (unlikely(over || orphan)) remote_target_look_after(owner);
}

void remote_target_look_after(struct hak_heap *owner) {
  /* whoever holds the lock drains the queue anyway */
  if (!hak_trylock(&owner->lock)) return;
  remote_target_drain(owner);
  hak_unlock(&owner->lock);
}

void remote_target_drain(struct hak_heap *heap) {
  /* acquire: pairs with the push's release */
  void *batch = atomic_exchange_explicit(&heap->remote_head, NULL, memory_order_acquire);
  while (batch != NULL) {
    uint64_t link = *batch_link(batch);
    unsigned c = arena_class_of(batch);
    batch_link_clear(batch);
    superslab_free_soon(heap, c, batch, (uint32_t)batch_high(link));
    for (void *b = batch, *next; b != NULL; b = next) {
      if (unlikely(arena_class_of(b) != c)) hak_panic(HAK_LIST_OVERWRITTEN, b);
      next = link_get(b);
      superslab_free(heap, b, c);
    }
    int64_t count = (int64_t)batch_high(link);
    atomic_fetch_sub_explicit(&g_remote_target_len[c], count, memory_order_relaxed);
    atomic_fetch_sub_explicit(&heap->remote_bytes, count * (int64_t)hak_class_size(c), memory_order_relaxed);
    batch = batch_pointer(link);
  }
}

#if HAKMEM_CHECKS
void remote_target_check(struct hak_heap *heap) {
  int64_t bytes = 0;
  for (void *batch = atomic_load(&heap->remote_head); batch != NULL; batch = batch_pointer(*batch_link(batch))) {
    unsigned c = arena_class_of(batch);
    uint64_t count = 0;
    for (void *b = batch; b != NULL; b = link_get(b), count++)
      if (arena_class_of(b) != c || atomic_load(&arena_of(b)->owner) != heap)
        hak_panic("check: a remote batch holds another heap's block", b);
    if (count != batch_high(*batch_link(batch))) hak_panic("check: a remote batch is not as long as it says", batch);
    bytes += (int64_t)(count * hak_class_size(c));
  }
  if (bytes != atomic_load(&heap->remote_bytes)) hak_panic("check: a remote queue's bytes are wrong", heap);
}
#endif
