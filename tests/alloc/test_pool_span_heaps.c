/* SPDX-License-Identifier: GPL-3.0-or-later */
/* test_pool_span_heaps.c: heaps whose runs of shared spans have one map in common leave each other's part of it
 * alone. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <pthread.h>
#include <stdatomic.h>

#include "pool_span_test.h"
#include "slab/block_end.h"

/* Heaps with runs of one slab in one map: each takes and gives back pages of its own while the others do
 * and give theirs back to the kernel. A write of more than a heap's own part brings back what a
 * neighbour changed meanwhile: a page of a block counts as free, and its bytes go. */
enum { HEAPS = 4, HELD = 28, TURNS = 60000 };
static pthread_barrier_t all_there;
static _Atomic int neighbours;

static void *neighbour(void *number) {
  uint64_t r = (uintptr_t)number * 77 + 1;
  struct hak_heap *h = hak_thread_heap();
  struct {
    char *p;
    size_t n;
  } block[HELD] = { { 0 } };
  char *mine = NULL;
  uint32_t count;
  /* all at once, so that the runs are of one map */
  pthread_barrier_wait(&all_there);
  block[0].p = take_some(h, class_of(2304), 1, &count);
  block[0].n = block_usable(class_of(2304));
  mine = run_start(block[0].p);
  test_fill(block[0].p, 0, block[0].n);
  if (arena_map_of(mine) == &hak_arena_spans[0]) atomic_fetch_add(&neighbours, 1);
  pthread_barrier_wait(&all_there);
  for (int turn = 0; turn < TURNS; turn++) {
    uint64_t k = 1 + test_random(&r) % (HELD - 1);
    if (block[k].p != NULL) {
      if (test_differs(block[k].p, k, block[k].n) != block[k].n)
        test_die("a heap lost bytes of a block of %zu", block[k].n);
      give_to(h, block[k].p);
      block[k].p = NULL;
    } else {
      unsigned c = HAK_SPAN_CLASSES + (unsigned)(test_random(&r) % (HAK_SHORT_SPAN_CLASSES - HAK_SPAN_CLASSES));
      block[k].p = take_some(h, c, 1, &count);
      if (block[k].p == NULL) test_die("no memory");
      block[k].n = block_usable(c);
      test_fill(block[k].p, k, block[k].n);
    }
    if (turn % 8 == 0) trim_spans(h);
    if (turn % 64 == 0) {
      hak_lock(&h->lock);
      const char *fault = fault_of(arena_of(block[0].p));
      hak_unlock(&h->lock);
      if (fault != NULL) test_die("between neighbours: %s", fault);
    }
  }
  for (int k = 0; k < HELD; k++)
    if (block[k].p != NULL) give_to(h, block[k].p);
  if (h->span_pages != 0 || h->span_granules != 0) test_die("a heap's counts are wrong in the end");
  return NULL;
}

static void test_neighbours(void **state) {
  (void)state;
  pthread_t thread[HEAPS];
  assert_int_equal(pthread_barrier_init(&all_there, NULL, HEAPS), 0);
  for (uintptr_t i = 0; i < HEAPS; i++) assert_int_equal(pthread_create(&thread[i], NULL, neighbour, (void *)i), 0);
  for (int i = 0; i < HEAPS; i++) pthread_join(thread[i], NULL);
  pthread_barrier_destroy(&all_there);
  assert_true(atomic_load(&neighbours) >= 2);
  assert_int_equal(superslab_bytes(), 0);
}

int main(void) {
  const struct CMUnitTest tests[] = {
    TEST(test_neighbours),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
