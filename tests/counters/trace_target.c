/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A program with a known sequence of calls, for tests of `record`. Every size that it asks for is
 * above 70000 and no size of the C library's own. On stdout: one line "op size" for each call of
 * the main part, in order, and "pairs N" for what its threads do in an order of their own. */
#include <malloc.h>
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

enum { BASE = 70000, THREADS = 4, PAIRS = 500 };

static char log_text[65536];
static size_t log_used;
static _Atomic(void *) mailbox[THREADS];
static pthread_key_t key;
static void *volatile sink; /* so that no call is left out by the compiler */

static void note(const char *op, size_t size) {
  log_used += (size_t)snprintf(log_text + log_used, sizeof log_text - log_used, "%s %zu\n", op, size);
}

/* Puts blocks into its own mailbox, frees those of the next thread's: every free is remote. */
static void *worker(void *arg) {
  unsigned self = (unsigned)(uintptr_t)arg, other = (self + 1) % THREADS;
  unsigned made = 0, freed = 0;
  while (made < PAIRS || freed < PAIRS) {
    void *expected = NULL;
    if (made < PAIRS && atomic_load(&mailbox[self]) == NULL) {
      void *p = malloc(BASE + 10000 + self);
      atomic_compare_exchange_strong(&mailbox[self], &expected, p);
      made++;
    }
    void *p = freed < PAIRS ? atomic_exchange(&mailbox[other], NULL) : NULL;
    if (p != NULL) {
      free(p);
      freed++;
    } else sched_yield();
  }
  return NULL;
}

/* Runs at the thread's end, three times: before and behind the recorder's own destructor. */
static void at_thread_end(void *left) {
  static _Thread_local int turns;
  sink = malloc(BASE + 20000);
  free(sink);
  if (++turns < 3) pthread_setspecific(key, left);
}

static void *short_lived(void *arg) {
  pthread_setspecific(key, &key);
  sink = malloc(BASE + 20000);
  free(sink);
  return NULL;
}

int main(int argc, char **argv) {
  pthread_t t[THREADS];
  char *p;
  void *q;
  if (pthread_key_create(&key, at_thread_end) != 0) return 1;
  sink = p = malloc(BASE + 1), note("malloc", BASE + 1);
  sink = q = calloc(3, (BASE + 2) / 3), note("calloc", (BASE + 2) / 3 * 3);
  p = realloc(p, BASE + 300), note("realloc", BASE + 300);
  sink = p;
  free(NULL);
  free(q), note("free", 0);
  if (posix_memalign(&q, 4096, BASE + 4) != 0) return 1;
  note("memalign:4096", BASE + 4);
  free(q), note("free", 0);
  sink = q = aligned_alloc(64, BASE + 48), note("memalign:64", BASE + 48);
  free(q), note("free", 0);
  sink = malloc(PTRDIFF_MAX - (size_t)argc); /* fails: not in the trace */
  if (sink != NULL) return 1;
  q = realloc(p, PTRDIFF_MAX - (size_t)argc); /* fails: p stays */
  if (q != NULL) return 1;
  pid_t pid = fork();
  if (pid == 0) { /* not recorded */
    sink = malloc(BASE + 30000);
    free(p);
    exit(0);
  }
  waitpid(pid, NULL, 0);
  free(p), note("free", 0);
  if (argc > 1 && strcmp(argv[1], "abort") == 0) abort();
  for (unsigned i = 0; i < THREADS; i++)
    if (pthread_create(&t[i], NULL, worker, (void *)(uintptr_t)i) != 0) return 1;
  for (unsigned i = 0; i < THREADS; i++) pthread_join(t[i], NULL);
  for (unsigned i = 0; i < 50; i++) { /* one after the other: they share a number */
    if (pthread_create(&t[0], NULL, short_lived, NULL) != 0) return 1;
    pthread_join(t[0], NULL);
  }
  sink = malloc(BASE + 7), note("malloc", BASE + 7); /* never freed */
  printf("%spairs %d\n", log_text, THREADS * PAIRS);
  fflush(stdout);
  if (argc > 1 && strcmp(argv[1], "_exit") == 0) _exit(0);
  return 0;
}
