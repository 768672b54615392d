/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The boxes' invariant checkers: they hold after threads have allocated, freed each other's
 * blocks and ended; `checks CASE` damages one thing first and must not come back. */
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cache/spill_queue.h"
#include "hak_entry.h"
#include "hakmem.h"
#include "heap/hak_heap.h"
#include "slab/block_list.h"
#include "slab/superslab.h"
#include "thread/unified_cache.h"

enum { THREADS = 4, SHARED = 4096, STEPS = 40000 };
static _Atomic(void *) shared[SHARED];

static void *work(void *seed) {
  uint64_t state = (uintptr_t)seed;
  for (int i = 0; i < STEPS; i++) {
    state = state * 6364136223846793005u + 1442695040888963407u;
    uint32_t r = (uint32_t)(state >> 33);
    size_t size = r % 50 == 0 ? r % 200000 : r % 8 == 0 ? r % 70000 : r % 1500;
    void *mine = r % 3 == 0 ? NULL : hak_malloc(size);
    if (mine != NULL) memset(mine, (int)r, size);
    hak_free(atomic_exchange(&shared[r / 64 % SHARED], mine));
  }
  return NULL;
}

/* Blocks of 48 bytes in use, in a cache, and on slabs' lists. */
static struct hak_slab *some_slab(void **in_use) {
  void *p[600];
  for (int i = 0; i < 600; i++) p[i] = hak_malloc(48);
  for (int i = 1; i < 600; i += 2) hak_free(p[i]);
  hak_malloc_trim(0);
  for (int i = 1; i < 20; i += 2) hak_free(p[i - 1]);
  *in_use = p[300];
  return arena_of(p[300]);
}

/* A run that mid-size classes share, and the address of one of its blocks, with a free page behind. */
static struct hak_slab *some_spans(char **block) {
  char *p[6];
  for (int i = 0; i < 6; i++) p[i] = hak_malloc(3000);
  *block = arena_block_start(p[5], arena_class_of(p[5]));
  return arena_of(*block);
}

static void damage_spans(const char *name) {
  char *block;
  struct hak_slab *s = some_spans(&block);
  struct hak_heap *h = hak_tls.heap;
  struct hak_span_map *m = arena_map_of(block);
  unsigned at = arena_granule(block), page = at / 16;
  unsigned last = arena_granule(arena_start(s)) + s->run_slabs * HAK_SLAB_GRANULES - 1;
  hak_check_all();
  if (strcmp(name, "span_taken") == 0) m->taken[at / 64] ^= (uint64_t)1 << at % 64;
  else if (strcmp(name, "span_taken_inside") == 0) m->taken[(at + 3) / 64] ^= (uint64_t)1 << (at + 3) % 64;
  else if (strcmp(name, "span_taken_by_none") == 0) m->taken[last / 64] ^= (uint64_t)1 << last % 64;
  else if (strcmp(name, "span_class") == 0) m->class_at[at]++;
  else if (strcmp(name, "span_class_none") == 0) m->class_at[at] = 0;
  else if (strcmp(name, "span_class_inside") == 0) m->class_at[at + 2] = m->class_at[at];
  else if (strcmp(name, "span_class_long") == 0) m->class_at[at] = HAK_SHORT_SPAN_CLASSES;
  else if (strcmp(name, "span_free_page") == 0) m->free[last / 256] ^= (uint16_t)(1u << last / 16 % 16);
  else if (strcmp(name, "span_used_page") == 0) m->free[page / 16] ^= (uint16_t)(1u << page % 16);
  else if (strcmp(name, "span_touched") == 0) m->touched[page / 16] ^= (uint16_t)(1u << page % 16);
  else if (strcmp(name, "span_touched_free") == 0) m->touched[last / 256] ^= (uint16_t)(1u << last / 16 % 16);
  else if (strcmp(name, "span_granules") == 0) s->granules++;
  else if (strcmp(name, "span_used") == 0) s->used++;
  else if (strcmp(name, "span_heap_granules") == 0) h->span_granules++;
  else if (strcmp(name, "span_heap_pages") == 0) h->span_pages--;
  else if (strcmp(name, "span_unlisted") == 0) hak_heap_unlist(h, s);
  else if (strcmp(name, "span_lost") == 0) h->room[s->room_class] = NULL;
  else if (strcmp(name, "span_room") == 0) {
    hak_heap_unlist(h, s);
    s->room_class = HAK_SPAN_CLASSES;
    hak_heap_list(h, s);
  } else exit(99);
  hak_check_all();
  exit(3);
}

static void damage(const char *name) {
  void *in_use;
  struct hak_slab *s = some_slab(&in_use);
  unsigned c = s->size_class;
  hak_check_all();
  if (strcmp(name, "used") == 0) s->used++;
  else if (strcmp(name, "tag") == 0) hak_arena_tags[s - hak_arena_meta] = (uint16_t)((c + 1) << HAK_TAG_SHIFT);
  else if (strcmp(name, "carved") == 0) s->carved++;
  else if (strcmp(name, "listed") == 0) s->listed = !s->listed;
  else if (strcmp(name, "unlinked") == 0) hak_tls.heap->room[c] = NULL;
  else if (strcmp(name, "list") == 0) link_set(s->free, NULL);
  else if (strcmp(name, "heap_used") == 0) atomic_fetch_add(&hak_tls.heap->of[c].used, 1);
  else if (strcmp(name, "cache_count") == 0) unified_cache_of(c)->count++;
  else if (strcmp(name, "target") == 0) unified_cache_of(c)->room += 5000;
  else if (strcmp(name, "spill_len") == 0) atomic_fetch_add(&g_bg_spill_len[c], 1);
  else if (strcmp(name, "remote_bytes") == 0) atomic_fetch_add(&hak_tls.heap->remote_bytes, 16);
  else exit(99);
  hak_check_all();
  exit(3);
}

int main(int argc, char **argv) {
  pthread_t t[THREADS];
  if (argc > 1 && strncmp(argv[1], "span_", 5) == 0) damage_spans(argv[1]);
  if (argc > 1) damage(argv[1]);
  for (int round = 0; round < 3; round++) {
    for (int i = 0; i < THREADS; i++)
      if (pthread_create(&t[i], NULL, work, (void *)(intptr_t)(i + 4 * round + 1)) != 0) return 99;
    for (int i = 0; i < THREADS; i++) pthread_join(t[i], NULL);
    hak_check_all();
    work((void *)(intptr_t)(100 + round));
    hak_check_all();
  }
  for (int i = 0; i < SHARED; i++) hak_free(atomic_exchange(&shared[i], NULL));
  hak_check_all();
  hak_malloc_trim(0);
  hak_check_all();
  if (superslab_bytes() != 0) {
    fprintf(stderr, "checks: %zu bytes of runs are in use, but no block is\n", superslab_bytes());
    return 1;
  }
  return 0;
}
