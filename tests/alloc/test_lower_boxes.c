/* SPDX-License-Identifier: GPL-3.0-or-later */
/* test_lower_boxes.c: the boxes below the heap, each by its own interface: size classes, lock,
 * environment, OS acquire and madvise guard, arena of superslabs, warm pool. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <pthread.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "alloc_test.h"
#include "base/hak_lock.h"
#include "base/hak_size_class.h"
#include "front/hak_block.h"
#include "hak_entry.h"
#include "os/hak_env.h"
#include "os/madvise_guard.h"
#include "os/os_memory.h"
#include "slab/block_end.h"
#include "slab/superslab.h"
#include "slab/warm_pool.h"

static void test_size_classes(void **state) {
  (void)state;
  if (hak_arena_slabs == 0) assert_true(arena_init()); /* makes the tables */
  for (size_t n = 1; n <= HAK_TINY_MAX; n++) {
    unsigned c = hak_tiny_class(n);
    assert_in_range(c, 1, HAK_TINY_CLASSES - 1);
    assert_true(hak_class_size(c) >= n && hak_class_size(c) - n < (n <= 256 ? 16 : n <= 512 ? 32 : 64));
    assert_int_equal(hak_tiny_class(hak_class_size(c)), c);
  }
  assert_int_equal(hak_tiny_class(0), 0);
  assert_int_equal(hak_tiny_class(HAK_TINY_MAX), HAK_CLASS_C7);
  for (size_t n = HAK_TINY_MAX + 1; n <= HAK_POOL_MAX; n++) {
    unsigned c = hak_pool_class(n);
    assert_in_range(c, HAK_TINY_CLASSES, HAK_CLASSES - 1);
    /* the least class that holds it, but for what keeps blocks apart, and not an eighth too large */
    size_t apart = n > 8192 ? 256 : 0;
    assert_true(block_usable(c) >= n);
    assert_true(c == HAK_TINY_CLASSES || block_usable(c - 1) < n + apart);
    assert_true(hak_class_size(c) - n < n / 8 + 1 + (apart > HAK_END_BYTES ? apart : HAK_END_BYTES + 2));
    assert_true(100 * hak_class_size(c) <= 115 * n);
  }
  for (unsigned c = 1; c < HAK_CLASSES; c++) {
    assert_int_equal(hak_class_size(c) % HAK_ALIGN, 0);
    assert_true(c == 1 || c == HAK_ALIGNED_CLASSES || hak_class_size(c) > hak_class_size(c - 1));
    size_t run = (size_t)hak_run_slabs(c) << HAK_SLAB_SHIFT, size = hak_class_size(c);
    assert_true((run & (run - 1)) == 0 && run <= 8 * HAK_SLAB_BYTES && size <= run);
    assert_true(run % size <= run / 8);
    if (c >= HAK_SPAN_CLASSES) assert_int_equal(size % HAK_GRANULE_BYTES, 0);
  }
  assert_int_equal(hak_class_size(HAK_CLASSES - 1), HAK_POOL_MAX);
  assert_int_equal(hak_class_size(HAK_SHORT_SPAN_CLASSES - 1), 8192);
  for (size_t n = 2048; n <= HAK_POOL_MAX; n *= 2) assert_int_equal(hak_class_size(hak_aligned_class(n)), n);
  assert_int_equal(hak_run_slabs(HAK_RUN_SPANS_SHORT), 1);
  assert_int_equal(hak_run_slabs(HAK_RUN_SPANS_LONG), 8);
  /* blocks above 8 KB do not all start at the same place in a page */
  for (unsigned c = HAK_SHORT_SPAN_CLASSES; c < HAK_CLASSES; c++) {
    size_t size = hak_class_size(c);
    if ((size & (size - 1)) != 0)
      assert_true(size % 1024 == 256 || (c == HAK_SHORT_SPAN_CLASSES && size % 4096 == 1024));
  }
}

static hak_lock_t lock;
static long guarded;

static void *lock_work(void *unused) {
  for (int i = 0; i < 50000; i++) {
    if (i % 5 == 0) {
      while (!hak_trylock(&lock)) sched_yield();
    } else {
      hak_lock(&lock);
    }
    guarded++; /* plain: the lock alone makes it right */
    hak_unlock(&lock);
  }
  return NULL;
}

static void test_lock(void **state) {
  (void)state;
  pthread_t t[4];
  assert_true(hak_trylock(&lock));
  assert_false(hak_trylock(&lock));
  hak_unlock(&lock);
  errno = 99;
  for (int i = 0; i < 4; i++) pthread_create(&t[i], NULL, lock_work, NULL);
  for (int i = 0; i < 4; i++) pthread_join(t[i], NULL);
  assert_int_equal(guarded, 200000);
  assert_int_equal(errno, 99);
  assert_true(hak_trylock(&lock));
  hak_unlock(&lock);
}

static void test_env(void **state) {
  (void)state;
  unsetenv("HAKMEM_TEST_SWITCH");
  assert_true(hak_env_switch("HAKMEM_TEST_SWITCH", true));
  assert_false(hak_env_switch("HAKMEM_TEST_SWITCH", false));
  setenv("HAKMEM_TEST_SWITCH_LONGER", "1", 1);
  assert_false(hak_env_switch("HAKMEM_TEST_SWITCH", false));
  setenv("HAKMEM_TEST_SWITCH", "1", 1);
  assert_true(hak_env_switch("HAKMEM_TEST_SWITCH", false));
  setenv("HAKMEM_TEST_SWITCH", "0", 1);
  assert_false(hak_env_switch("HAKMEM_TEST_SWITCH", true));
  static const char *const odd[] = { "", "yes", "10", "00", " 1", "1 " };
  for (size_t i = 0; i < sizeof odd / sizeof odd[0]; i++) {
    setenv("HAKMEM_TEST_SWITCH", odd[i], 1);
    assert_true(hak_env_switch("HAKMEM_TEST_SWITCH", true));
    assert_false(hak_env_switch("HAKMEM_TEST_SWITCH", false));
  }
  unsetenv("HAKMEM_TEST_SWITCH");
}

static long resident_pages(const void *start, size_t bytes) {
  unsigned char page[64];
  long n = 0;
  assert_true(bytes <= sizeof page * 4096);
  assert_int_equal(mincore((void *)(uintptr_t)start, bytes, page), 0);
  for (size_t i = 0; i < bytes / 4096; i++) n += page[i] & 1;
  return n;
}

static void test_os_acquire(void **state) {
  (void)state;
  char *p = ss_os_map(16 * 4096);
  assert_non_null(p);
  for (size_t i = 0; i < 16 * 4096; i++) assert_int_equal(p[i], 0);
  memset(p, 3, 16 * 4096);
  p = ss_os_remap(p, 16 * 4096, 32 * 4096);
  assert_non_null(p);
  assert_int_equal(p[16 * 4096 - 1], 3);
  assert_int_equal(p[16 * 4096], 0);
  memset(p, 3, 32 * 4096);
  assert_int_equal(resident_pages(p, 32 * 4096), 32);
  /* pages given back read as zero and cost nothing; the others stay; errno too */
  errno = 99;
  madvise_guard_release(p + 8 * 4096, 8 * 4096);
  assert_int_equal(errno, 99);
  assert_int_equal(resident_pages(p, 32 * 4096), 24);
  assert_int_equal(p[8 * 4096 - 1], 3);
  assert_int_equal(p[8 * 4096], 0);
  assert_int_equal(p[16 * 4096], 3);
  ss_os_unmap(p, 32 * 4096);
  assert_int_equal(errno, 99);
  unsigned char page[32];
  assert_int_equal(mincore(p, 4096, page), -1);
  errno = 0;
  assert_null(ss_os_map((size_t)1 << 62));
  assert_int_equal(errno, ENOMEM);
  assert_null(ss_os_reserve((size_t)1 << 62));
  /* the injected refusal comes once, at its turn */
  ss_os_fail_countdown = 2;
  p = ss_os_map(4096);
  assert_non_null(p);
  errno = 0;
  assert_null(ss_os_map(4096));
  assert_int_equal(errno, ENOMEM);
  char *q = ss_os_map(4096);
  assert_non_null(q);
  ss_os_unmap(p, 4096);
  ss_os_unmap(q, 4096);
}

#if !HAK_BLOCK_HEADER /* which keeps all of it open */
/* Bytes of the arena that may be touched, as the kernel says. */
static size_t open_bytes(void) {
  size_t bytes = 0;
  unsigned long from, to;
  char mode[5], line[512];
  FILE *f = fopen("/proc/self/maps", "r");
  if (f == NULL) skip();
  while (fgets(line, sizeof line, f) != NULL)
    if (sscanf(line, "%lx-%lx %4s", &from, &to, mode) == 3 && from >= hak_arena_base && mode[1] == 'w' &&
        from < hak_arena_base + (hak_arena_slabs << HAK_SLAB_SHIFT))
      bytes += to - from;
  fclose(f);
  return bytes;
}

/* mlockall makes all resident that may be touched: this has to stay near what is used. */
static void test_superslab_open(void **state) {
  (void)state;
  enum { RUNS = 1000, LARGEST = HAK_CLASSES - 1, STEP = 16 << 20 };
  static struct hak_slab *run[RUNS];
  if (hak_arena_slabs == 0) assert_true(arena_init());
  assert_true(open_bytes() <= STEP);
  for (int i = 0; i < RUNS; i++) {
    assert_non_null(run[i] = superslab_acquire(LARGEST));
    *arena_start(run[i]) = 1;
    arena_start(run[i])[8 * HAK_SLAB_BYTES - 1] = 1;
  }
  size_t used = RUNS * 8 * HAK_SLAB_BYTES, opened = open_bytes();
  assert_true(opened >= used && opened <= used + STEP);
  /* the kernel refuses more */
  ss_os_fail_countdown = SS_OS_FAIL_ALL;
  struct hak_slab *more[40];
  int n = 0;
  errno = 0;
  while (n < 40 && (more[n] = superslab_acquire(LARGEST)) != NULL) n++;
  assert_true(n < 40);
  assert_int_equal(errno, ENOMEM);
  ss_os_fail_countdown = 0;
  assert_non_null(more[n] = superslab_acquire(LARGEST));
  for (int i = 0; i <= n; i++) superslab_release(more[i]);
  for (int i = 0; i < RUNS; i++) superslab_release(run[i]);
  superslab_trim();
}
#endif

static void test_superslab(void **state) {
  (void)state;
  if (hak_arena_slabs == 0) assert_true(arena_init());
  assert_int_equal(hak_arena_base % HAK_SUPERSLAB_BYTES, 0);
  int here;
  assert_int_equal(arena_class_of(&here), 0);
  assert_int_equal(arena_class_of(NULL), 0);
  assert_int_equal(arena_class_of((void *)UINTPTR_MAX), 0);
  enum { RUNS = 300 };
  struct hak_slab *run[RUNS];
  size_t out = superslab_bytes(), expected = 0;
  for (int round = 0; round < 3; round++) {
    for (unsigned i = 0; i < RUNS; i++) {
      unsigned c = 1 + i * 7 % (HAK_RUN_CLASSES - 1), slabs = hak_run_slabs(c);
      run[i] = superslab_acquire(c);
      assert_non_null(run[i]);
      assert_int_equal(run[i]->size_class, c);
      assert_int_equal(run[i]->run_slabs, slabs);
      assert_int_equal(run[i]->used, 0);
      assert_int_equal(run[i]->carved, 0);
      if (c < HAK_CLASSES)
        assert_true(run[i]->capacity >= 1 && run[i]->capacity * hak_class_size(c) <= slabs * HAK_SLAB_BYTES);
      char *start = arena_start(run[i]);
      assert_int_equal((uintptr_t)start % HAK_SLAB_BYTES, 0);
      /* every byte of the run leads back to it */
      for (size_t b = 0; b < slabs * HAK_SLAB_BYTES; b += 8191) {
        assert_int_equal(arena_class_of(start + b), c < HAK_CLASSES ? c : 0); /* no span is cut yet */
        assert_ptr_equal(arena_of(start + b), run[i]);
      }
      memset(start, (int)i + 1, 64);
      memset(start + slabs * HAK_SLAB_BYTES - 64, (int)i + 1, 64);
      expected += slabs * HAK_SLAB_BYTES;
    }
    assert_int_equal(superslab_bytes() - out, expected);
    /* no two runs share a byte */
    for (unsigned i = 0; i < RUNS; i++) {
      char *start = arena_start(run[i]);
      assert_int_equal((unsigned char)start[0], (unsigned char)(i + 1));
      assert_int_equal((unsigned char)start[run[i]->run_slabs * HAK_SLAB_BYTES - 1], (unsigned char)(i + 1));
      superslab_release(run[i]);
      assert_int_equal(arena_class_of(start), 0);
      assert_int_equal(run[i]->owner == NULL, 1);
    }
    assert_int_equal(superslab_bytes(), out);
    expected = 0;
  }
  superslab_trim();
  assert_int_equal(superslab_trim(), 0);
}

/* One multiplication against the division that it stands for, for every offset of a run. */
static void test_arena_divides(void **state) {
  (void)state;
  for (unsigned c = 1; c < HAK_CLASSES; c++) {
    uint32_t size = (uint32_t)hak_class_size(c), run = (uint32_t)(hak_run_slabs(c) << HAK_SLAB_SHIFT);
    for (uint32_t offset = 0; offset < run; offset++)
      if (arena_divides(c, offset) != (offset % size == 0)) fail_msg("class %u, offset %u", c, offset);
  }
}

static void test_arena_is_block(void **state) {
  (void)state;
  struct hak_slab *s = superslab_acquire(3);
  char *start = arena_start(s);
  s->carved_units = 5 * 48 / 16; /* five blocks were cut */
  for (int i = 0; i < 10; i++) {
    assert_int_equal(arena_is_block(start + i * 48, 3), i < 5);
    assert_false(arena_is_block(start + i * 48 + 16, 3));
    assert_false(arena_is_block(start + i * 48 + 1, 3));
    assert_ptr_equal(arena_block_start(start + i * 48 + 47, 3), start + i * 48);
  }
  int here;
  assert_null(arena_of_checked(&here));
  assert_ptr_equal(arena_of_checked(start + 100), s);
  superslab_release(s);
  assert_null(arena_of_checked(start + 100));
}

#if !HAKMEM_HARDENED_COMPILED /* which keeps no run warm: it hands out zero pages only */
/* A released run keeps its pages while the warm pool has room; after that they go back. */
static void test_warm_pool(void **state) {
  (void)state;
  enum { RUNS = 40 };
  struct hak_slab *run[RUNS];
  superslab_trim();
  for (int i = 0; i < RUNS; i++) memset(arena_start(run[i] = superslab_acquire(1)), 1, HAK_SLAB_BYTES);
  long before = 0, after = 0, trimmed = 0;
  for (int i = 0; i < RUNS; i++) before += resident_pages(arena_start(run[i]), HAK_SLAB_BYTES);
  assert_int_equal(before, RUNS * 16);
  for (int i = 0; i < RUNS; i++) superslab_release(run[i]);
  for (int i = 0; i < RUNS; i++) after += resident_pages(arena_start(run[i]), HAK_SLAB_BYTES);
  assert_int_equal(after * 4096, WARM_POOL_BYTES_MIN);
  /* a warm run comes first */
  struct hak_slab *again = superslab_acquire(2);
  assert_int_equal(resident_pages(arena_start(again), HAK_SLAB_BYTES), 16);
  superslab_release(again);
  assert_int_equal(superslab_trim(), WARM_POOL_BYTES_MIN);
  for (int i = 0; i < RUNS; i++) trimmed += resident_pages(arena_start(run[i]), HAK_SLAB_BYTES);
  assert_int_equal(trimmed, 0);
  assert_null(warm_pool_take(1));
  assert_null(warm_pool_take(HAK_RUN_SPANS_LONG));
}

static long touch_and_release(struct hak_slab **run, int runs) {
  long pages = 0;
  for (int i = 0; i < runs; i++) memset(arena_start(run[i] = superslab_acquire(1)), 1, HAK_SLAB_BYTES);
  for (int i = 0; i < runs; i++) superslab_release(run[i]);
  for (int i = 0; i < runs; i++) pages += resident_pages(arena_start(run[i]), HAK_SLAB_BYTES);
  return pages;
}

/* What was given back and is wanted again at once stays the next time, but not for good. */
static void test_warm_regret(void **state) {
  (void)state;
  enum { RUNS = 40, FEW = WARM_POOL_BYTES_MIN / 4096 };
  struct hak_slab *run[RUNS];
  long pages = 0;
  superslab_trim();
  assert_int_equal(touch_and_release(run, RUNS), FEW);
  assert_int_equal(touch_and_release(run, RUNS), RUNS * 16);
  /* two windows at least; then each slow path gives back a part */
  for (int i = 0; i < 4; i++) {
    nanosleep(&(struct timespec){ 0, WARM_POOL_WINDOW_NS + WARM_POOL_WINDOW_NS / 5 }, NULL);
    superslab_tick();
    superslab_tick();
  }
  for (int i = 0; i < RUNS; i++) pages += resident_pages(arena_start(run[i]), HAK_SLAB_BYTES);
  assert_int_equal(pages, 0);
  /* nor does what was given back long ago count */
  assert_int_equal(touch_and_release(run, RUNS), FEW);
  /* malloc_trim forgets */
  assert_int_equal(touch_and_release(run, RUNS), RUNS * 16);
  superslab_trim();
  assert_int_equal(touch_and_release(run, RUNS), FEW);
}

/* A run that was cut for the same class comes before one of another, and that before none. */
static void test_warm_classes(void **state) {
  (void)state;
  superslab_trim();
  struct hak_slab *one = superslab_acquire(1), *two = superslab_acquire(2), *three = superslab_acquire(2);
  superslab_release(one);
  superslab_release(two);
  superslab_release(three);
  assert_ptr_equal(superslab_acquire(1), one);
  assert_ptr_equal(superslab_acquire(1), three);
  assert_ptr_equal(superslab_acquire(1), two);
  assert_null(warm_pool_take(1));
  superslab_release(one);
  superslab_release(two);
  superslab_release(three);
  superslab_trim();
}

/* What a whole window did not need goes back at the next slow path. */
static void test_warm_window(void **state) {
  (void)state;
  struct timespec window = { 0, WARM_POOL_WINDOW_NS + WARM_POOL_WINDOW_NS / 5 };
  superslab_trim();
  struct hak_slab *run = superslab_acquire(1);
  memset(arena_start(run), 1, HAK_SLAB_BYTES);
  superslab_release(run);
  superslab_tick();
  assert_int_equal(resident_pages(arena_start(run), HAK_SLAB_BYTES), 16);
  for (int i = 0; i < 2; i++) { /* the first window is the one it came in */
    nanosleep(&window, NULL);
    superslab_tick();
  }
  assert_int_equal(resident_pages(arena_start(run), HAK_SLAB_BYTES), 0);
}
#endif

int main(void) {
  const struct CMUnitTest tests[] = {
    cmocka_unit_test(test_size_classes),
    cmocka_unit_test(test_lock),
    cmocka_unit_test(test_env),
    cmocka_unit_test(test_os_acquire),
#if !HAK_BLOCK_HEADER
    cmocka_unit_test(test_superslab_open),
#endif
    cmocka_unit_test(test_superslab),
    cmocka_unit_test(test_arena_divides),
    cmocka_unit_test(test_arena_is_block),
#if !HAKMEM_HARDENED_COMPILED
    cmocka_unit_test(test_warm_pool),
    cmocka_unit_test(test_warm_window),
    cmocka_unit_test(test_warm_regret),
    cmocka_unit_test(test_warm_classes),
#endif
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
