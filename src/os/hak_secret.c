/* SPDX-License-Identifier: MIT */
/* hak_secret.c: see hak_secret.h. */
#include "os/hak_secret.h"

#if HAKMEM_HARDENED_COMPILED
# include <string.h>
# include <sys/auxv.h>

uint64_t hak_secret_link, hak_secret_sum;

void hak_secret_init(void) {
  const void *random = (const void *)getauxval(AT_RANDOM); /* 16 bytes, see getauxval(3) */
  uint64_t words[2] = { (uintptr_t)&hak_secret_link, (uintptr_t)words };
  if (random != NULL) memcpy(words, random, sizeof words);
  /* libc makes its own guards of the same bytes: they must not follow from ours */
  hak_secret_link = (words[0] ^ words[1] << 13) * 0x9e3779b97f4a7c15u;
  hak_secret_sum = (words[1] ^ words[0] << 17) * 0xc2b2ae3d27d4eb4fu;
}
#else
typedef int hak_secret_is_compiled_out; /* a translation unit must not be empty */
#endif
