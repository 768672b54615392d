/* SPDX-License-Identifier: GPL-3.0-or-later */
/* hakmem_bench.c: the workload runner: one workload, one process.
 *
 * usage: hakmem-bench WORKLOAD [slots=N] [ops=N] [seed=N] [threads=N] [fd=N]
 *
 * It is started by the harness (bench, verify, ab) with another malloc preloaded or linked.
 * Nothing here allocates: states come from mmap, the report is formatted by hand and goes to
 * file descriptor fd (default 1) as one line of name=value pairs. */
#include <pthread.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "harness/workloads/workload.h"

enum { THREADS_MAX = 256 };

static const struct workload *workload;
static struct workload_params params;
static void *states[THREADS_MAX];
static struct workload_counts counts[THREADS_MAX];

static void put(int fd, const char *text) {
  size_t n = strlen(text);
  while (n > 0) {
    ssize_t w = write(fd, text, n);
    if (w <= 0) _exit(4);
    text += w;
    n -= (size_t)w;
  }
}

static char *put_u64(char *p, const char *name, uint64_t value) {
  char digits[24];
  size_t n = 0, k = strlen(name);
  memcpy(p, name, k);
  p += k;
  do digits[n++] = (char)('0' + value % 10);
  while ((value /= 10) != 0);
  while (n > 0) *p++ = digits[--n];
  *p++ = ' ';
  return p;
}

static uint64_t number(const char *text, const char *setting) {
  uint64_t v = 0;
  if (*text == '\0') goto bad;
  for (; *text; text++) {
    if (*text < '0' || *text > '9' || __builtin_mul_overflow(v, 10u, &v) ||
        __builtin_add_overflow(v, (uint64_t)(*text - '0'), &v))
      goto bad;
  }
  return v;
bad:
  put(2, "hakmem-bench: not a number: ");
  put(2, setting);
  put(2, "\n");
  _exit(2);
}

static void *thread_main(void *arg) {
  unsigned t = (unsigned)(uintptr_t)arg;
  workload->run(states[t], params.ops, &counts[t]);
  workload->finish(states[t], &counts[t]);
  return NULL;
}

int main(int argc, char **argv) {
  int fd = 1;
  workload = argc > 1 ? workload_find(argv[1]) : NULL;
  if (workload == NULL) {
    put(2, "hakmem-bench: no such workload; there are:");
    for (const struct workload *const *w = workload_list; *w != NULL; w++) {
      put(2, " ");
      put(2, (*w)->name);
    }
    put(2, "\n");
    return 2;
  }
  params = (struct workload_params){ workload->default_slots, workload->default_ops, 1, workload->min_threads };
  for (int i = 2; i < argc; i++) {
    const char *eq = strchr(argv[i], '=');
    size_t n = eq != NULL ? (size_t)(eq - argv[i]) : 0;
    uint64_t v = eq != NULL ? number(eq + 1, argv[i]) : 0;
    if (n == 5 && memcmp(argv[i], "slots", n) == 0) params.slots = v;
    else if (n == 3 && memcmp(argv[i], "ops", n) == 0) params.ops = v;
    else if (n == 4 && memcmp(argv[i], "seed", n) == 0) params.seed = v;
    else if (n == 7 && memcmp(argv[i], "threads", n) == 0) params.threads = (unsigned)v;
    else if (n == 2 && memcmp(argv[i], "fd", n) == 0) fd = (int)v;
    else {
      put(2, "hakmem-bench: unknown setting: ");
      put(2, argv[i]);
      put(2, "\n");
      return 2;
    }
  }
  if (params.slots == 0 || params.slots > (1u << 28) || params.threads == 0 || params.threads > THREADS_MAX) {
    put(2, "hakmem-bench: slots must be 1 to 268435456, threads 1 to 256\n");
    return 2;
  }
  for (unsigned t = 0; t < params.threads; t++) {
    states[t] = mmap(NULL, workload->state_size(&params), PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (states[t] == MAP_FAILED) return 3;
  }
  for (unsigned t = 0; t < params.threads; t++)
    if (workload->init(states[t], &params, t, states) != 0) return 3;
  pthread_t thread[THREADS_MAX];
  for (unsigned t = 1; t < params.threads; t++)
    if (pthread_create(&thread[t], NULL, thread_main, (void *)(uintptr_t)t) != 0) return 3;
  thread_main((void *)0);
  struct workload_counts all = counts[0];
  for (unsigned t = 1; t < params.threads; t++) {
    pthread_join(thread[t], NULL);
    all.ops += counts[t].ops;
    all.allocs += counts[t].allocs;
    all.frees += counts[t].frees;
    all.tiny_frees += counts[t].tiny_frees;
  }
  char line[256], *p = line;
  p = put_u64(p, "ops=", all.ops);
  p = put_u64(p, "allocs=", all.allocs);
  p = put_u64(p, "frees=", all.frees);
  p = put_u64(p, "tiny_frees=", all.tiny_frees);
  p[-1] = '\n';
  *p = '\0';
  put(fd, line);
  return 0;
}
