/* SPDX-License-Identifier: GPL-3.0-or-later */
/* test_aligned.c: every alignment from every function that takes one. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "hakmem.h"

static const size_t sizes[] = { 0,    1,    15,   16,    17,    48,    100,   1000,  1008,  1024,   1025,
                                3000, 4096, 5000, 12288, 20000, 40000, 61440, 65536, 65537, 100000, 300000 };
enum { SIZES = sizeof sizes / sizeof sizes[0] };

static void check(void *p, size_t alignment, size_t size) {
  assert_non_null(p);
  if ((uintptr_t)p % alignment != 0) fail_msg("%zu bytes at alignment %zu: %p", size, alignment, p);
  assert_true(hak_malloc_usable_size(p) >= size);
  if (size != 0) {
    ((char *)p)[0] = 1;
    ((char *)p)[size - 1] = 1;
  }
}

static void test_every_alignment(void **state) {
  (void)state;
  for (size_t alignment = 1; alignment <= (size_t)256 << 20; alignment *= 2)
    for (int i = 0; i < SIZES; i++) {
      void *p = NULL, *a = hak_aligned_alloc(alignment, sizes[i]), *m = hak_memalign(alignment, sizes[i]);
      check(a, alignment, sizes[i]);
      check(m, alignment, sizes[i]);
      assert_ptr_not_equal(a, m);
      if (alignment >= sizeof(void *)) {
        assert_int_equal(hak_posix_memalign(&p, alignment, sizes[i]), 0);
        check(p, alignment, sizes[i]);
      }
      hak_free(a);
      hak_free_aligned_sized(m, alignment, sizes[i]);
      hak_free(p);
    }
}

/* Blocks in use at the same time: the whole usable part of each is its own. */
static void test_aligned_do_not_overlap(void **state) {
  (void)state;
  enum { BLOCKS = 400 };
  unsigned char *block[BLOCKS];
  for (int i = 0; i < BLOCKS; i++) {
    size_t alignment = (size_t)16 << i % 13;
    block[i] = hak_memalign(alignment, sizes[i % SIZES]);
    check(block[i], alignment, sizes[i % SIZES]);
    memset(block[i], i, hak_malloc_usable_size(block[i]));
  }
  for (int i = 0; i < BLOCKS; i++) {
    size_t n = hak_malloc_usable_size(block[i]);
    for (size_t k = 0; k < n; k++)
      if (block[i][k] != (unsigned char)i) fail_msg("block %d of %zu bytes: byte %zu changed", i, n, k);
    hak_free(block[i]);
  }
}

static void test_realloc_of_aligned(void **state) {
  (void)state;
  for (size_t alignment = 32; alignment <= (size_t)4 << 20; alignment *= 4)
    for (int i = 1; i < SIZES; i++)
      for (int k = 1; k < SIZES; k += 4) {
        unsigned char *p = hak_memalign(alignment, sizes[i]);
        memset(p, i, sizes[i]);
        p = hak_realloc(p, sizes[k]);
        assert_non_null(p);
        size_t common = sizes[i] < sizes[k] ? sizes[i] : sizes[k];
        for (size_t b = 0; b < common; b++) assert_int_equal(p[b], i);
        hak_free(p);
      }
}

static void test_bad_alignments(void **state) {
  (void)state;
  static const size_t bad[] = { 0, 3, 24, 48, 4097, SIZE_MAX, SIZE_MAX / 2 };
  for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
    size_t alignment = bad[i];
    __asm__ volatile("" : "+r"(alignment));
    errno = 0;
    assert_null(hak_aligned_alloc(alignment, 64));
    assert_int_equal(errno, EINVAL);
    errno = 77;
    void *p = &errno;
    assert_int_equal(hak_posix_memalign(&p, alignment, 64), EINVAL);
    assert_ptr_equal(p, &errno);
    assert_int_equal(errno, 77);
  }
  /* posix_memalign alone wants a multiple of a pointer's size */
  void *p = NULL;
  assert_int_equal(hak_posix_memalign(&p, 1, 64), EINVAL);
  assert_int_equal(hak_posix_memalign(&p, 4, 64), EINVAL);
  assert_null(p);
}

static void test_alignment_too_large(void **state) {
  (void)state;
  for (size_t alignment = (size_t)1 << 50; alignment != 0; alignment *= 2) {
    errno = 0;
    assert_null(hak_memalign(alignment, 100));
    assert_int_equal(errno, ENOMEM);
  }
}

static void test_pages(void **state) {
  (void)state;
  size_t page = (size_t)sysconf(_SC_PAGESIZE);
  for (int i = 0; i < SIZES; i++) {
    void *v = hak_valloc(sizes[i]), *p = hak_pvalloc(sizes[i]);
    check(v, page, sizes[i]);
    check(p, page, sizes[i]);
    /* pvalloc rounds up to whole pages */
    assert_true(hak_malloc_usable_size(p) >= (sizes[i] + page - 1) / page * page);
    assert_true(hak_malloc_usable_size(p) >= page);
    memset(p, 1, hak_malloc_usable_size(p));
    hak_free(v);
    hak_free(p);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
    cmocka_unit_test(test_every_alignment),     cmocka_unit_test(test_aligned_do_not_overlap),
    cmocka_unit_test(test_realloc_of_aligned),  cmocka_unit_test(test_bad_alignments),
    cmocka_unit_test(test_alignment_too_large), cmocka_unit_test(test_pages),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
