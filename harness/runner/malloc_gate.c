/* SPDX-License-Identifier: GPL-3.0-or-later */
/* malloc_gate.c: see malloc_gate.h. */
#include "harness/runner/malloc_gate.h"

#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

/* The start-up allocator: what ld.so, dlsym and the like ask for before a variant is there. It
 * never takes anything back. */
static unsigned char bump[1 << 17] __attribute__((aligned(16)));
static size_t bump_used;

static void *bump_aligned(size_t align, size_t n) {
  if (align < 16) align = 16;
  size_t at = (bump_used + 15 + align) / align * align;
  if (n > sizeof bump || at > sizeof bump - n) {
    errno = ENOMEM;
    return NULL;
  }
  memcpy(bump + at - 8, &n, 8);
  bump_used = at + n;
  return bump + at;
}

static void *bump_malloc(size_t n) { return bump_aligned(16, n); }
static void bump_free(void *p) { (void)p; }
static void *bump_calloc(size_t n, size_t m) {
  size_t bytes;
  if (__builtin_mul_overflow(n, m, &bytes)) return NULL;
  return bump_malloc(bytes); /* never reused, so still zero */
}
static size_t bump_usable(void *p) {
  size_t n = 0;
  if (p) memcpy(&n, (unsigned char *)p - 8, 8);
  return n;
}
static void *bump_realloc(void *p, size_t n) {
  void *q = bump_malloc(n);
  size_t old = bump_usable(p);
  if (q && p) memcpy(q, p, old < n ? old : n);
  return q;
}
static int bump_posix_memalign(void **out, size_t align, size_t n) {
  void *p = bump_aligned(align, n);
  if (!p) return ENOMEM;
  *out = p;
  return 0;
}

static struct {
  void *(*malloc)(size_t);
  void (*free)(void *);
  void *(*calloc)(size_t, size_t);
  void *(*realloc)(void *, size_t);
  void *(*memalign)(size_t, size_t);
  void *(*aligned_alloc)(size_t, size_t);
  int (*posix_memalign)(void **, size_t, size_t);
  size_t (*malloc_usable_size)(void *);
} gate = { bump_malloc,  bump_free,    bump_calloc,         bump_realloc,
           bump_aligned, bump_aligned, bump_posix_memalign, bump_usable };

void *malloc(size_t n) { return gate.malloc(n); }
void free(void *p) { gate.free(p); }
void *calloc(size_t n, size_t m) { return gate.calloc(n, m); }
void *realloc(void *p, size_t n) { return gate.realloc(p, n); }
void *memalign(size_t a, size_t n);
void *memalign(size_t a, size_t n) { return gate.memalign(a, n); }
void *aligned_alloc(size_t a, size_t n) { return gate.aligned_alloc(a, n); }
int posix_memalign(void **out, size_t a, size_t n) { return gate.posix_memalign(out, a, n); }
size_t malloc_usable_size(void *p);
size_t malloc_usable_size(void *p) { return gate.malloc_usable_size(p); }

const char *malloc_gate_open(const struct image *im) {
  void *f[8];
  static const char *const names[8] = { "malloc",   "free",          "calloc",         "realloc",
                                        "memalign", "aligned_alloc", "posix_memalign", "malloc_usable_size" };
  for (int i = 0; i < 8; i++) {
    f[i] = image_symbol(im, names[i]);
    if (f[i] == NULL && i < 4) return "it does not export malloc, free, calloc and realloc";
  }
  memcpy(&gate.malloc, &f[0], sizeof f[0]);
  memcpy(&gate.free, &f[1], sizeof f[0]);
  memcpy(&gate.calloc, &f[2], sizeof f[0]);
  memcpy(&gate.realloc, &f[3], sizeof f[0]);
  if (f[4]) memcpy(&gate.memalign, &f[4], sizeof f[0]);
  if (f[5]) memcpy(&gate.aligned_alloc, &f[5], sizeof f[0]);
  if (f[6]) memcpy(&gate.posix_memalign, &f[6], sizeof f[0]);
  if (f[7]) memcpy(&gate.malloc_usable_size, &f[7], sizeof f[0]);
  return NULL;
}
