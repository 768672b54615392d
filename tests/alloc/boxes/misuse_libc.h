/* SPDX-License-Identifier: GPL-3.0-or-later */
/* misuse_libc.h: misuse.c with the names that every malloc library has, to be run under LD_PRELOAD
 * of one. What a library need not have is weak: exit 4 says that it is not offered. */
#ifndef MISUSE_LIBC_H
#define MISUSE_LIBC_H

#include <malloc.h>
#include <stddef.h>
#include <stdlib.h>
#include <unistd.h>

#define HAKMEM_H
#define hak_malloc malloc
#define hak_free free
#define hak_realloc realloc
#define hak_memalign memalign
#define hak_malloc_usable_size malloc_usable_size
#define hak_malloc_trim(pad) ((void)malloc_trim(pad))

void free_sized(void *p, size_t size) __attribute__((weak));
void free_aligned_sized(void *p, size_t alignment, size_t size) __attribute__((weak));
static inline void hak_free_sized(void *p, size_t size) {
  if (free_sized == NULL) _exit(4);
  free_sized(p, size);
}
static inline void hak_free_aligned_sized(void *p, size_t alignment, size_t size) {
  if (free_aligned_sized == NULL) _exit(4);
  free_aligned_sized(p, alignment, size);
}

#endif
