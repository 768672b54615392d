/* SPDX-License-Identifier: GPL-3.0-or-later */
/* fuzz_api.c: a fuzz target whose input is a sequence of calls of the API: four bytes a call,
 *   call and thread, slot, size (two bytes; its top bits choose the scale)
 * on 32 slots. Every byte of every block is checked, and after each input the allocator must hold
 * nothing. A second thread serves the calls whose top bit says so, so that blocks cross threads.
 *
 * Built plain, main() replays files: those named, or all seeds. `make fuzz-alloc` builds it with
 * HAKMEM_FUZZER for libFuzzer. */
#include <dirent.h>
#include <errno.h>
#include <pthread.h>
#include <semaphore.h>
#include <stdbool.h>
#include <string.h>

#include "alloc_test.h"
#include "hakmem.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { SLOTS = 32 };
static struct slot {
  unsigned char *p;
  size_t size, alignment;
  uint64_t seed;
} slot[SLOTS];

/* Tiny to 2 KB, to 80 KB in steps of 5, to 512 KB in steps of 513, to 2 MB; and beyond all memory. */
static size_t size_of(unsigned n) {
  unsigned m = n & 0x3fff;
  switch (n >> 14) {
  case 0: return m & 0x7ff;
  case 1: return (size_t)m * 5;
  case 2: return (size_t)(m & 0x3ff) * 513;
  default: return m < 0x3f00 ? (size_t)(m & 0x1f) * 65537 : SIZE_MAX - (size_t)(m & 0xff) * 16;
  }
}

/* As test_fill and test_differs, but of a long block only its ends and a sample in between: what
 * happens to it happens to whole pages, and the fuzzer gets more inputs done. */
static size_t next_byte(size_t i, size_t n) { return i < 2048 || i + 2048 >= n ? i + 1 : i + 251; }
static void fill(unsigned char *p, uint64_t seed, size_t n) {
  for (size_t i = 0; i < n; i = next_byte(i, n)) p[i] = test_byte(seed, i);
}
/* The first common bytes of a block of size bytes: the first that differs, common if none does. */
static size_t differs(const unsigned char *p, uint64_t seed, size_t size, size_t common) {
  for (size_t i = 0; i < common; i = next_byte(i, size))
    if (p[i] != test_byte(seed, i)) return i;
  return common;
}

static void put(struct slot *s, void *p, size_t size, size_t alignment) {
  if (p == NULL) {
    if (size < (size_t)1 << 30) test_die("no memory for %zu bytes", size);
    return;
  }
  if (size > (size_t)1 << 40) test_die("%zu bytes were given", size);
  if ((uintptr_t)p % alignment != 0) test_die("%p is not aligned to %zu", p, alignment);
  if (hak_malloc_usable_size(p) < size) test_die("%zu of %zu bytes usable", hak_malloc_usable_size(p), size);
  static uint64_t seed;
  *s = (struct slot){ p, size, alignment, ++seed };
  fill(p, s->seed, size);
}

static void check(const struct slot *s) {
  if (s->p == NULL) return;
  size_t at = differs(s->p, s->seed, s->size, s->size);
  if (at != s->size) test_die("byte %zu of a block of %zu bytes changed", at, s->size);
}

static void resize(struct slot *s, void *p, size_t size) {
  if (p == NULL) {
    if (size == 0) s->p = NULL; /* freed */
    else if (size < (size_t)1 << 30) test_die("no memory for %zu bytes", size);
    else check(s);
    return;
  }
  size_t common = s->p == NULL ? 0 : s->size < size ? s->size : size;
  if (differs(p, s->seed, s->size, common) != common)
    test_die("realloc from %zu to %zu bytes lost contents", s->size, size);
  put(s, p, size, 16);
}

static void drop(struct slot *s, unsigned how) {
  check(s);
  if (s->p == NULL) return;
  if (how == 0) hak_free(s->p);
  else if (how == 1 && s->alignment == 16) hak_free_sized(s->p, s->size);
  else hak_free_aligned_sized(s->p, s->alignment, s->size);
  s->p = NULL;
}

static void call(const uint8_t *c) {
  struct slot *s = &slot[c[1] % SLOTS];
  unsigned n = c[2] | (unsigned)c[3] << 8;
  size_t size = size_of(n), alignment = (size_t)16 << (c[1] >> 5) << (n & 3);
  void *p = NULL;
  switch (c[0] & 15) {
  case 0:
  case 1:
  case 2:
    drop(s, 0);
    put(s, hak_malloc(size), size, 16);
    break;
  case 3:
    drop(s, 0);
    p = hak_calloc(size, 1 + (n & 1));
    if (n & 1) size = size > SIZE_MAX / 2 ? SIZE_MAX : size * 2;
    if (p != NULL)
      for (size_t i = 0; i < size; i = next_byte(i, size))
        if (((char *)p)[i] != 0) test_die("calloc of %zu bytes is not zero", size);
    put(s, p, size, 16);
    break;
  case 4:
  case 5: resize(s, hak_realloc(s->p, size), size); break;
  case 6:
    p = hak_reallocarray(s->p, size, 1);
    resize(s, p, size);
    break;
  case 7:
    drop(s, 0);
    put(s, hak_memalign(alignment, size), size, alignment);
    break;
  case 8:
    drop(s, 0);
    if (hak_posix_memalign(&p, alignment, size) != 0) p = NULL;
    put(s, p, size, alignment);
    break;
  case 9:
    drop(s, 0);
    p = n & 1 ? hak_valloc(size) : hak_pvalloc(size);
    /* pvalloc's blocks are whole pages: that is the size that a sized free has to name */
    if (p != NULL && !(n & 1)) size = size == 0 ? 4096 : (size + 4095) & ~(size_t)4095;
    put(s, p, size, 4096);
    break;
  case 10:
    if ((n & 15) == 0) hak_malloc_trim(0);
    break;
  case 11: check(s); break;
  case 12: drop(s, 1); break;
  case 13: drop(s, 2); break;
  default: drop(s, 0);
  }
}

/* The second thread does one call at a time while the first waits: the input alone decides. */
static sem_t go, done;
static const uint8_t *handed;

static void *second_thread(void *unused) {
  for (;;) {
    sem_wait(&go);
    if (handed == NULL) return NULL;
    call(handed);
    sem_post(&done);
  }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  pthread_t second;
  bool started = false;
  sem_init(&go, 0, 0);
  sem_init(&done, 0, 0);
  for (size_t i = 0; i + 4 <= size && i < 4000; i += 4) {
    if (data[i] < 128) {
      call(data + i);
      continue;
    }
    if (!started && pthread_create(&second, NULL, second_thread, NULL) != 0) test_die("pthread_create");
    started = true;
    handed = data + i;
    sem_post(&go);
    sem_wait(&done);
  }
  if (started) {
    handed = NULL;
    sem_post(&go);
    pthread_join(second, NULL);
  }
  for (unsigned i = 0; i < SLOTS; i++) drop(&slot[i], i % 3);
  hak_malloc_trim(0);
  struct mallinfo2 info = hak_mallinfo2();
  if (info.arena != 0 || info.hblks != 0)
    test_die("%zu bytes of slabs and %zu mappings are out", info.arena, info.hblks);
  return 0;
}

#ifndef HAKMEM_FUZZER
static void replay(const char *path) {
  static uint8_t data[65536];
  FILE *f = fopen(path, "rb");
  if (f == NULL) test_die("%s: %s", path, strerror(errno));
  size_t n = fread(data, 1, sizeof data, f);
  fclose(f);
  LLVMFuzzerTestOneInput(data, n);
}

int main(int argc, char **argv) {
  for (int i = 1; i < argc; i++) replay(argv[i]);
  if (argc > 1) return 0;
  const char *source = getenv("top_srcdir");
  char folder[4096], path[8192];
  snprintf(folder, sizeof folder, "%s/tests/alloc/seeds", source != NULL ? source : ".");
  DIR *d = opendir(folder);
  if (d == NULL) test_die("%s: %s", folder, strerror(errno));
  int seeds = 0;
  for (struct dirent *e; (e = readdir(d)) != NULL;) {
    if (e->d_name[0] == '.') continue;
    snprintf(path, sizeof path, "%s/%s", folder, e->d_name);
    replay(path);
    seeds++;
  }
  closedir(d);
  printf("%d seeds replayed\n", seeds);
  if (seeds < 10) test_die("only %d seeds in %s", seeds, folder);
  return 0;
}
#endif
