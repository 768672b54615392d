/* SPDX-License-Identifier: GPL-3.0-or-later */
/* fuzz_names.h: the entry points that fuzz_calls.c calls, under the names that there are: API(malloc) is malloc, or
 * hak_malloc in a build of the prefixed names alone; what a library need not have is weak, and another call stands
 * in for it, so that the same seed makes the same blocks everywhere. */
#ifndef FUZZ_NAMES_H
#define FUZZ_NAMES_H

#include <fcntl.h>
#include <stdbool.h>
#include <string.h>

#include "alloc_test.h"

#ifdef HAKMEM_PREFIX_ONLY
# include "hakmem.h"
# define API(name) hak_##name
#else
# define API(name) name
/* Of HAKMEM alone, or of libc's private names, or of the C++ library. */
# define WEAK __attribute__((weak))
WEAK void free_sized(void *, size_t);
WEAK void free_aligned_sized(void *, size_t, size_t);
WEAK void cfree(void *);
WEAK void *__libc_malloc(size_t);
WEAK void *__libc_calloc(size_t, size_t);
WEAK void *__libc_realloc(void *, size_t);
WEAK void *__libc_reallocarray(void *, size_t, size_t);
WEAK void *__libc_memalign(size_t, size_t);
WEAK void *__libc_valloc(size_t);
WEAK void *__libc_pvalloc(size_t);
WEAK int __posix_memalign(void **, size_t, size_t);
WEAK void __libc_free(void *);
WEAK size_t hak_stats_json(char *, size_t);
WEAK int hak_tune(const char *, size_t);
WEAK void hak_stats_print(void);
WEAK void *hak_malloc(size_t);
WEAK void hak_free(void *);
# define CXX(result, name, symbol, arguments) WEAK result name arguments __asm__(symbol)
CXX(void *, cxx_new, "_Znwm", (size_t));
CXX(void *, cxx_new_array, "_Znam", (size_t));
CXX(void *, cxx_new_nothrow, "_ZnwmRKSt9nothrow_t", (size_t, const void *));
CXX(void *, cxx_new_array_nothrow, "_ZnamRKSt9nothrow_t", (size_t, const void *));
CXX(void *, cxx_new_aligned, "_ZnwmSt11align_val_t", (size_t, size_t));
CXX(void *, cxx_new_array_aligned, "_ZnamSt11align_val_t", (size_t, size_t));
CXX(void, cxx_delete, "_ZdlPv", (void *));
CXX(void, cxx_delete_array, "_ZdaPv", (void *));
CXX(void, cxx_delete_sized, "_ZdlPvm", (void *, size_t));
CXX(void, cxx_delete_array_sized, "_ZdaPvm", (void *, size_t));
CXX(void, cxx_delete_nothrow, "_ZdlPvRKSt9nothrow_t", (void *, const void *));
CXX(void, cxx_delete_array_nothrow, "_ZdaPvRKSt9nothrow_t", (void *, const void *));
CXX(void, cxx_delete_aligned, "_ZdlPvSt11align_val_t", (void *, size_t));
CXX(void, cxx_delete_array_aligned, "_ZdaPvSt11align_val_t", (void *, size_t));
CXX(void, cxx_delete_aligned_sized, "_ZdlPvmSt11align_val_t", (void *, size_t, size_t));
CXX(void, cxx_delete_array_aligned_sized, "_ZdaPvmSt11align_val_t", (void *, size_t, size_t));
extern const char cxx_nothrow __asm__("_ZSt7nothrow") __attribute__((weak));
#endif

/* Whether an alignment that is none is refused, as HAKMEM does everywhere. */
static inline bool names_strict(void) {
#ifdef HAKMEM_PREFIX_ONLY
  return true;
#else
  return hak_malloc != NULL;
#endif
}

/* libc's own names of malloc, calloc, realloc and reallocarray, and hak_malloc beside malloc. */
static inline void names_libc(void **p, uint64_t r, size_t size, bool *zero) {
  unsigned which = r & 7;
  *zero = which == 1;
#ifndef HAKMEM_PREFIX_ONLY
  if (which == 0 && __libc_malloc != NULL) *p = __libc_malloc(size);
  else if (which == 1 && __libc_calloc != NULL) *p = __libc_calloc(size, 1);
  else if (which == 2 && __libc_realloc != NULL) *p = __libc_realloc(NULL, size);
  else if (which == 3 && __libc_reallocarray != NULL) *p = __libc_reallocarray(NULL, 1, size);
  else if (which == 4 && hak_malloc != NULL) *p = hak_malloc(size);
  else
#endif
    *p = *zero ? API(calloc)(1, size) : API(malloc)(size);
}
static inline void names_libc_aligned(void **p, uint64_t r, size_t alignment, size_t size) {
#ifndef HAKMEM_PREFIX_ONLY
  if ((r & 3) == 0 && __libc_memalign != NULL) *p = __libc_memalign(alignment, size);
  else if ((r & 3) == 1 && __posix_memalign != NULL) {
    int rc = __posix_memalign(p, alignment, size);
    if (rc != 0) errno = rc, *p = NULL;
  } else if ((r & 3) == 2 && __libc_valloc != NULL && alignment <= 4096) *p = __libc_valloc(size);
  else
#endif
    *p = API(memalign)(alignment, size);
}
static inline void names_libc_pvalloc(void **p, size_t size) {
#ifndef HAKMEM_PREFIX_ONLY
  if (__libc_pvalloc != NULL) *p = __libc_pvalloc(size);
  else
#endif
    *p = API(pvalloc)(size);
}
static inline void *names_libc_realloc(void *p, size_t size) {
#ifndef HAKMEM_PREFIX_ONLY
  if (__libc_realloc != NULL) return __libc_realloc(p, size);
#endif
  return API(realloc)(p, size);
}
static inline void names_libc_free(void *p, uint64_t r) {
#ifndef HAKMEM_PREFIX_ONLY
  if ((r & 3) == 0 && __libc_free != NULL) __libc_free(p);
  else if ((r & 3) == 1 && cfree != NULL) cfree(p);
  else if ((r & 3) == 2 && hak_free != NULL) hak_free(p);
  else
#endif
    API(free)(p);
}
static inline void names_free_sized(void *p, size_t size) {
#ifndef HAKMEM_PREFIX_ONLY
  if (free_sized == NULL) {
    free(p);
    return;
  }
#endif
  API(free_sized)(p, size);
}
static inline void names_free_aligned_sized(void *p, size_t alignment, size_t size) {
#ifndef HAKMEM_PREFIX_ONLY
  if (free_aligned_sized == NULL) {
    free(p);
    return;
  }
#endif
  API(free_aligned_sized)(p, alignment, size);
}
static inline void names_free_nothing(uint64_t r) {
  if (r & 1) names_free_sized(NULL, r >> 1 & 0xffff);
  if (r & 2) names_free_aligned_sized(NULL, 64, r >> 2 & 0xffff);
  names_libc_free(NULL, r >> 4);
#ifndef HAKMEM_PREFIX_ONLY
  if (cxx_delete != NULL && (r & 8)) cxx_delete(NULL);
  if (cxx_delete_sized != NULL && (r & 4)) cxx_delete_sized(NULL, 16);
  if (cxx_delete_array_aligned_sized != NULL && (r & 16)) cxx_delete_array_aligned_sized(NULL, 64, 64);
#endif
}

/* The C++ operators; false where there is no C++ library. */
static inline bool names_new(void **p, size_t size, bool array) {
#ifndef HAKMEM_PREFIX_ONLY
  if (cxx_new == NULL || cxx_new_array == NULL) return false;
  *p = array ? cxx_new_array(size) : cxx_new(size);
  return true;
#else
  (void)p, (void)size, (void)array;
  return false;
#endif
}
static inline bool names_new_nothrow(void **p, size_t size, bool array) {
#ifndef HAKMEM_PREFIX_ONLY
  if (cxx_new_nothrow == NULL || cxx_new_array_nothrow == NULL) return false;
  *p = array ? cxx_new_array_nothrow(size, &cxx_nothrow) : cxx_new_nothrow(size, &cxx_nothrow);
  return true;
#else
  (void)p, (void)size, (void)array;
  return false;
#endif
}
static inline bool names_new_aligned(void **p, size_t size, size_t alignment, bool array) {
#ifndef HAKMEM_PREFIX_ONLY
  if (cxx_new_aligned == NULL || cxx_new_array_aligned == NULL) return false;
  *p = array ? cxx_new_array_aligned(size, alignment) : cxx_new_aligned(size, alignment);
  return true;
#else
  (void)p, (void)size, (void)alignment, (void)array;
  return false;
#endif
}
/* What `new` gave; aligned: with an alignment, array: as an array. */
static inline void names_delete(void *p, size_t size, size_t alignment, bool aligned, bool array, uint64_t r) {
#ifndef HAKMEM_PREFIX_ONLY
  bool sized = (r & 1) != 0, nothrow = (r & 2) != 0;
  if (aligned && array) {
    if (sized) cxx_delete_array_aligned_sized(p, size, alignment);
    else cxx_delete_array_aligned(p, alignment);
  } else if (aligned) {
    if (sized) cxx_delete_aligned_sized(p, size, alignment);
    else cxx_delete_aligned(p, alignment);
  } else if (array) {
    if (sized) cxx_delete_array_sized(p, size);
    else if (nothrow) cxx_delete_array_nothrow(p, &cxx_nothrow);
    else cxx_delete_array(p);
  } else {
    if (sized) cxx_delete_sized(p, size);
    else if (nothrow) cxx_delete_nothrow(p, &cxx_nothrow);
    else cxx_delete(p);
  }
#else
  (void)p, (void)size, (void)alignment, (void)aligned, (void)array, (void)r;
#endif
}

/* One piece of statistics, or a knob; false where the answer cannot be right. */
static inline bool names_statistics(uint64_t r) {
#ifndef HAKMEM_PREFIX_ONLY
  if (hak_tune == NULL || hak_stats_json == NULL) return true;
#endif
  static const char *const knobs[] = { "keep_percent", "keep_bytes", "thread_cache_bytes", "nothing" };
  static const size_t most[] = { 1000, (size_t)1 << 40, (size_t)1 << 30, 0 };
  unsigned k = r >> 1 & 3;
  int saved = errno;
  if ((r & 1) == 0) {
    size_t value = (r >> 3 & 7) == 0 ? most[k] + 1 : (size_t)(r >> 6) % (k == 0 ? 60 : (size_t)16 << 20);
    int rc = hak_tune(knobs[k], value);
    bool right = k == 3 ? rc == -1 && errno == ENOENT : value > most[k] ? rc == -1 && errno == ERANGE : rc == 0;
    errno = saved;
    return right;
  }
  if ((r >> 3 & 3) == 0) {
    char text[3000];
    size_t room = (size_t)(r >> 8) % sizeof text;
    memset(text, 'x', sizeof text);
    size_t length = hak_stats_json(room != 0 ? text : NULL, room);
    if (errno != saved || length < 60) return false;
    if (room == 0) return text[0] == 'x';
    size_t said = strlen(text);
    return said == (length < room ? length : room - 1) && text[room] == 'x' && text[0] == (room > 1 ? '{' : '\0') &&
           (said < length || text[said - 1] == '}');
  }
#ifdef HAKMEM_PREFIX_ONLY
  struct mallinfo2 info = hak_mallinfo2();
#else
  struct mallinfo2 info = mallinfo2();
#endif
  errno = saved;
  return info.fordblks <= info.arena && info.hblkhd <= info.uordblks;
}

/* What libc prints of its malloc, into nothing. */
static inline void names_info(uint64_t r) {
#ifndef HAKMEM_PREFIX_ONLY
  FILE *f = fopen("/dev/null", "w");
  if (f == NULL) return;
  malloc_info((r & 3) == 0, f);
  fclose(f);
  if (r & 4) mallopt(M_MMAP_THRESHOLD, 65536);
#else
  (void)r;
#endif
}
/* The same to standard error: in a child. */
static inline void names_print(void) {
  int null = open("/dev/null", O_WRONLY), kept = dup(2);
  if (null < 0 || kept < 0 || dup2(null, 2) < 0) _exit(9);
#ifndef HAKMEM_PREFIX_ONLY
  malloc_stats();
  if (hak_stats_print != NULL)
#endif
    hak_stats_print();
  dup2(kept, 2);
  close(null);
  close(kept);
}

#endif
