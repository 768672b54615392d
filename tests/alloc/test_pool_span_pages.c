/* SPDX-License-Identifier: GPL-3.0-or-later */
/* test_pool_span_pages.c: which pages of the runs that mid-size classes share go back to the kernel. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "pool_span_test.h"
#include "slab/block_end.h"

/* Just the pages that no block touches go back, and blocks keep their bytes. */
static void test_trim_gives_free_pages(void **state) {
  (void)state;
  need_small_pages();
  enum { BLOCKS = 24 };
  struct hak_heap *h = hak_tls.heap;
  char *block[BLOCKS];
  size_t size = block_usable(class_of(18688)), want = 0;
  for (int i = 0; i < BLOCKS; i++) {
    block[i] = take(class_of(18688));
    assert_ptr_equal(run_start(block[i]), run_start(block[0]));
    test_fill(block[i], (uint64_t)i, size);
  }
  char *start = run_start(block[0]);
  bool kept[LONG_RUN / PAGE] = { false };
  for (int i = 0; i < BLOCKS; i++) {
    if (i % 3 == 1) {
      give(block[i]);
      continue;
    }
    for (char *p = block[i]; p < block[i] + size; p += GRANULE) kept[(p - start) / PAGE] = true;
  }
  size_t before = test_resident_pages(start, LONG_RUN), dirty = h->span_pages;
  assert_int_equal(before, dirty);
  size_t given = trim_spans(h);
  for (size_t i = 0; i < LONG_RUN / PAGE; i++) {
    want += kept[i];
    if ((test_resident_pages(start + i * PAGE, PAGE) != 0) != kept[i])
      fail_msg("page %zu %s", i, kept[i] ? "was given back" : "is still there");
    assert_int_equal(touched(start + i * PAGE), kept[i]);
  }
  assert_int_equal(given, (before - want) * PAGE);
  assert_int_equal(h->span_pages, want);
  assert_int_equal(trim_spans(h), 0);
  for (int i = 0; i < BLOCKS; i++)
    if (i % 3 != 1) assert_int_equal(test_differs(block[i], (uint64_t)i, size), size);
  /* pages that are wanted again count again */
  char *again = take(class_of(18688));
  assert_ptr_equal(again, block[1]);
  assert_true(h->span_pages > want);
  check_run(again);
  give(again);
  for (int i = 0; i < BLOCKS; i++)
    if (i % 3 != 1) give(block[i]);
  assert_int_equal(superslab_bytes(), 0);
}

/* A run that has no hole for any block may still have whole free pages. */
static void test_trim_of_full_runs(void **state) {
  (void)state;
  need_small_pages();
  char *block[32];
  int n = 0;
  unsigned c = class_of(18688); /* 73 granules, of which one block of 41 leaves less than any takes */
  do memset(block[n] = take(c), 1, block_usable(c));
  while (run_start(block[n++]) == run_start(block[0]));
  give(block[--n]);
  give(block[5]);
  char *half = take(class_of(10496));
  assert_ptr_equal(half, block[5]);
  char *elsewhere = take(class_of(10496)); /* having found no place in the first run */
  assert_ptr_not_equal(run_start(elsewhere), run_start(half));
  trim_spans(hak_tls.heap);
  char *free_page = (char *)(((uintptr_t)half + 10496 + PAGE - 1) & ~(uintptr_t)(PAGE - 1));
  assert_true(free_page + PAGE <= block[6]);
  assert_int_equal(test_resident_pages(free_page, PAGE), 0);
  give(half);
  give(elsewhere);
  for (int i = 0; i < n; i++)
    if (i != 5) give(block[i]);
  assert_int_equal(superslab_bytes(), 0);
}

/* Freeing alone gives pages back as well, once more of them are free than in use (and 512 KB). */
static void test_purge_when_over(void **state) {
  (void)state;
  need_small_pages();
  enum { RUNS = 16, A_RUN = 8, BLOCKS = RUNS * A_RUN };
  struct hak_heap *h = hak_tls.heap;
  unsigned c = class_of(65536);
  static char *block[BLOCKS];
  for (int i = 0; i < BLOCKS; i++) {
    block[i] = take(c);
    memset(block[i], i, 65536);
  }
  assert_int_equal(superslab_bytes(), RUNS * LONG_RUN);
  assert_int_equal(h->span_pages, BLOCKS * 16);
  /* while at least half is in use nothing goes */
  for (int i = 0; i < BLOCKS; i += 2) {
    give(block[i]);
    assert_int_equal(h->span_pages, BLOCKS * 16);
  }
  assert_int_equal(test_resident_pages(run_start(block[1]), LONG_RUN), LONG_RUN / PAGE);
  /* one block a run stays */
  for (int i = 1; i < BLOCKS; i += 2)
    if (i % A_RUN != 7) give(block[i]);
  size_t used = RUNS * 65536, resident = 0;
  for (int i = 7; i < BLOCKS; i += A_RUN) {
    resident += test_resident_pages(run_start(block[i]), LONG_RUN);
    check_run(block[i]);
    for (size_t k = 0; k < 65536; k++)
      if (block[i][k] != (char)i) fail_msg("block %d: byte %zu changed", i, k);
  }
  assert_int_equal(resident, h->span_pages);
  assert_true(resident * PAGE <= 2 * used + (512 << 10));
  assert_true(resident * PAGE >= used);
  for (int i = 7; i < BLOCKS; i += A_RUN) give(block[i]);
  assert_int_equal(h->span_pages, 0);
  assert_int_equal(superslab_bytes(), 0);
  hak_malloc_trim(0); /* forgets that pages were given back */
}

int main(void) {
  const struct CMUnitTest tests[] = {
    TEST(test_trim_gives_free_pages),
    TEST(test_trim_of_full_runs),
    TEST(test_purge_when_over),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
