/* SPDX-License-Identifier: MIT */
/* hak_heap.c: see hak_heap.h. */
#include "box/hak_heap.h"

#include <errno.h>
#include <pthread.h>

#include "box/hak_batch.h"
#include "box/hakmem_large.h"
#include "box/hakmem_tiny_remote_target.h"
#include "box/hardened_box.h"
#if HAKMEM_CHECKS
# include "box/pool_span.h"
#endif
#include "box/pool_hotbox_v2_box.h"
#include "box/tiny_free_magazine.h"
#include "front/tiny_unified_cache.h"
#include "os/hak_panic.h"
#include "os/ss_os_acquire_box.h"

/* used: the fast paths name it in assembly, which link-time optimization does not see */
__thread struct hak_tls hak_tls __attribute__((tls_model("initial-exec"), used));

static hak_lock_t heaps_lock;
static struct hak_heap *all_heaps, *orphans;
static pthread_key_t exit_key;
static bool ready;      /* arena and key are there; set under heaps_lock */
static char *heap_page; /* heaps are cut from pages of their own, never freed */
static size_t heap_page_left;

static void on_thread_exit(void *unused) {
  (void)unused;
  hak_heap_thread_exit();
}

void hak_heap_slow_path(void) {
  /* the clock costs as much as some frees */
  enum { SLOW_PATHS_A_TICK = 16 };
  static __thread uint8_t slow_paths __attribute__((tls_model("initial-exec")));
  if (likely(++slow_paths % SLOW_PATHS_A_TICK != 0)) return;
  superslab_tick();
  large_tick();
}

bool hak_heap_init(void) {
  hak_lock(&heaps_lock);
  if (!ready) {
    /* pthread_key_create and pthread_setspecific of a low key do not allocate (glibc: 32) */
    if (superslab_init() && pthread_key_create(&exit_key, on_thread_exit) == 0) {
      magazine_init();
      pool_hotbox_v2_init();
      ready = true;
    }
  }
  bool ok = ready;
  hak_unlock(&heaps_lock);
  if (!ok) errno = ENOMEM;
  return ok;
}

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

struct hak_heap *hak_heap_mine(void) {
  struct hak_heap *h = hak_tls.heap;
  if (likely(h != NULL)) return h;
  if (!hak_heap_init()) return NULL;
  hak_lock(&heaps_lock);
  h = orphans;
  if (h != NULL) {
    orphans = h->next_orphan;
    hak_lock(&h->lock);
    atomic_store_explicit(&h->orphan, false, memory_order_relaxed); /* a hint to pushers */
    hak_unlock(&h->lock);
  } else {
    h = new_heap();
  }
  hak_unlock(&heaps_lock);
  if (h == NULL) {
    errno = ENOMEM;
    return NULL;
  }
  hak_tls.heap = h;
  pthread_setspecific(exit_key, &hak_tls);
  return h;
}

void hak_heap_thread_exit(void) {
  struct hak_heap *h = hak_tls.heap;
  hak_tls.exiting = true;
  if (h == NULL) return;
#if HAKMEM_HARDENED_COMPILED
  hardened_flush();
#endif
  pool_hotbox_v2_flush();
  for (unsigned c = 1; c < HAK_CLASSES; c++) magazine_leave(c);
  hak_tls.heap = NULL;
  hak_lock(&heaps_lock);
  hak_lock(&h->lock);
  atomic_store_explicit(&h->orphan, true, memory_order_relaxed); /* a hint to pushers */
  remote_target_drain(h);
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

#if HAKMEM_CHECKS
static void check_slab(struct hak_heap *h, const struct hak_slab *s) {
  uint32_t freed = 0;
  for (const void *b = s->free; b != NULL; b = link_get(b), freed++) {
    if (superslab_of_checked(b) != s || !superslab_is_block(b, s->size_class))
      hak_panic("check: a slab's list holds another slab's block", b);
    if (freed > s->carved) break;
  }
  if (freed != s->carved - s->used) hak_panic("check: a slab's list is not as long as its counts say", s);
  uint64_t sum = 0;
  for (uint32_t i = 0, units = (uint32_t)hak_class_size(s->size_class) / 16; i < s->carved; i++)
    sum += superslab_sum(i * units);
  for (const void *b = s->free; b != NULL; b = link_get(b))
    sum -= superslab_sum((uintptr_t)((const char *)b - superslab_start(s)) / 16);
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

void hak_heap_check(void) { hak_heap_each(check_heap, NULL); }
#endif
