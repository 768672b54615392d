/* SPDX-License-Identifier: GPL-3.0-or-later */
/* hook.c: preloaded beside the allocator: its mmap, munmap and madvise allocate, as profilers' do. */
#include <dlfcn.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

static __thread int inside;

static void allocate(void) {
  if (inside++ == 0) {
    char *p = malloc(150), *q = malloc(200000);
    memset(p, 1, 150);
    q[0] = 1;
    free(p);
    free(q);
  }
  inside--;
}

void *mmap(void *at, size_t bytes, int protection, int flags, int file, off_t offset) {
  static void *(*real)(void *, size_t, int, int, int, off_t);
  if (real == NULL) real = (void *(*)(void *, size_t, int, int, int, off_t))dlsym(RTLD_NEXT, "mmap");
  allocate();
  return real(at, bytes, protection, flags, file, offset);
}
int munmap(void *at, size_t bytes) {
  static int (*real)(void *, size_t);
  if (real == NULL) real = (int (*)(void *, size_t))dlsym(RTLD_NEXT, "munmap");
  allocate();
  return real(at, bytes);
}
int madvise(void *at, size_t bytes, int advice) {
  static int (*real)(void *, size_t, int);
  if (real == NULL) real = (int (*)(void *, size_t, int))dlsym(RTLD_NEXT, "madvise");
  allocate();
  return real(at, bytes, advice);
}
