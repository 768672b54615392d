/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What malloc says of itself. `mallopt` prints what each parameter is answered; `threads` holds the figures of
 * mallinfo2, malloc_info and malloc_usable_size, asked for while threads come, go and free each other's blocks, against
 * what the program knows: blocks that are held are in use, large ones are counted one by one, and all forms say the
 * same. */
#include <malloc.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static _Noreturn void die(const char *what, size_t n) {
  printf("FAIL: %s (%zu)\n", what, n);
  exit(1);
}

static int options(void) {
  static const struct {
    int parameter;
    const char *name;
  } each[] = { { M_MXFAST, "M_MXFAST" },         { M_TRIM_THRESHOLD, "M_TRIM_THRESHOLD" },
               { M_TOP_PAD, "M_TOP_PAD" },       { M_MMAP_THRESHOLD, "M_MMAP_THRESHOLD" },
               { M_MMAP_MAX, "M_MMAP_MAX" },     { M_CHECK_ACTION, "M_CHECK_ACTION" },
               { M_ARENA_TEST, "M_ARENA_TEST" }, { M_ARENA_MAX, "M_ARENA_MAX" },
               { M_PERTURB, "M_PERTURB" },       { 12345, "none" } };
  static const int values[] = { 0, 1, 160, 161, 131072, 32 << 20 };
  for (size_t i = 0; i < sizeof each / sizeof *each; i++)
    for (size_t k = 0; k < sizeof values / sizeof *values; k++)
      printf("%s %d: %d\n", each[i].name, values[k], mallopt(each[i].parameter, values[k]));
  return 0;
}

enum { THREADS = 4, HELD = 400, LARGE = 20, LARGE_BYTES = 300000, STEPS = 30000, LOOKS = 200 };
static _Atomic(void *) shared[64];
static pthread_barrier_t all_there;
static _Atomic int working;

static size_t size_of(unsigned i) { return i % 7 == 0 ? 3000 + i % 900 : 24 + i % 700; }

/* Holds blocks, frees those of others and leaves its own to others meanwhile, and gives up what it held. */
static void *worker(void *number) {
  static _Thread_local char *held[HELD], *large[LARGE];
  static _Thread_local size_t usable[HELD];
  uint64_t r = (uintptr_t)number + 1;
  for (unsigned i = 0; i < HELD; i++) {
    held[i] = malloc(size_of(i));
    if (held[i] == NULL || (usable[i] = malloc_usable_size(held[i])) < size_of(i)) die("the usable size of a block", i);
    memset(held[i], (int)i, usable[i]); /* all of it may be used */
  }
  for (unsigned i = 0; i < LARGE; i++)
    if ((large[i] = malloc(LARGE_BYTES)) == NULL || malloc_usable_size(large[i]) < LARGE_BYTES)
      die("the usable size of a large block", i);
  pthread_barrier_wait(&all_there);
  for (int step = 0; step < STEPS; step++) {
    r = r * 6364136223846793005u + 1442695040888963407u;
    char *p = malloc(16 + (r >> 33) % 2000);
    if (p == NULL) die("no memory", (size_t)step);
    p[0] = 1;
    free(atomic_exchange(&shared[(r >> 20) % 64], p));
  }
  atomic_fetch_sub(&working, 1);
  pthread_barrier_wait(&all_there);
  for (unsigned i = 0; i < HELD; i++) {
    if (malloc_usable_size(held[i]) != usable[i]) die("a usable size changed", i);
    for (size_t k = 0; k < usable[i]; k++)
      if (held[i][k] != (char)i) die("a block's usable bytes changed", i);
    free(held[i]);
  }
  for (unsigned i = 0; i < LARGE; i++) free(large[i]);
  return NULL;
}

static size_t number_behind(const char *text, const char *what) {
  const char *at = strstr(text, what);
  if (at == NULL) die(what, 0);
  return strtoul(at + strlen(what), NULL, 10);
}

/* malloc_info's totals, and the sum of its sizes. */
static void told(size_t *mapped_count, size_t *mapped, size_t *sizes) {
  static char text[1 << 20];
  FILE *f = fmemopen(text, sizeof text, "w");
  if (f == NULL || malloc_info(0, f) != 0 || fclose(f) != 0) die("malloc_info", 0);
  const char *all = strstr(text, "</heap>");
  if (all == NULL) die("malloc_info without a heap's end", 0);
  *mapped_count = number_behind(all, "<total type=\"mmap\" count=\"");
  all = strstr(all, "<total type=\"mmap\"");
  *mapped = number_behind(all, "size=\"");
  *sizes = 0;
  for (const char *at = text; (at = strstr(at, "<size ")) != NULL; at++) *sizes += number_behind(at, "total=\"");
}

static int threads(void) {
  pthread_t thread[THREADS];
  size_t least = 0, large_count, large, sizes, other = mallinfo2().hblks;
  for (unsigned i = 0; i < HELD; i++) least += THREADS * size_of(i);
  if (pthread_barrier_init(&all_there, NULL, THREADS + 1) != 0) die("barrier", 0);
  atomic_store(&working, THREADS);
  for (uintptr_t i = 0; i < THREADS; i++)
    if (pthread_create(&thread[i], NULL, worker, (void *)i) != 0) die("thread", i);
  pthread_barrier_wait(&all_there);
  size_t looks = 0;
  do {
    struct mallinfo2 info = mallinfo2();
    if (info.hblks < THREADS * LARGE || info.hblkhd < (size_t)THREADS * LARGE * LARGE_BYTES)
      die("fewer large blocks than are held", info.hblks);
    if (info.uordblks < least + info.hblkhd) die("less in use than is held", info.uordblks);
    if (info.arena < least) die("less from the system than is held", info.arena);
    told(&large_count, &large, &sizes);
    if (large_count < THREADS * LARGE) die("malloc_info: fewer large blocks than are held", large_count);
    if (sizes < least) die("malloc_info: less in use than is held", sizes);
    looks++;
  } while (atomic_load(&working) != 0 || looks < LOOKS);
  /* nobody works: exact, and the same whoever is asked */
  struct mallinfo2 info = mallinfo2();
  told(&large_count, &large, &sizes);
  info = mallinfo2();
  if (info.hblks != other + THREADS * LARGE) die("large blocks", info.hblks);
  if (large_count != info.hblks || large != info.hblkhd) die("malloc_info and mallinfo2 differ", large);
  if (sizes + info.hblkhd != info.uordblks) die("malloc_info's sizes and mallinfo2 differ", sizes);
  if (info.uordblks + info.fordblks != info.arena + info.hblkhd) die("in use and free are not all", info.fordblks);
  pthread_barrier_wait(&all_there);
  for (int i = 0; i < THREADS; i++) pthread_join(thread[i], NULL);
  for (int i = 0; i < 64; i++) free(atomic_exchange(&shared[i], NULL));
  malloc_trim(0);
  info = mallinfo2();
  if (info.hblks != other) die("large blocks that are left", info.hblks);
  if (info.uordblks > least / 2) die("in use when all is freed", info.uordblks);
  printf("%zu looks, %zu KB held\n", looks, least >> 10);
  return 0;
}

int main(int count, char **argument) {
  if (count == 2 && strcmp(argument[1], "mallopt") == 0) return options();
  if (count == 2 && strcmp(argument[1], "threads") == 0) return threads();
  fprintf(stderr, "usage: figures mallopt | threads\n");
  return 99;
}
