/* SPDX-License-Identifier: GPL-3.0-or-later */
/* test_pool_span.c: the runs that mid-size classes share, by their own interface: where blocks go and grow, and what is
 * refused. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <signal.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>

#include "os/os_memory.h"
#include "pool_span_test.h"
#include "slab/block_end.h"
#include "slab/block_list.h"

/* Blocks of all classes, taken and given back at random: none lies on another. */
static void test_apart(void **state) {
  (void)state;
  enum { BLOCKS = 300, STEPS = 12000 };
  static struct {
    char *p;
    size_t n;
  } block[BLOCKS];
  uint64_t r = 3;
  for (uint64_t i = 0; i < STEPS; i++) {
    uint64_t k = test_random(&r) % (i / 2000 % 2 == 0 ? BLOCKS : BLOCKS / 8);
    if (block[k].p != NULL) {
      if (test_differs(block[k].p, k, block[k].n) != block[k].n) fail_msg("a block of %zu bytes changed", block[k].n);
      give(block[k].p);
      block[k].p = NULL;
      continue;
    }
    unsigned c = HAK_SPAN_CLASSES + (unsigned)(test_random(&r) % (HAK_ALIGNED_CLASSES - HAK_SPAN_CLASSES));
    char *p = take(c);
    assert_int_equal((uintptr_t)p % GRANULE, 0);
    assert_int_equal(arena_class_of(p), c);
    /* short and long kinds keep apart */
    assert_int_equal(arena_of(p)->size_class, c < HAK_SHORT_SPAN_CLASSES ? HAK_RUN_SPANS_SHORT : HAK_RUN_SPANS_LONG);
    assert_int_equal(arena_of(p)->run_slabs, c < HAK_SHORT_SPAN_CLASSES ? 1 : 8);
    assert_ptr_equal(arena_span_start(p), p);
    assert_ptr_equal(arena_span_start(p + hak_class_size(c) - 1), p);
    block[k].p = p;
    block[k].n = block_usable(c);
    test_fill(p, k, block[k].n);
    if (i % 16 == 0) check_run(p);
    if (i % 500 == 0) trim_spans(hak_tls.heap);
  }
  for (int k = 0; k < BLOCKS; k++)
    if (block[k].p != NULL) give(block[k].p);
  assert_int_equal(superslab_bytes(), 0);
}

/* What one class gave back serves others, in part or joined. */
static void test_reuse_between_classes(void **state) {
  (void)state;
  char *wall, *p[3];
  for (int i = 0; i < 3; i++) p[i] = take(class_of(2560));
  wall = take(class_of(2304));
  assert_ptr_equal(p[2], p[0] + 2 * 2560);
  assert_ptr_equal(wall, p[2] + 2560);
  give(p[1]);
  char *part = take(class_of(2304));
  assert_ptr_equal(part, p[1]);
  give(part);
  give(p[0]);
  give(p[2]);
  char *joined = take(class_of(7680));
  assert_ptr_equal(joined, p[0]);
  check_run(joined);
  /* nothing of it is left: the next goes behind */
  char *next = take(class_of(2304));
  assert_ptr_equal(next, wall + 2304);
  assert_int_equal(superslab_bytes(), SLAB);
  give(joined);
  give(next);
  give(wall);
  assert_int_equal(superslab_bytes(), 0);
}

/* Of two runs that it fits, a block goes to the one with the smaller hole, whichever came last. */
static void test_smallest_hole(void **state) {
  (void)state;
  unsigned small = class_of(2560), big = class_of(8192);
  for (int order = 0; order < 2; order++) {
    char *block[2][8];
    for (int run = 0; run < 2; run++)
      for (int i = 0; i < 8; i++) block[run][i] = take(big);
    assert_ptr_not_equal(run_start(block[0][0]), run_start(block[1][0]));
    assert_int_equal(superslab_bytes(), 2 * SLAB); /* both full */
    int tight = order, loose = 1 - order;
    char *filler[2];
    give(block[loose][3]);
    give(block[tight][3]);
    /* whichever run these go to is left with a hole of 3 KB there, and the other with one of 8 */
    for (int i = 0; i < 2; i++) filler[i] = take(small);
    char *whole = run_start(filler[0]) == run_start(block[0][0]) ? block[1][3] : block[0][3];
    for (int i = 1; i < 2; i++) assert_ptr_equal(filler[i], filler[0] + i * 2560);
    char *fits = take(small);
    assert_ptr_equal(fits, filler[0] + 2 * 2560);
    /* what does not fit there goes to the other */
    give(fits);
    char *more = take(class_of(4096));
    assert_ptr_equal(more, whole);
    fits = take(small);
    assert_ptr_equal(fits, filler[0] + 2 * 2560);
    give(more);
    give(fits);
    for (int i = 0; i < 2; i++) give(filler[i]);
    for (int run = 0; run < 2; run++)
      for (int i = 0; i < 8; i++)
        if (i != 3) give(block[run][i]);
    assert_int_equal(superslab_bytes(), 0);
  }
}

/* More than was asked for now is cut only out of pages that have memory. */
static void test_more_than_one(void **state) {
  (void)state;
  struct hak_heap *h = hak_tls.heap;
  unsigned c = class_of(4096), n = 0;
  uint32_t count;
  char *first = take_some(h, c, 10, &count);
  assert_int_equal(count, 1);
  assert_null(link_get(first));
  assert_int_equal(h->span_pages, 1);
  assert_int_equal(h->span_granules, 16);
  give(first);
  hak_malloc_trim(0);
  char *big = take(class_of(8192)), *wall = take(c);
  give(big);
  /* two where that was, and no third, which were in a page of its own */
  first = take_some(h, c, 3, &count);
  assert_int_equal(count, 2);
  for (char *b = first, *next; b != NULL; b = next) {
    assert_ptr_equal(b, big + n++ * 4096);
    next = link_get(b);
    give(b);
  }
  assert_int_equal(n, 2);
  give(wall);
  assert_int_equal(h->span_pages, 0);
  assert_int_equal(superslab_bytes(), 0);
}

static void test_empty_run_leaves(void **state) {
  (void)state;
  struct hak_heap *h = hak_tls.heap;
  char *a = take(class_of(2304)), *b = take(class_of(8192)), *c = take(class_of(65536)), *d = take(class_of(16384));
  assert_int_equal(superslab_bytes(), SLAB + LONG_RUN);
  assert_int_equal(atomic_load(&h->of[HAK_RUN_SPANS_SHORT].runs), 1);
  assert_int_equal(atomic_load(&h->of[HAK_RUN_SPANS_LONG].runs), 1);
  give(a);
  give(d);
  assert_int_equal(superslab_bytes(), SLAB + LONG_RUN);
  give(b);
  assert_int_equal(superslab_bytes(), LONG_RUN);
  assert_int_equal(hak_arena_tags[arena_index(b)], 0);
  give(c);
  assert_int_equal(superslab_bytes(), 0);
  assert_int_equal(atomic_load(&h->of[HAK_RUN_SPANS_SHORT].runs) + atomic_load(&h->of[HAK_RUN_SPANS_LONG].runs), 0);
  assert_int_equal(h->span_pages + h->span_granules, 0);
  for (unsigned room = HAK_SPAN_CLASSES; room < HAK_CLASSES; room++) assert_null(h->room[room]);
}

static void test_grow(void **state) {
  (void)state;
  struct hak_heap *h = hak_tls.heap;
  unsigned c2 = class_of(2304), c3 = class_of(3072), c4 = class_of(4096), c8 = class_of(8192), c10 = class_of(10496);
  char *a = take(c2), *b = take(c2);
  test_fill(a, 1, 2048);
  assert_false(pool_span_grow(h, a, c3)); /* b is there */
  assert_int_equal(arena_class_of(a), c2);
  assert_int_equal(arena_of(a)->granules, 18);
  give(b);
  assert_true(pool_span_grow(h, a, c3));
  assert_int_equal(arena_class_of(a), c3);
  assert_int_equal(atomic_load(&h->of[c2].used), 0);
  assert_int_equal(atomic_load(&h->of[c3].used), 1);
  assert_int_equal(h->span_granules, 12);
  assert_int_equal(test_differs(a, 1, 2048), 2048);
  b = take(c2);
  assert_ptr_equal(b, a + 3072);
  assert_false(pool_span_grow(h, a, c4));
  give(b);
  assert_true(pool_span_grow(h, a, c8));
  check_run(a);
  assert_int_equal(h->span_pages, 2);
  assert_false(pool_span_grow(h, a, c10)); /* the other kind of run */
  /* up to the end of the run, and not beyond it into the next, which is free too */
  char *fill[7];
  for (int i = 0; i < 7; i++) fill[i] = take(c8);
  assert_ptr_equal(fill[6], run_start(a) + SLAB - 8192);
  give(fill[6]);
  char *last = take(c4);
  assert_ptr_equal(last, fill[6]);
  char *behind = take(c4);
  assert_ptr_equal(behind, last + 4096);
  give(last);
  assert_false(pool_span_grow(h, behind, class_of(4608)));
  give(behind);
  last = take(c4);
  assert_true(pool_span_grow(h, last, c8));
  check_run(a);
  give(last);
  for (int i = 0; i < 6; i++) give(fill[i]);
  give(a);
  /* a long one, all of its run */
  a = take(class_of(9216));
  b = take(class_of(65536));
  assert_ptr_equal(b, a + 9216);
  assert_false(pool_span_grow(h, a, class_of(65536)));
  give(b);
  assert_true(pool_span_grow(h, a, class_of(65536)));
  check_run(a);
  give(a);
  assert_int_equal(superslab_bytes(), 0);
}

/* What grows moves to where it can grow on, past a hole that would just do, and leaves a hole at once. */
static void test_room_to_grow(void **state) {
  (void)state;
  struct hak_heap *h = hak_tls.heap;
  unsigned c = class_of(9216), twice = class_of(18688), most = class_of(65536);
  assert_null(pool_span_take_roomy(h, c)); /* no run for it alone */
  char *a = take(c), *hole = take(c), *b = take(c);
  give(hole);
  char *r = pool_span_take_roomy(h, c);
  assert_ptr_equal(r, b + 9216);
  assert_int_equal(atomic_load(&h->of[c].used), 3);
  assert_true(pool_span_grow(h, r, twice));
  assert_ptr_equal(take(c), hole);
  check_run(a);
  /* the longest class is as much room as can be */
  char *end = pool_span_take_roomy(h, most);
  assert_ptr_equal(end, r + 18688);
  assert_true(pool_span_free_now(h, end));
  assert_true(pool_span_free_now(h, r));
  assert_false(taken_at(r));
  check_run(a);
  char *tiny = hak_malloc(16);
  assert_false(pool_span_free_now(h, tiny));
  assert_false(pool_span_free_now(h, h)); /* none of the arena's */
  hak_free(tiny);
  give(a);
  give(hole);
  give(b);
  hak_malloc_trim(0);
  assert_int_equal(superslab_bytes(), 0);
#if !HAK_BLOCK_HEADER
  char *p = hak_malloc(9000), *behind = hak_malloc(9000), *old = p;
  test_fill(p, 3, 9000);
  p = hak_realloc(p, 12000);
  assert_ptr_not_equal(p, old);
  assert_false(taken_at(old));
  assert_ptr_equal(hak_realloc(p, 18000), p);
  assert_ptr_equal(hak_realloc(p, 24000), p);
  assert_int_equal(test_differs(p, 3, 9000), 9000);
  hak_free(p);
  hak_free(behind);
#endif
}

/* Aligned blocks fill what their like left: they come and go, and no more runs than at first are used
 * for long. */
static void test_aligned_reuse(void **state) {
  (void)state;
  enum { BLOCKS = 1000, SIZE = 14000, TURNS = 20000 };
  static char *block[BLOCKS];
  uint64_t r = 5;
  size_t needed = 0;
  for (int i = 0; i < BLOCKS; i++) {
    size_t alignment = (size_t)512 << i % 8, power = alignment > 16384 ? alignment : 16384;
    assert_non_null(block[i] = hak_memalign(alignment, SIZE));
    needed += power * (SIZE + 2 * alignment > power ? 2 : 1); /* a build with headers needs the next one */
  }
  for (int turn = 0; turn < TURNS; turn++) {
    size_t i = test_random(&r) % BLOCKS, alignment = (size_t)512 << i % 8;
    assert_int_equal((uintptr_t)block[i] % alignment, 0);
    hak_free(block[i]);
    assert_non_null(block[i] = hak_memalign(alignment, SIZE));
  }
  assert_true(superslab_bytes() <= needed + needed / 2);
  for (int i = 0; i < BLOCKS; i++) hak_free(block[i]);
  hak_malloc_trim(0);
  assert_int_equal(superslab_bytes(), 0);
}

/* Where the process is to end by SIGABRT. */
static void assert_aborts(void (*what)(char *), char *block) {
  pid_t pid = fork();
  if (pid == 0) {
    setrlimit(RLIMIT_CORE, &(struct rlimit){ 0, 0 });
    signal(SIGABRT, SIG_DFL); /* cmocka's own handler would end the test instead */
    if (freopen("/dev/null", "w", stderr) == NULL) _exit(2);
    what(block);
    _exit(0);
  }
  int status;
  assert_int_equal(waitpid(pid, &status, 0), pid);
  assert_true(WIFSIGNALED(status));
  assert_int_equal(WTERMSIG(status), SIGABRT);
}
static void free_twice(char *block) {
  give(block);
  give(block);
}
static void free_inside(char *block) { give(block + GRANULE); }
static void free_in_granule(char *block) { give(block + 16); }

static void test_wrong_frees(void **state) {
  (void)state;
  char *a = take(class_of(3072)), *b = take(class_of(3072)), *c = take(class_of(18688));
  assert_aborts(free_twice, a);
  assert_aborts(free_inside, a);
  assert_aborts(free_in_granule, a);
  assert_aborts(free_inside, c);
  give(a);
  give(b);
  give(c);
  assert_int_equal(superslab_bytes(), 0);
}

/* A refusal of the kernel takes nothing, and the next call works. */
static void test_no_memory(void **state) {
  (void)state;
#if HAKMEM_BLOCK_HEADER_COMPILED && !HAKMEM_HARDENED_COMPILED
  skip(); /* the whole arena is open from the start */
#endif
  struct hak_heap *h = hak_tls.heap;
  static char *block[4000];
  uint32_t count;
  int n = 0, refused = 0;
  /* the arena is opened 16 MB at a time; what was open before is used up on the way */
  for (; n < 4000 && refused < 2; n++) {
    ss_os_fail_countdown = SS_OS_FAIL_ALL;
    block[n] = take_some(h, class_of(65536), 1, &count);
    ss_os_fail_countdown = 0;
    if (block[n] != NULL) continue;
    refused++;
    block[n] = take(class_of(65536));
  }
  assert_int_equal(refused, 2);
  assert_int_equal(h->span_granules, (size_t)n * 256);
  while (n > 0) give(block[--n]);
  assert_int_equal(superslab_bytes(), 0);
  hak_malloc_trim(0);
}

int main(void) {
  const struct CMUnitTest tests[] = {
    TEST(test_apart),         TEST(test_reuse_between_classes), TEST(test_smallest_hole),
    TEST(test_more_than_one), TEST(test_empty_run_leaves),      TEST(test_grow),
    TEST(test_room_to_grow),  TEST(test_aligned_reuse),         TEST(test_wrong_frees),
    TEST(test_no_memory),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
