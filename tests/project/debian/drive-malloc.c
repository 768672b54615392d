/* SPDX-License-Identifier: GPL-3.0-or-later */
/* drive-malloc.c: so many thousand times: a random slot is freed if it holds a block, else filled. */
#include <stdint.h>
#include <stdlib.h>

int main(int argc, char **argv) {
  enum { SLOTS = 400 };
  static unsigned char *slot[SLOTS];
  uint64_t x = 88172645463325252u;
  long steps = (argc > 1 ? strtol(argv[1], NULL, 10) : 100) * 1000;
  for (long i = 0; i < steps; i++) {
    x ^= x << 13;
    x ^= x >> 7;
    x ^= x << 17;
    unsigned at = (unsigned)(x >> 40) % SLOTS;
    if (slot[at]) {
      free(slot[at]);
      slot[at] = NULL;
    } else {
      size_t size = 16 + (size_t)(x & 1023);
      if (!(slot[at] = malloc(size))) return 1;
      slot[at][0] = slot[at][size - 1] = 1;
    }
  }
  return 0;
}
