/* SPDX-License-Identifier: GPL-3.0-or-later */
/* test_model.c: random calls beside a model that knows each block's size, alignment and every
 * byte. Threads hand blocks to each other, end with blocks alive and are replaced by new ones.
 * In the end everything is freed, and then the allocator must hold nothing either.
 *
 * usage: test_model [SEED [STEPS [THREADS [GENERATIONS]]]]; a failure prints the seed. */
#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <string.h>

#include "alloc_test.h"
#include "hakmem.h"

struct block {
  unsigned char *p;
  size_t size, alignment;
  uint64_t seed;
};

enum { SLOTS = 600, MAILBOXES = 256, THREADS_MAX = 16 };
/* Blocks on their way from one thread to another. */
static _Atomic(struct block *) mailbox[MAILBOXES];
static uint64_t run_seed;
static long steps = 30000;

static size_t random_size(uint64_t *r) {
  uint64_t kind = test_random(r) % 1000, n = test_random(r);
  if (kind < 700) return n % 1100;
  if (kind < 800) return n % 80;
  if (kind < 960) return n % 9000;
  if (kind < 995) return n % 70000;
  return n % 600000;
}

static void check(const struct block *b, const char *when) {
  size_t at = test_differs(b->p, b->seed, b->size);
  if (at != b->size)
    test_die("seed %lu, %s: block %p of %zu bytes: byte %zu changed", (unsigned long)run_seed, when, (void *)b->p,
             b->size, at);
}

/* What every new block must be. */
static void check_new(const struct block *b) {
  if (b->p == NULL) test_die("seed %lu: no memory for %zu bytes", (unsigned long)run_seed, b->size);
  if ((uintptr_t)b->p % b->alignment != 0)
    test_die("seed %lu: %p is not aligned to %zu", (unsigned long)run_seed, (void *)b->p, b->alignment);
  if (hak_malloc_usable_size(b->p) < b->size)
    test_die("seed %lu: %zu bytes asked for, %zu usable", (unsigned long)run_seed, b->size,
             hak_malloc_usable_size(b->p));
}

static void block_make(struct block *b, uint64_t *r) {
  b->size = random_size(r);
  b->alignment = 16;
  b->seed = test_random(r);
  switch (test_random(r) % 8) {
  case 0:
    b->p = hak_calloc(1, b->size);
    for (size_t i = 0; b->p != NULL && i < b->size; i++)
      if (b->p[i] != 0)
        test_die("seed %lu: calloc of %zu bytes: byte %zu is not zero", (unsigned long)run_seed, b->size, i);
    break;
  case 1:
    b->alignment = (size_t)16 << test_random(r) % 10;
    b->p = hak_memalign(b->alignment, b->size);
    break;
  case 2: b->p = hak_realloc(NULL, b->size); break;
  default: b->p = hak_malloc(b->size);
  }
  check_new(b);
  test_fill(b->p, b->seed, b->size);
}

static void block_resize(struct block *b, uint64_t *r) {
  size_t size = test_random(r) % 4 == 0 ? random_size(r) + 1 : b->size + test_random(r) % (b->size / 2 + 20) + 1;
  check(b, "before realloc");
  struct block old = *b;
  b->p = hak_realloc(b->p, size);
  b->size = size;
  b->alignment = 16;
  check_new(b);
  size_t common = old.size < size ? old.size : size;
  if (test_differs(b->p, b->seed, common) != common)
    test_die("seed %lu: realloc from %zu to %zu bytes lost contents", (unsigned long)run_seed, old.size, size);
  b->seed = test_random(r);
  test_fill(b->p, b->seed, size);
}

static void block_free(struct block *b, uint64_t *r) {
  check(b, "before free");
  errno = 4711;
  if (test_random(r) % 4 != 0) hak_free(b->p);
  else if (b->alignment != 16) hak_free_aligned_sized(b->p, b->alignment, b->size);
  else hak_free_sized(b->p, b->size);
  if (errno != 4711) test_die("seed %lu: free changed errno", (unsigned long)run_seed);
  b->p = NULL;
}

/* Gives a block away; what lay in the mailbox comes back, and is freed or kept here. */
static void block_exchange(struct block *b, uint64_t *r) {
  struct block *letter = malloc(sizeof *letter);
  *letter = *b;
  b->p = NULL;
  struct block *got = atomic_exchange(&mailbox[test_random(r) % MAILBOXES], letter);
  if (got == NULL) return;
  *b = *got;
  free(got);
  check(b, "from another thread");
  if (test_random(r) % 4 != 0) block_free(b, r);
}

static void *work(void *argument) {
  uint64_t r = (uint64_t)(uintptr_t)argument * 0x9e3779b97f4a7c15u + run_seed;
  if (r == 0) r = 1;
  struct block *slot = calloc(SLOTS, sizeof *slot);
  for (long i = 0; i < steps; i++) {
    /* phases of growth and of shrinking, so that slabs fill and empty */
    unsigned in_use = i / 4000 % 2 == 0 ? SLOTS : SLOTS / 12;
    struct block *b = &slot[test_random(&r) % SLOTS];
    if (b->p == NULL) {
      if (b - slot < (ptrdiff_t)in_use) block_make(b, &r);
      continue;
    }
    switch (test_random(&r) % 6) {
    case 0: block_resize(b, &r); break;
    case 1: block_exchange(b, &r); break;
    case 2:
      if (test_random(&r) % 64 == 0) hak_malloc_trim(0);
      break;
    default: block_free(b, &r);
    }
  }
  /* some of the blocks outlive the thread */
  for (int i = 0; i < SLOTS; i++) {
    if (slot[i].p != NULL && i % 3 == 0) block_exchange(&slot[i], &r);
    if (slot[i].p != NULL) block_free(&slot[i], &r);
  }
  free(slot);
  return NULL;
}

static long argument(int argc, char **argv, int i, long fallback) {
  return argc > i ? strtol(argv[i], NULL, 0) : fallback;
}

int main(int argc, char **argv) {
  run_seed = (uint64_t)argument(argc, argv, 1, 20240501);
  steps = argument(argc, argv, 2, steps);
  long threads = argument(argc, argv, 3, 4), generations = argument(argc, argv, 4, 3);
  if (threads < 1 || threads > THREADS_MAX) test_die("1 to %d threads", THREADS_MAX);
  pthread_t thread[THREADS_MAX];
  for (long g = 0; g < generations; g++) {
    for (long t = 0; t < threads; t++)
      if (pthread_create(&thread[t], NULL, work, (void *)(uintptr_t)(g * threads + t + 1)) != 0)
        test_die("pthread_create");
    for (long t = 0; t < threads; t++) pthread_join(thread[t], NULL);
  }
  uint64_t r = 1;
  for (int i = 0; i < MAILBOXES; i++) {
    struct block *b = atomic_exchange(&mailbox[i], NULL);
    if (b == NULL) continue;
    block_free(b, &r);
    free(b);
  }
  hak_malloc_trim(0);
  struct mallinfo2 info = hak_mallinfo2();
  if (info.arena != 0 || info.hblks != 0)
    test_die("seed %lu: all is freed, but %zu bytes of slabs and %zu mappings are still out", (unsigned long)run_seed,
             info.arena, info.hblks);
  printf("seed %lu: %ld generations of %ld threads, %ld steps each: every byte as in the model, nothing left\n",
         (unsigned long)run_seed, generations, threads, steps);
  return 0;
}
