/* SPDX-License-Identifier: MIT */
/* hak_heap.c: see hak_heap.h. */
#include "heap/hak_heap.h"

#include <string.h>

#include "os/os_memory.h"
#include "slab/superslab.h"

static hak_lock_t heaps_lock;
static struct hak_heap *all_heaps, *orphans;
static char *heap_page; /* heaps are cut from pages of their own, never freed */
static size_t heap_page_left;

/* Under heaps_lock. */
static struct hak_heap *new_heap(void) {
  size_t bytes = (sizeof(struct hak_heap) + 63) & ~(size_t)63;
  if (heap_page_left < bytes) {
    char *p = ss_os_map(65536);
    if (p == NULL) return NULL;
    heap_page = p;
    heap_page_left = 65536;
  }
  struct hak_heap *h = (struct hak_heap *)heap_page;
  heap_page += bytes;
  heap_page_left -= bytes;
  h->next_all = all_heaps;
  all_heaps = h;
  return h;
}

struct hak_heap *hak_heap_adopt(void) {
  hak_lock(&heaps_lock);
  struct hak_heap *h = orphans;
  if (h != NULL) {
    orphans = h->next_orphan;
    hak_lock(&h->lock);
    atomic_store_explicit(&h->orphan, false, memory_order_relaxed); /* a hint to pushers */
    hak_unlock(&h->lock);
    /* a thread that did not survive a fork left its lists behind, in whatever state */
    memset(&h->more, 0, sizeof h->more);
  } else {
    h = new_heap();
  }
  for (unsigned i = 0; h != NULL && i < HAK_POOL_CLASSES; i++)
    h->more.pool[i].bytes = (uint32_t)hak_class_size(HAK_TINY_CLASSES + i);
  hak_unlock(&heaps_lock);
  return h;
}

void hak_heap_leave(struct hak_heap *h) {
  hak_lock(&heaps_lock);
  hak_lock(&h->lock);
  atomic_store_explicit(&h->orphan, true, memory_order_relaxed); /* a hint to pushers */
  hak_unlock(&h->lock);
  h->next_orphan = orphans;
  orphans = h;
  hak_unlock(&heaps_lock);
}

void hak_heap_list(struct hak_heap *heap, struct hak_slab *s) {
  struct hak_slab **room = &heap->room[s->room_class];
  s->prev = NULL;
  s->next = *room;
  if (*room != NULL) (*room)->prev = s;
  *room = s;
  s->listed = 1;
}

void hak_heap_unlist(struct hak_heap *heap, struct hak_slab *s) {
  if (s->prev != NULL) s->prev->next = s->next;
  else heap->room[s->room_class] = s->next;
  if (s->next != NULL) s->next->prev = s->prev;
  s->next = s->prev = NULL;
  s->listed = 0;
}

void hak_heap_each(void (*visit)(struct hak_heap *, void *), void *arg) {
  hak_lock(&heaps_lock);
  for (struct hak_heap *h = all_heaps; h != NULL; h = h->next_all) {
    hak_lock(&h->lock);
    visit(h, arg);
    hak_unlock(&h->lock);
  }
  hak_unlock(&heaps_lock);
}

void hak_heap_before_fork(void) {
  hak_lock(&heaps_lock);
  for (struct hak_heap *h = all_heaps; h != NULL; h = h->next_all) hak_lock(&h->lock);
  superslab_lock_all();
}

void hak_heap_after_fork(bool child) {
  superslab_unlock_all();
  for (struct hak_heap *h = all_heaps; h != NULL; h = h->next_all) {
    if (child && h != hak_tls.heap && !atomic_load_explicit(&h->orphan, memory_order_relaxed)) {
      atomic_store_explicit(&h->orphan, true, memory_order_relaxed);
      h->next_orphan = orphans;
      orphans = h;
    }
    hak_unlock(&h->lock);
  }
  hak_unlock(&heaps_lock);
}
