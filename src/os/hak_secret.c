/* SPDX-License-Identifier: MIT */
/* hak_secret.c: see hak_secret.h. */
#include "os/hak_secret.h"

#if HAKMEM_HARDENED_COMPILED
# include <errno.h>
# include <string.h>
# include <sys/auxv.h>
# include <sys/random.h>

uint64_t hak_secret_link, hak_secret_factor, hak_secret_sum;

uint64_t hak_secret_random(void) {
  static uint64_t calls;
  /* relaxed: the same number twice would only be the same order twice */
  uint64_t v =
      (hak_secret_sum ^ hak_secret_factor) + 0x9e3779b97f4a7c15u * __atomic_add_fetch(&calls, 1, __ATOMIC_RELAXED);
  /* splitmix64 (Steele et al. 2014), over two keys that are not given away by what it orders */
  v = (v ^ v >> 30) * 0xbf58476d1ce4e5b9u;
  v = (v ^ v >> 27) * 0x94d049bb133111ebu;
  return v ^ v >> 31;
}

void hak_secret_init(void) {
  int saved = errno;
  uint64_t key[3] = { 0 };
  /* not waited for: a process of the early boot would hang in its first malloc */
  bool fresh = getrandom(key, sizeof key, GRND_NONBLOCK) == (ssize_t)sizeof key;
  errno = saved;
  if (!fresh) {
    const void *random = (const void *)getauxval(AT_RANDOM); /* 16 bytes, see getauxval(3) */
    uint64_t words[2] = { (uintptr_t)&hak_secret_link, (uintptr_t)words };
    if (random != NULL) memcpy(words, random, sizeof words);
    /* libc's guards must not follow from ours */
    key[0] = (words[0] ^ words[1] << 13) * 0x9e3779b97f4a7c15u;
    key[1] = (words[1] ^ words[0] << 17) * 0xc2b2ae3d27d4eb4fu;
    key[2] = (words[0] + (words[1] << 31 | words[1] >> 33)) * 0x165667b19e3779f9u;
  }
  hak_secret_link = key[0];
  hak_secret_sum = key[1];
  hak_secret_factor = key[2] | 1;
}
#else
typedef int hak_secret_is_compiled_out; /* a translation unit must not be empty */
#endif
