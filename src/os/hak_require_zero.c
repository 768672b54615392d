/* SPDX-License-Identifier: MIT */
/* hak_require_zero.c: see hak_require_zero.h. */
#include "os/hak_require_zero.h"

#if HAKMEM_HARDENED_COMPILED
# include <string.h>

# include "os/hak_panic.h"

/* What the program kept there had types of its own. */
typedef uint64_t word __attribute__((may_alias));
typedef word two_words __attribute__((vector_size(16)));

/* Of long blocks every byte is looked at three times in a life: 128 at a time. */
static bool is_zero(const void *start, size_t bytes) {
  const unsigned char *b = start;
  while (bytes > 0 && ((uintptr_t)b & 15) != 0 && *b == 0) b++, bytes--;
  for (; bytes >= 128 && ((uintptr_t)b & 15) == 0; b += 128, bytes -= 128) {
    const two_words *w = (const two_words *)b;
    two_words any = ((w[0] | w[1]) | (w[2] | w[3])) | ((w[4] | w[5]) | (w[6] | w[7]));
    if ((any[0] | any[1]) != 0) return false;
  }
  while (bytes >= 8 && ((uintptr_t)b & 7) == 0 && *(const word *)b == 0) b += 8, bytes -= 8;
  while (bytes > 0 && *b == 0) b++, bytes--;
  return bytes == 0;
}

void hak_require_zero(const void *start, size_t bytes, const char *what, const void *p) {
  if (unlikely(!is_zero(start, bytes))) hak_panic(what, p);
}

void hak_make_zero(void *start, size_t bytes) {
  enum { PIECE = 4096, SHORT = 2048 };
  char *b = start;
  if (bytes <= SHORT) {
    memset(b, 0, bytes);
    return;
  }
  for (size_t n; bytes > 0; b += n, bytes -= n) {
    n = PIECE - ((uintptr_t)b & (PIECE - 1));
    if (n > bytes) n = bytes;
    if (!is_zero(b, n)) memset(b, 0, n);
  }
}
#else
typedef int hak_require_zero_is_compiled_out; /* a translation unit must not be empty */
#endif
