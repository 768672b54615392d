/* SPDX-License-Identifier: GPL-3.0-or-later */
/* drive-zlib.c: deflates and inflates text of its own, so many KB, and compares. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

int main(int argc, char **argv) {
  static const char *const word[] = { "layout", "gate", "counter", "the", "of", "a", "measure", "\n", "noise", "0x" };
  size_t size = (argc > 1 ? strtoul(argv[1], NULL, 10) : 100) << 10, used = 0;
  uLongf packed = compressBound(size), back = size;
  char *text = malloc(size), *other = malloc(size);
  Bytef *out = malloc(packed);
  unsigned state = 12345;
  if (!text || !other || !out) return 1;
  while (used < size) {
    char one[40];
    state = state * 1103515245u + 12345u;
    int n = snprintf(one, sizeof one, "%s %u ", word[(state >> 16) % 10], (state >> 20) % 300);
    if (used + (size_t)n > size) n = (int)(size - used);
    memcpy(text + used, one, (size_t)n);
    used += (size_t)n;
  }
  if (compress2(out, &packed, (const Bytef *)text, size, 6) != Z_OK) return 2;
  if (uncompress((Bytef *)other, &back, out, packed) != Z_OK || back != size || memcmp(text, other, size)) return 3;
  printf("%lu\n", (unsigned long)packed);
  return 0;
}
