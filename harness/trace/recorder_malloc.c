/* SPDX-License-Identifier: GPL-3.0-or-later */
/* recorder_malloc.c: the malloc family of libhakmem-record.so: each call goes on to the next
 * malloc in line (the program's own, or another preloaded one) and is recorded. */
#include <dlfcn.h>
#include <errno.h>
#include <malloc.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "harness/trace/recorder.h"

#define EXPORT __attribute__((visibility("default")))

/* dlsym may allocate: until the next malloc is found, blocks come from here and never go back. */
enum { BOOTSTRAP_BYTES = 65536, BOOTSTRAP_HEAD = 16 };
static char bootstrap[BOOTSTRAP_BYTES] __attribute__((aligned(16)));
static size_t bootstrap_used;

static struct {
  void *(*malloc)(size_t);
  void *(*calloc)(size_t, size_t);
  void *(*realloc)(void *, size_t);
  void (*free)(void *);
  void *(*memalign)(size_t, size_t);
  void *(*aligned_alloc)(size_t, size_t);
  int (*posix_memalign)(void **, size_t, size_t);
  void *(*valloc)(size_t);
  void *(*pvalloc)(size_t);
} next;
static int found; /* 0 not looked for, 1 being looked for, 2 found */

static void *bootstrap_alloc(size_t size) {
  size_t whole = (size + BOOTSTRAP_HEAD + 15) & ~(size_t)15;
  size_t at = whole < size ? BOOTSTRAP_BYTES : __atomic_fetch_add(&bootstrap_used, whole, __ATOMIC_RELAXED);
  if (at > BOOTSTRAP_BYTES || BOOTSTRAP_BYTES - at < whole) {
    errno = ENOMEM;
    return NULL;
  }
  memcpy(bootstrap + at, &size, sizeof size);
  return bootstrap + at + BOOTSTRAP_HEAD;
}

static bool is_bootstrap(const void *p) {
  return (const char *)p >= bootstrap && (const char *)p < bootstrap + BOOTSTRAP_BYTES;
}

/* POSIX says that a function pointer fits into what dlsym returns; ISO C has no cast for it. */
static void look_up(void *slot, const char *name) {
  void *p = dlsym(RTLD_NEXT, name);
  memcpy(slot, &p, sizeof p);
}

static bool ready(void) {
  int expected = 0;
  if (__atomic_load_n(&found, __ATOMIC_ACQUIRE) == 2) return true;
  if (!__atomic_compare_exchange_n(&found, &expected, 1, false, __ATOMIC_ACQUIRE, __ATOMIC_RELAXED))
    return expected == 2;
  look_up(&next.malloc, "malloc");
  look_up(&next.calloc, "calloc");
  look_up(&next.realloc, "realloc");
  look_up(&next.free, "free");
  look_up(&next.memalign, "memalign");
  look_up(&next.aligned_alloc, "aligned_alloc");
  look_up(&next.posix_memalign, "posix_memalign");
  look_up(&next.valloc, "valloc");
  look_up(&next.pvalloc, "pvalloc");
  if (next.malloc == NULL || next.calloc == NULL || next.realloc == NULL || next.free == NULL) abort();
  __atomic_store_n(&found, 2, __ATOMIC_RELEASE);
  return true;
}

static void *record(enum raw_op op, void *p, size_t size, size_t alignment) {
  unsigned align_log2 = alignment > 1 ? (unsigned)__builtin_ctzl(alignment) : 0;
  recorder_event(p != NULL ? op : RAW_FAILED, p, size, align_log2);
  return p;
}

EXPORT void *malloc(size_t size) {
  if (!ready()) return bootstrap_alloc(size);
  return record(RAW_MALLOC, next.malloc(size), size, 0);
}

EXPORT void *calloc(size_t count, size_t size) {
  size_t bytes;
  bool overflows = __builtin_mul_overflow(count, size, &bytes);
  if (!ready()) return overflows ? NULL : bootstrap_alloc(bytes); /* static memory is zero */
  return record(RAW_CALLOC, next.calloc(count, size), bytes, 0);
}

EXPORT void free(void *p) {
  if (p == NULL || is_bootstrap(p) || !ready()) return;
  recorder_event(RAW_FREE, p, 0, 0);
  next.free(p);
}

static void *move_from_bootstrap(void *p, size_t size) {
  size_t old;
  void *q = malloc(size);
  memcpy(&old, (char *)p - BOOTSTRAP_HEAD, sizeof old);
  return q != NULL ? memcpy(q, p, old < size ? old : size) : NULL;
}

EXPORT void *realloc(void *p, size_t size) {
  if (p == NULL) return malloc(size);
  if (is_bootstrap(p) || !ready()) return move_from_bootstrap(p, size);
  recorder_event(RAW_REALLOC_BEGIN, p, 0, 0);
  void *q = next.realloc(p, size);
  recorder_event(RAW_REALLOC_END, q, size, 0);
  return q;
}

EXPORT void *reallocarray(void *p, size_t count, size_t size) {
  size_t bytes;
  if (__builtin_mul_overflow(count, size, &bytes)) {
    errno = ENOMEM;
    return NULL;
  }
  return realloc(p, bytes);
}

EXPORT void *memalign(size_t alignment, size_t size) {
  if (!ready() || next.memalign == NULL) return NULL;
  return record(RAW_MEMALIGN, next.memalign(alignment, size), size, alignment);
}

EXPORT void *aligned_alloc(size_t alignment, size_t size) {
  if (!ready() || next.aligned_alloc == NULL) return NULL;
  return record(RAW_MEMALIGN, next.aligned_alloc(alignment, size), size, alignment);
}

EXPORT int posix_memalign(void **p, size_t alignment, size_t size) {
  if (!ready() || next.posix_memalign == NULL) return ENOMEM;
  int rc = next.posix_memalign(p, alignment, size);
  record(RAW_MEMALIGN, rc == 0 ? *p : NULL, size, alignment);
  return rc;
}

EXPORT void *valloc(size_t size) {
  if (!ready() || next.valloc == NULL) return NULL;
  return record(RAW_MEMALIGN, next.valloc(size), size, (size_t)sysconf(_SC_PAGESIZE));
}

EXPORT void *pvalloc(size_t size) {
  if (!ready() || next.pvalloc == NULL) return NULL;
  return record(RAW_MEMALIGN, next.pvalloc(size), size, (size_t)sysconf(_SC_PAGESIZE));
}

/* Shells end by _exit, which runs no destructors. */
EXPORT __attribute__((noreturn)) void _exit(int status) {
  recorder_end();
  for (;;) syscall(SYS_exit_group, status);
}

EXPORT __attribute__((noreturn)) void _Exit(int status) { _exit(status); }
