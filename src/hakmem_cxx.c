/* SPDX-License-Identifier: MIT */
/* hakmem_cxx.c: the forms of C++'s operator delete that say how long the block is, under the names of the
 * Itanium ABI: libstdc++'s drop the size. All other forms of new and delete are the C++ library's, which
 * calls malloc and free. A program may replace some of the operators; what it does not replace has to
 * end in what it did. */
#include "hakmem.h"

#ifndef HAKMEM_PREFIX_ONLY
# include <dlfcn.h>
# include <string.h>

# include "hak_entry.h"
# include "os/hak_panic.h"

/* Default visibility: the program's, or the C++ library's, whichever is bound. */
extern void cxx_new(size_t) __asm__("_Znwm") __attribute__((weak, visibility("default")));
extern void cxx_delete(void *) __asm__("_ZdlPv") __attribute__((weak, visibility("default")));
extern void cxx_delete_array(void *) __asm__("_ZdaPv") __attribute__((weak, visibility("default")));

/* Also where there is none: nobody replaced it. */
static bool in_library(void *function) {
  Dl_info info;
  if (function == NULL) return true;
  if (dladdr(function, &info) == 0 || info.dli_fname == NULL) return false;
  return strstr(info.dli_fname, "libstdc++.so") != NULL || strstr(info.dli_fname, "libc++") != NULL;
}

struct operators {
  void *function[3];
  signed char known; /* 1 or 0; -1 before it was asked. Racing threads find the same */
};

static HAK_COLD bool look_up(struct operators *of) {
  bool is = in_library(of->function[0]) && in_library(of->function[1]) && in_library(of->function[2]);
  __atomic_store_n(&of->known, (signed char)is, __ATOMIC_RELAXED);
  return is;
}

/* Whether nobody replaced them: then a block is just what malloc gave. */
HAK_INLINE bool standard(struct operators *of) {
  signed char known = __atomic_load_n(&of->known, __ATOMIC_RELAXED);
  return likely(known >= 0) ? known != 0 : look_up(of);
}

static struct operators plain = { { (void *)cxx_new, (void *)cxx_delete, (void *)cxx_delete_array }, -1 };

static void delete_sized(void *block, size_t size, void (*otherwise)(void *)) {
  if (standard(&plain)) {
# if HAKMEM_HARDENED_COMPILED
    hak_free_sized(block, size);
# else
    (void)size;
    hak_free(block);
# endif
  } else if (otherwise != NULL) {
    otherwise(block);
  } else {
    hak_free(block);
  }
}

HAK_EXPORT void cxx_delete_sized(void *block, size_t size) __asm__("_ZdlPvm");
HAK_EXPORT void cxx_delete_array_sized(void *block, size_t size) __asm__("_ZdaPvm");
void cxx_delete_sized(void *block, size_t size) { delete_sized(block, size, cxx_delete); }
void cxx_delete_array_sized(void *block, size_t size) { delete_sized(block, size, cxx_delete_array); }

/* With an alignment, too. */
extern void cxx_delete_aligned(void *, size_t) __asm__("_ZdlPvSt11align_val_t")
    __attribute__((weak, visibility("default")));
extern void cxx_delete_array_aligned(void *, size_t) __asm__("_ZdaPvSt11align_val_t")
    __attribute__((weak, visibility("default")));

static struct operators aligned = { { (void *)cxx_delete_aligned, (void *)cxx_delete_array_aligned, NULL }, -1 };

static void delete_aligned(void *block, size_t size, size_t alignment, void (*otherwise)(void *, size_t)) {
  if (otherwise == NULL || standard(&aligned)) {
# if HAKMEM_HARDENED_COMPILED
    /* the C++ library makes one byte of none, and may have rounded the size up to the alignment */
    if (size == 0) size = 1;
    if (block != NULL && ((uintptr_t)block & (alignment - 1)) != 0)
      hak_panic("operator delete with an alignment that the block does not have", block);
    if (block != NULL && hak_usable(block) != size && hak_usable(block) != ((size + alignment - 1) & ~(alignment - 1)))
      hak_panic("operator delete with another size than the block's", block);
# else
    (void)size;
# endif
    hak_free(block);
  } else {
    otherwise(block, alignment);
  }
}

HAK_EXPORT void cxx_delete_aligned_sized(void *block, size_t size, size_t alignment) __asm__("_ZdlPvmSt11align_val_t");
HAK_EXPORT void cxx_delete_array_aligned_sized(void *block, size_t size,
                                               size_t alignment) __asm__("_ZdaPvmSt11align_val_t");
void cxx_delete_aligned_sized(void *block, size_t size, size_t alignment) {
  delete_aligned(block, size, alignment, cxx_delete_aligned);
}
void cxx_delete_array_aligned_sized(void *block, size_t size, size_t alignment) {
  delete_aligned(block, size, alignment, cxx_delete_array_aligned);
}
#else
typedef int hakmem_cxx_is_left_out; /* a translation unit must not be empty */
#endif
