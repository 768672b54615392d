/* SPDX-License-Identifier: GPL-3.0-or-later */
/* alloc_test.h: what the allocator's C tests share: random numbers, patterns, and the end of a
 * program that failed inside a thread.
 *
 * Unit tests (test_*.c of local.mk) are cmocka's; its malloc is libc's, since they link the prefixed API alone.
 * Plain programs are those that scripts build anew with other compilers, gates and sanitizers, or run under
 * the preloaded library, and that fail in threads, which cmocka cannot jump out of: test_model, test_queues,
 * fuzz_api, boxes/ and hard/. */
#ifndef TESTS_ALLOC_TEST_H
#define TESTS_ALLOC_TEST_H

#include <malloc.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

/* Exported by builds with the prefixed API alone, for tests: not part of hakmem.h. */
extern struct mallinfo2 hak_mallinfo2(void);

/* xorshift64*: state must not be 0. */
static inline uint64_t test_random(uint64_t *state) {
  *state ^= *state >> 12;
  *state ^= *state << 25;
  *state ^= *state >> 27;
  return *state * 0x2545f4914f6cdd1du;
}

static inline _Noreturn __attribute__((format(printf, 1, 2))) void test_die(const char *format, ...) {
  va_list arguments;
  va_start(arguments, format);
  fputs("FAIL: ", stderr);
  vfprintf(stderr, format, arguments);
  fputc('\n', stderr);
  va_end(arguments);
  _exit(1);
}

/* Pages of the range that have memory behind them. */
static inline size_t test_resident_pages(const void *start, size_t bytes) {
  size_t n = 0;
  for (size_t i = 0; i < bytes; i += 4096) {
    unsigned char is = 0;
    if (mincore((char *)(uintptr_t)start + i, 1, &is) != 0) test_die("mincore");
    n += is & 1;
  }
  return n;
}

/* The pattern of a block: each seed gives other bytes, and each place of a block too. */
static inline unsigned char test_byte(uint64_t seed, size_t i) {
  return (unsigned char)(seed * 167 + i * 29 + (i >> 7) + (seed >> 8));
}

static inline void test_fill(void *block, uint64_t seed, size_t n) {
  for (size_t i = 0; i < n; i++) ((unsigned char *)block)[i] = test_byte(seed, i);
}

/* The first byte that differs, n where none does. */
static inline size_t test_differs(const void *block, uint64_t seed, size_t n) {
  for (size_t i = 0; i < n; i++)
    if (((const unsigned char *)block)[i] != test_byte(seed, i)) return i;
  return n;
}

#endif
