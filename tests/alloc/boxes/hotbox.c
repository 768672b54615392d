/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The pool's hotbox: a thread's frees and allocations of every pool class, then thread exit.
 * Prints the sum of each counter that the shell test compares. */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/hak_size_class.h"
#include "cache/pool_hotbox_v2.h"
#include "hakmem.h"

static void *work(void *unused) {
  void *block[32];
  (void)unused;
  for (unsigned c = HAK_TINY_CLASSES; c < HAK_ALIGNED_CLASSES; c++) {
    size_t size = hak_class_size(c - 1) + 1;
    for (int i = 0; i < 32; i++) memset(block[i] = hak_malloc(size), i, size);
    for (int i = 0; i < 32; i++) {
      for (size_t k = 0; k < size; k++)
        if (((unsigned char *)block[i])[k] != i) abort();
      hak_free(block[i]);
    }
    pool_hotbox_v2_check();
  }
  return NULL;
}

int main(int argc, char **argv) {
  (void)argv;
  pthread_t t;
  if (pthread_create(&t, NULL, work, NULL) != 0) return 99;
  pthread_join(t, NULL);
#if HAKMEM_POOL_HOTBOX_V2_STATS_COMPILED
  uint64_t calls = 0, moved = 0;
  for (unsigned i = 0; i < HAK_POOL_CLASSES; i++) {
    const struct pool_hotbox_v2_stats *s = &g_pool_hotbox_v2_stats[i];
    calls += s->alloc_calls;
    /* what went in has left again: by an allocation, a spill, or the flush at thread exit */
    if (s->free_calls + s->alloc_refill_blocks != s->alloc_fast + s->free_spill_blocks + s->flush_blocks) return 1;
    if (s->free_calls != s->free_fast + s->free_spill || s->alloc_fail != 0) return 2;
    moved += s->flush_blocks;
  }
  printf("%llu %s\n", (unsigned long long)calls, moved != 0 ? "flushed" : "idle");
#endif
  if (argc > 1) {
    void *p = hak_malloc(4096), *q = hak_malloc(4096);
    hak_free(p);
    hak_free(q);
    hak_free(p);
  }
  return 0;
}
