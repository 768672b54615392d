/* SPDX-License-Identifier: MIT */
/* hak_require_zero.c: see hak_require_zero.h. */
#include "os/hak_require_zero.h"

#if HAKMEM_HARDENED_COMPILED
# include "os/hak_panic.h"

void hak_require_zero(const void *start, size_t bytes, const char *what, const void *p) {
  const unsigned char *b = start;
  while (bytes > 0 && ((uintptr_t)b & 7) != 0 && *b == 0) b++, bytes--;
  while (bytes >= 8 && ((uintptr_t)b & 7) == 0 && *(const uint64_t *)b == 0) b += 8, bytes -= 8;
  while (bytes > 0 && *b == 0) b++, bytes--;
  if (unlikely(bytes > 0)) hak_panic(what, p);
}
#else
typedef int hak_require_zero_is_compiled_out; /* a translation unit must not be empty */
#endif
