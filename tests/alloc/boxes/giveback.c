/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Blocks freed in random order sit in as many slabs as there are blocks: the few that caches and
 * queues keep must not pin them all. Prints, for each burst, the resident KB that stay. */
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "hakmem.h"

enum { MOST = 1 << 21 };
static void **block;
static long count;
static uint64_t state = 7;

static uint32_t next_random(void) {
  state = state * 6364136223846793005u + 1442695040888963407u;
  return (uint32_t)(state >> 33);
}
static long resident_kb(void) {
  char line[256];
  long kb = -1;
  FILE *f = fopen("/proc/self/smaps_rollup", "r");
  if (f == NULL) exit(77);
  while (fgets(line, sizeof line, f) != NULL && sscanf(line, "Rss: %ld", &kb) != 1) continue;
  fclose(f);
  return kb;
}
static void burst(size_t least, size_t most, long bytes) {
  for (count = 0; count < MOST && bytes > 0; count++) {
    size_t n = least + next_random() % (most - least + 1);
    memset(block[count] = hak_malloc(n), 1, n);
    bytes -= (long)n;
  }
  for (long i = count - 1; i > 0; i--) {
    long k = next_random() % (i + 1);
    void *t = block[i];
    block[i] = block[k];
    block[k] = t;
  }
}
static void *free_all(void *unused) {
  (void)unused;
  for (long i = 0; i < count; i++) hak_free(block[i]);
  return NULL;
}
static void free_elsewhere(void) {
  pthread_t t;
  if (pthread_create(&t, NULL, free_all, NULL) != 0) exit(99);
  pthread_join(t, NULL);
}
static void report(const char *name, long before, long full) {
  printf("%s %ld of %ld\n", name, resident_kb() - before, full - before);
}

int main(void) {
  block = mmap(NULL, MOST * sizeof *block, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);
  if (block == MAP_FAILED) return 99;
  static const struct {
    const char *name;
    size_t least, most;
  } kinds[] = {
    { "16", 1, 16 }, { "64", 50, 64 }, { "1000", 1000, 1000 }, { "tiny", 1, 1024 }, { "medium", 1025, 65536 }
  };
  hak_free(hak_malloc(1));
  for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++)
    for (int elsewhere = 0; elsewhere < 2; elsewhere++) {
      long before = resident_kb();
      burst(kinds[i].least, kinds[i].most, 32L << 20);
      long full = resident_kb();
      if (elsewhere) free_elsewhere();
      else free_all(NULL);
      char name[32];
      snprintf(name, sizeof name, "%s%s", kinds[i].name, elsewhere ? "-elsewhere" : "");
      report(name, before, full);
      hak_malloc_trim(0);
    }
  return 0;
}
