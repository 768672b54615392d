/* SPDX-License-Identifier: GPL-3.0-or-later */
/* test_family.c: what each function of the malloc family promises, by the prefixed API. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <malloc.h>
#include <string.h>
#include <unistd.h>

#include "hakmem.h"
#include "hakmem_build_flags.h"

/* The compiler knows that such sizes can't be served, and says so, unless it can't see them. */
static size_t opaque(size_t n) {
  __asm__ volatile("" : "+r"(n));
  return n;
}

static void fill(void *p, unsigned seed, size_t n) {
  for (size_t i = 0; i < n; i++) ((unsigned char *)p)[i] = (unsigned char)(seed + i * 31 + (i >> 8));
}

static void assert_filled(const void *p, unsigned seed, size_t n) {
  for (size_t i = 0; i < n; i++)
    if (((const unsigned char *)p)[i] != (unsigned char)(seed + i * 31 + (i >> 8)))
      fail_msg("byte %zu of %zu changed", i, n);
}

/* Sizes on both sides of every border: multiples of 16, powers of two, pages, tiny, pool, large. */
static size_t sizes[512];
static size_t size_count;

static void add_around(size_t n) {
  for (size_t d = 0; d < 3; d++)
    if (n + d >= 1) sizes[size_count++] = n + d - 1;
}

static int make_sizes(void **state) {
  (void)state;
  for (size_t n = 0; n <= 256; n += 16) add_around(n);
  for (size_t n = 512; n <= (size_t)8 << 20; n *= 2)
    for (size_t quarter = 4; quarter < (n < 131072 ? 8 : 5); quarter++) add_around(n / 4 * quarter);
  return 0;
}

static void test_malloc_every_size(void **state) {
  (void)state;
  void *block[512];
  for (size_t i = 0; i < size_count; i++) {
    block[i] = hak_malloc(sizes[i]);
    assert_non_null(block[i]);
    assert_int_equal((uintptr_t)block[i] % 16, 0);
    assert_true(hak_malloc_usable_size(block[i]) >= sizes[i]);
    /* all that is said to be usable is, and belongs to nobody else */
    fill(block[i], (unsigned)i, hak_malloc_usable_size(block[i]));
  }
  for (size_t i = 0; i < size_count; i++) {
    assert_filled(block[i], (unsigned)i, hak_malloc_usable_size(block[i]));
    hak_free(block[i]);
  }
}

static void test_zero(void **state) {
  (void)state;
  void *a = hak_malloc(0), *b = hak_malloc(0), *c = hak_calloc(0, 8), *d = hak_calloc(8, 0);
  assert_non_null(a);
  assert_non_null(b);
  assert_non_null(c);
  assert_non_null(d);
  assert_ptr_not_equal(a, b);
  assert_ptr_not_equal(c, d);
  hak_free(a);
  hak_free(b);
  hak_free(c);
  hak_free(d);
  hak_free(NULL);
  hak_free_sized(NULL, 0);
  hak_free_aligned_sized(NULL, 16, 0);
  assert_int_equal(hak_malloc_usable_size(NULL), 0);
  a = hak_realloc(NULL, 0);
  assert_non_null(a);
  assert_null(hak_realloc(a, 0)); /* frees, as glibc does */
  void *many[600];
  for (int i = 0; i < 600; i++) {
    many[i] = hak_malloc(0);
    assert_non_null(many[i]);
    fill(many[i], (unsigned)i, hak_malloc_usable_size(many[i]));
  }
  for (int i = 0; i < 600; i++) {
    assert_filled(many[i], (unsigned)i, hak_malloc_usable_size(many[i]));
    hak_free(many[i]);
  }
}

#define ASSERT_ENOMEM(call)        \
 do {                              \
  errno = 0;                       \
  assert_null(call);               \
  assert_int_equal(errno, ENOMEM); \
 } while (0)

static void test_huge(void **state) {
  (void)state;
  static const size_t huge[] = { PTRDIFF_MAX,     (size_t)PTRDIFF_MAX + 1, SIZE_MAX - 65536, SIZE_MAX - 4096,
                                 SIZE_MAX - 4095, SIZE_MAX - 16,           SIZE_MAX - 15,    SIZE_MAX - 1,
                                 SIZE_MAX };
  for (size_t i = 0; i < sizeof huge / sizeof huge[0]; i++) {
    size_t n = opaque(huge[i]);
    void *kept = hak_malloc(100), *kept_large = hak_malloc(300000), *untouched = kept;
    fill(kept, 1, 100);
    fill(kept_large, 2, 300000);
    ASSERT_ENOMEM(hak_malloc(n));
    ASSERT_ENOMEM(hak_calloc(n, 1));
    ASSERT_ENOMEM(hak_calloc(1, n));
    ASSERT_ENOMEM(hak_realloc(kept, n));
    ASSERT_ENOMEM(hak_realloc(kept_large, n));
    ASSERT_ENOMEM(hak_realloc(NULL, n));
    ASSERT_ENOMEM(hak_reallocarray(kept, n, 1));
    ASSERT_ENOMEM(hak_aligned_alloc(64, n));
    ASSERT_ENOMEM(hak_memalign(4096, n));
    ASSERT_ENOMEM(hak_memalign((size_t)1 << 20, n));
    ASSERT_ENOMEM(hak_valloc(n));
    ASSERT_ENOMEM(hak_pvalloc(n));
    errno = 77;
    assert_int_equal(hak_posix_memalign(&untouched, 64, n), ENOMEM);
    assert_int_equal(errno, 77); /* it says so by its result alone */
    assert_ptr_equal(untouched, kept);
    assert_filled(kept, 1, 100);
    assert_filled(kept_large, 2, 300000);
    hak_free(kept);
    hak_free(kept_large);
  }
}

static void test_overflow(void **state) {
  (void)state;
  static const size_t pair[][2] = {
    { SIZE_MAX, 2 },           { SIZE_MAX / 2 + 1, 2 },   { (size_t)1 << 32, (size_t)1 << 32 },
    { SIZE_MAX / 16 + 1, 16 }, { SIZE_MAX / 48 + 1, 48 }, { SIZE_MAX, SIZE_MAX }
  };
  for (size_t i = 0; i < sizeof pair / sizeof pair[0]; i++)
    for (int turn = 0; turn < 2; turn++) {
      size_t a = opaque(pair[i][turn]), b = opaque(pair[i][1 - turn]);
      char *kept = hak_malloc(40);
      fill(kept, 9, 40);
      ASSERT_ENOMEM(hak_calloc(a, b));
      ASSERT_ENOMEM(hak_reallocarray(NULL, a, b));
      ASSERT_ENOMEM(hak_reallocarray(kept, a, b));
      assert_filled(kept, 9, 40);
      hak_free(kept);
    }
  /* just below the edge nothing overflows */
  void *p = hak_reallocarray(NULL, 100, 7);
  assert_non_null(p);
  assert_true(hak_malloc_usable_size(p) >= 700);
  fill(p, 3, 700);
  p = hak_reallocarray(p, 100000, 7);
  assert_filled(p, 3, 700);
  hak_free(p);
}

static void test_calloc_zeroes(void **state) {
  (void)state;
  for (int round = 0; round < 3; round++)
    for (size_t i = 0; i < size_count; i++) {
      size_t n = sizes[i];
      if (n > (size_t)2 << 20) continue;
      /* dirty blocks of that size, then zeroed ones must come out */
      void *dirty = hak_malloc(n);
      memset(dirty, 0xa5, hak_malloc_usable_size(dirty));
      hak_free(dirty);
      unsigned char *p = round == 0 ? hak_calloc(n, 1) : round == 1 ? hak_calloc(1, n) : hak_calloc(n / 2 + 1, 2);
      assert_non_null(p);
      for (size_t k = 0; k < n; k++)
        if (p[k] != 0) fail_msg("calloc of %zu bytes: byte %zu is %#x", n, k, p[k]);
      memset(p, 0x5a, n);
      hak_free(p);
    }
}

static void test_realloc_contents(void **state) {
  (void)state;
  for (size_t i = 0; i < size_count; i += 3)
    for (size_t k = 0; k < size_count; k += 5) {
      size_t from = sizes[i], to = sizes[k], common = from < to ? from : to;
      if (from == 0 || to == 0 || from + to > (size_t)1 << 20) continue;
      char *p = hak_malloc(from);
      fill(p, (unsigned)(i + k), from);
      char *q = hak_realloc(p, to);
      assert_non_null(q);
      assert_int_equal((uintptr_t)q % 16, 0);
      assert_true(hak_malloc_usable_size(q) >= to);
      assert_filled(q, (unsigned)(i + k), common);
      memset(q, 1, hak_malloc_usable_size(q));
      hak_free(q);
    }
}

/* A block grows step by step to tens of megabytes and shrinks again: in place, moved, remapped. */
static void test_realloc_ladder(void **state) {
  (void)state;
  size_t n = 24;
  char *p = hak_malloc(n);
  fill(p, 5, n);
  while (n < (size_t)20 << 20) {
    size_t next = n + n / 2 + 13;
    p = hak_realloc(p, next);
    assert_non_null(p);
    assert_filled(p, 5, n);
    fill(p, 5, n = next);
  }
  while (n > 10) {
    p = hak_realloc(p, n = n / 3 + 1);
    assert_non_null(p);
    assert_filled(p, 5, n);
    if (n < 4) break;
  }
  hak_free(p);
}

static void test_free_keeps_errno(void **state) {
  (void)state;
  for (size_t i = 0; i < size_count; i++) {
    void *p = hak_malloc(sizes[i]);
    errno = 4242;
    hak_free(p);
    assert_int_equal(errno, 4242);
  }
  void *p = hak_malloc((size_t)64 << 20); /* with so much resident too large to be kept: unmapped at once */
  assert_non_null(p);
  memset(p, 1, (size_t)64 << 20);
  errno = 4242;
  hak_free(p);
  assert_int_equal(errno, 4242);
}

static void test_free_sized(void **state) {
  (void)state;
  for (size_t i = 0; i < size_count; i++) {
    void *p = hak_malloc(sizes[i]), *q = hak_calloc(1, sizes[i]), *r = hak_aligned_alloc(64, sizes[i]);
    assert_non_null(p);
    assert_non_null(q);
    assert_non_null(r);
    hak_free_sized(p, sizes[i]);
    hak_free_sized(q, sizes[i]);
    hak_free_aligned_sized(r, 64, sizes[i]);
  }
}

static void test_info_and_trim(void **state) {
  (void)state;
  extern struct mallinfo2 hak_mallinfo2(void);
  struct mallinfo2 before = hak_mallinfo2();
  void *p = hak_malloc((size_t)3 << 20);
  struct mallinfo2 with = hak_mallinfo2();
  assert_true(with.hblks == before.hblks + 1);
  assert_true(with.hblkhd >= before.hblkhd + ((size_t)3 << 20));
  assert_true(with.uordblks >= before.uordblks + ((size_t)3 << 20));
  hak_free(p);
  struct mallinfo2 after = hak_mallinfo2();
  assert_true(after.hblks == before.hblks);
#if !HAKMEM_HARDENED_COMPILED
  assert_int_equal(hak_malloc_trim(0), 1); /* the mapping just freed is kept, so there is something */
#else
  hak_malloc_trim(0);
#endif
  assert_int_equal(hak_malloc_trim(0), 0);
}

int main(void) {
  const struct CMUnitTest tests[] = {
    cmocka_unit_test(test_malloc_every_size),
    cmocka_unit_test(test_zero),
    cmocka_unit_test(test_huge),
    cmocka_unit_test(test_overflow),
    cmocka_unit_test(test_calloc_zeroes),
    cmocka_unit_test(test_realloc_contents),
    cmocka_unit_test(test_realloc_ladder),
    cmocka_unit_test(test_free_keeps_errno),
    cmocka_unit_test(test_free_sized),
    cmocka_unit_test(test_info_and_trim),
  };
  return cmocka_run_group_tests(tests, make_sizes, NULL);
}
