/* SPDX-License-Identifier: GPL-3.0-or-later */
/* first_calls.c: the first call of one thread is free(NULL), or another look at no block, beside another's first
 * malloc, and goes on while the arena grows: for ThreadSanitizer. */
#include <pthread.h>
#include <stdatomic.h>

#include "alloc_test.h"
#include "hakmem.h"

enum { BLOCKS = 40000, BYTES = 1000 };
static pthread_barrier_t start;
static _Atomic int growing = 2;

static void *looks(void *first) {
  pthread_barrier_wait(&start);
  if (first != NULL && hak_malloc_usable_size(NULL) != 0) test_die("NULL has a size");
  while (atomic_load_explicit(&growing, memory_order_relaxed) > 0) {
    hak_free(NULL);
    hak_free_sized(NULL, 8);
    if (hak_malloc_usable_size(NULL) != 0) test_die("NULL has a size");
    if (hak_realloc(NULL, (size_t)-1) != NULL) test_die("more than there is was given");
  }
  return NULL;
}

static void *grows(void *unused) {
  static char *block[2][BLOCKS];
  char **mine = block[unused != NULL];
  pthread_barrier_wait(&start);
  for (int i = 0; i < BLOCKS; i++) {
    mine[i] = hak_malloc(BYTES);
    if (mine[i] == NULL) test_die("no memory");
    mine[i][0] = 1;
  }
  for (int i = 0; i < BLOCKS; i++) hak_free(mine[i]);
  atomic_fetch_sub_explicit(&growing, 1, memory_order_relaxed);
  return NULL;
}

int main(void) {
  pthread_t t[4];
  pthread_barrier_init(&start, NULL, 4);
  for (int i = 0; i < 4; i++)
    if (pthread_create(&t[i], NULL, i < 2 ? looks : grows, i & 1 ? &start : NULL) != 0) test_die("pthread_create");
  for (int i = 0; i < 4; i++) pthread_join(t[i], NULL);
  puts("looks at no block beside a growing arena: no race");
  return 0;
}
