/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A build with headers or hardening: every block is aligned, as large as asked for, and keeps
 * its bytes under a random mix of the whole family. `header mismatch` damages headers and
 * prints the three gated counters; `header locked` frees blocks whose pages it locked. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "base/hak_config.h"
#include "hakmem.h"

enum { SLOTS = 512, STEPS = 60000 };
static struct slot {
  unsigned char *p;
  size_t size;
  unsigned char mark;
} slot[SLOTS];
static uint64_t state = 1;

static uint32_t next_random(void) {
  state = state * 6364136223846793005u + 1442695040888963407u;
  return (uint32_t)(state >> 33);
}
static size_t random_size(void) {
  uint32_t r = next_random() % 100;
  return r < 3 ? 0 : r < 80 ? next_random() % 1100 : r < 97 ? next_random() % 70000 : next_random() % 600000;
}
static void require(int holds, const char *what) {
  if (holds) return;
  fprintf(stderr, "header: %s\n", what);
  exit(1);
}
static void fill(struct slot *s, unsigned char *p, size_t size, size_t alignment) {
  require(p != NULL && ((uintptr_t)p & (alignment - 1)) == 0, "misaligned");
  require(hak_malloc_usable_size(p) >= size, "too small");
  *s = (struct slot){ p, size, (unsigned char)next_random() };
  memset(p, s->mark, size);
}
static void verify(const struct slot *s, size_t size) {
  for (size_t i = 0; i < size; i++) require(s->p[i] == s->mark, "bytes changed");
}
static void step(void) {
  struct slot *s = &slot[next_random() % SLOTS];
  size_t size = random_size(), alignment = (size_t)16 << next_random() % 10;
  if (s->p == NULL) {
    switch (next_random() % 3) {
    case 0: fill(s, hak_malloc(size), size, 16); break;
    case 1: fill(s, hak_aligned_alloc(alignment, size), size, alignment); break;
    default: {
      unsigned char *p = hak_calloc(size, 1);
      for (size_t i = 0; i < size; i++) require(p[i] == 0, "calloc is not zero");
      fill(s, p, size, 16);
    }
    }
  } else if (next_random() % 4 == 0 && size != 0) {
    unsigned char *p = hak_realloc(s->p, size);
    struct slot moved = { p, s->size, s->mark };
    require(p != NULL, "realloc");
    verify(&moved, size < s->size ? size : s->size);
    fill(s, p, size, 16);
  } else {
    verify(s, s->size);
    if (next_random() % 2) hak_free_sized(s->p, s->size);
    else hak_free(s->p);
    s->p = NULL;
  }
}

#if HAKMEM_HDR_META_FAST_COMPILED
extern uint64_t g_hdr_mismatch_log, g_hdr_meta_mismatch, g_hdr_meta_fast;
static void mismatch(void) {
  unsigned char *p[40];
  for (int i = 0; i < 40; i++) p[i] = hak_malloc(1000);
  for (int i = 1; i < 40; i++) hak_free(p[i]);
  for (int i = 10; i < 30; i++) p[i][-1] = 7; /* another class, in blocks that are free */
  hak_malloc_trim(0);                         /* which go back into their slab now */
  p[0][-1] = 0x80 | 5;                        /* another class, in a block in use */
  hak_free(p[0]);
  printf("%d %d %d\n", (int)g_hdr_mismatch_log, (int)g_hdr_meta_mismatch, (int)g_hdr_meta_fast);
}
#endif

/* The kernel takes no locked page back: what is cut from such pages next must still be served. */
static void locked(void) {
  enum { BLOCKS = 2000 };
  static char *p[BLOCKS];
  for (size_t size = 20; size < 3000; size = size * 3 / 2) {
    for (int i = 0; i < BLOCKS; i++) {
      require((p[i] = hak_malloc(size)) != NULL, "no block");
      memset(p[i], 1, size);
    }
    if (mlock(p[BLOCKS / 2], 1) != 0) exit(77);
    for (int i = 0; i < BLOCKS; i++) hak_free(p[i]);
    hak_malloc_trim(0);
  }
}

int main(int argc, char **argv) {
  if (argc > 1 && strcmp(argv[1], "locked") == 0) {
    locked();
    return 0;
  }
#if HAKMEM_HDR_META_FAST_COMPILED
  if (argc > 1) {
    mismatch();
    return 0;
  }
#endif
  require(argc == 1, "usage");
  for (int i = 0; i < STEPS; i++) step();
  for (int i = 0; i < SLOTS; i++) {
    if (slot[i].p != NULL) verify(&slot[i], slot[i].size);
    hak_free(slot[i].p);
  }
  return 0;
}
