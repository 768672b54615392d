/* SPDX-License-Identifier: GPL-3.0-or-later */
/* fuzz_broken.c: preloaded before an allocator, it makes one answer in 500 wrong as HAKMEM_TEST_FAULT says:
 * what fuzz_calls.c has to notice. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

static _Atomic unsigned long calls;
static int fault(const char *name) {
  const char *wanted = getenv("HAKMEM_TEST_FAULT");
  return wanted != NULL && strcmp(wanted, name) == 0 && ++calls % 500 == 0;
}
#define REAL(type, name) ((type)dlsym(RTLD_NEXT, name))
typedef void *(*malloc_t)(size_t);
typedef void *(*calloc_t)(size_t, size_t);
typedef void *(*realloc_t)(void *, size_t);
typedef void *(*memalign_t)(size_t, size_t);
typedef void (*free_t)(void *);

void *malloc(size_t n) {
  static malloc_t real;
  static char *last;
  if (real == NULL) real = REAL(malloc_t, "malloc");
  if (n <= 100 && last != NULL && fault("twice")) return last;
  char *p = real(n);
  if (n > 100 && n < 300 && p != NULL) { /* a neighbour's byte, some calls later */
    if (last != NULL && fault("written")) last[40] ^= 1;
    __atomic_store_n(&last, p, __ATOMIC_RELAXED);
  }
  if (p == NULL && fault("errno")) errno = EINVAL;
  return p;
}
void *calloc(size_t k, size_t n) {
  static calloc_t real;
  if (real == NULL) real = REAL(calloc_t, "calloc");
  char *p = real(k, n);
  if (p != NULL && k * n > 64 && fault("zero")) p[k * n - 1] = 1;
  return p;
}
void *realloc(void *old, size_t n) {
  static realloc_t real;
  if (real == NULL) real = REAL(realloc_t, "realloc");
  char *p = real(old, n);
  if (p != NULL && old != NULL && n > 64 && fault("moved")) p[0] ^= 1;
  return p;
}
void *memalign(size_t a, size_t n) {
  static memalign_t real;
  if (real == NULL) real = REAL(memalign_t, "memalign");
  bool is_alignment = a > 16 && a <= 4096 && (a & (a - 1)) == 0; /* what is none is refused, before a fault is seen */
  return is_alignment && fault("aligned") ? (char *)real(16, n + 16) : real(a, n);
}
void free(void *p) {
  static free_t real;
  if (real == NULL) real = REAL(free_t, "free");
  real(p);
  if (fault("free-errno")) errno = ENOMEM;
}
