/* SPDX-License-Identifier: GPL-3.0-or-later */
/* test_pool_span.c: the runs that mid-size classes share, by their own interface: where blocks go,
 * which pages go back, and that heaps whose runs have one map in common leave each other's part of
 * it alone. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/wait.h>

#include "alloc_test.h"
#include "hakmem.h"
#include "heap/hak_heap.h"
#include "heap/pool_span.h"
#include "os/os_memory.h"
#include "slab/block_end.h"
#include "slab/block_list.h"
#include "slab/superslab.h"
#include "thread/unified_cache.h"

enum { PAGE = 4096, GRANULE = HAK_GRANULE_BYTES, SLAB = HAK_SLAB_BYTES, LONG_RUN = 8 * HAK_SLAB_BYTES };

/* Every test starts with nothing out but what it makes itself, and with cold runs. */
static int begin(void **state) {
  (void)state;
  assert_non_null(hak_thread_heap());
  hak_malloc_trim(0);
  assert_int_equal(superslab_bytes(), 0);
  assert_int_equal(hak_tls.heap->span_pages, 0);
  assert_int_equal(hak_tls.heap->span_granules, 0);
  return 0;
}

/* The class whose blocks are of just so many bytes. */
static unsigned class_of(size_t bytes) {
  for (unsigned c = HAK_SPAN_CLASSES; c < HAK_ALIGNED_CLASSES; c++)
    if (hak_class_size(c) == bytes) return c;
  fail_msg("no class is of %zu bytes", bytes);
  return 0;
}

static char *take_some(struct hak_heap *h, unsigned c, uint32_t want, uint32_t *count) {
  hak_lock(&h->lock);
  char *b = pool_span_take(h, c, want, count);
  if (b != NULL) hak_heap_used_add(h, c, (int32_t)*count);
  hak_unlock(&h->lock);
  return b;
}
static char *take(unsigned c) {
  uint32_t count;
  char *b = take_some(hak_tls.heap, c, 1, &count);
  assert_non_null(b);
  assert_int_equal(count, 1);
  return b;
}

static void give_to(struct hak_heap *h, void *b) {
  hak_lock(&h->lock);
  pool_span_free(h, arena_of(b), b);
  hak_unlock(&h->lock);
}
static void give(void *b) { give_to(hak_tls.heap, b); }

static size_t trim_spans(struct hak_heap *h) {
  hak_lock(&h->lock);
  size_t given = pool_span_trim(h);
  hak_unlock(&h->lock);
  return given;
}

static const struct hak_span_map *map_of(const struct hak_slab *s) { return arena_map_of(arena_start(s)); }
static bool taken_at(const char *p) {
  return (arena_map_of(p)->taken[arena_granule(p) / 64] >> arena_granule(p) % 64 & 1) != 0;
}
static bool page_bit(const uint16_t *pages, const char *p) {
  unsigned page = arena_granule(p) / (PAGE / GRANULE);
  return (pages[page / 16] >> page % 16 & 1) != 0;
}
static bool touched(const char *p) { return page_bit(arena_map_of(p)->touched, p); }

/* What is wrong with a run's maps, NULL for nothing. Under its heap's lock. */
static const char *fault_of(const struct hak_slab *s) {
  char *start = arena_start(s), *end = start + (size_t)s->run_slabs * SLAB, *block_end = start;
  unsigned blocks = 0, granules = 0;
  for (char *p = start; p < end; p += GRANULE) {
    unsigned c = arena_span_at(p);
    if (c != 0) {
      if (p < block_end) return "blocks overlap";
      block_end = p + hak_class_size(c);
      if (block_end > end) return "a block reaches out of its run";
      blocks++;
      granules += (unsigned)(hak_class_size(c) / GRANULE);
    }
    if (taken_at(p) != (p < block_end)) return "a granule is taken by no block, or free within one";
    if (p < block_end && !touched(p)) return "a block's page does not count as touched";
  }
  for (char *page = start; page < end; page += PAGE) {
    bool is_free = true;
    for (char *p = page; p < page + PAGE; p += GRANULE) is_free = is_free && !taken_at(p);
    if (page_bit(map_of(s)->free, page) != is_free) return "a page counts as free, or as taken, wrongly";
  }
  return blocks == s->used && granules == s->granules ? NULL : "a run's counts are wrong";
}
static void check_run(const char *block) {
  const char *fault = fault_of(arena_of(block));
  if (fault != NULL) fail_msg("%s", fault);
}

static size_t resident_pages(char *start, size_t bytes) { return test_resident_pages(start, bytes); }
static char *run_start(const void *block) { return arena_start(arena_of(block)); }

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

static void need_small_pages(void) {
  if (sysconf(_SC_PAGESIZE) != PAGE) skip();
}

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
  size_t before = resident_pages(start, LONG_RUN), dirty = h->span_pages;
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
  assert_int_equal(resident_pages(run_start(block[1]), LONG_RUN), LONG_RUN / PAGE);
  /* one block a run stays */
  for (int i = 1; i < BLOCKS; i += 2)
    if (i % A_RUN != 7) give(block[i]);
  size_t used = RUNS * 65536, resident = 0;
  for (int i = 7; i < BLOCKS; i += A_RUN) {
    resident += resident_pages(run_start(block[i]), LONG_RUN);
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

#define TEST(name) cmocka_unit_test_setup(name, begin)
int main(void) {
  const struct CMUnitTest tests[] = {
    TEST(test_neighbours), /* first: fresh address space lies in order */
    TEST(test_apart),
    TEST(test_reuse_between_classes),
    TEST(test_smallest_hole),
    TEST(test_more_than_one),
    TEST(test_empty_run_leaves),
    TEST(test_trim_gives_free_pages),
    TEST(test_trim_of_full_runs),
    TEST(test_purge_when_over),
    TEST(test_grow),
    TEST(test_aligned_reuse),
    TEST(test_wrong_frees),
    TEST(test_no_memory),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
