/* SPDX-License-Identifier: GPL-3.0-or-later */
/* test_giveback.c: memory is given back, by counting resident pages (smaps_rollup walks the page
 * tables; statm may lag): after a burst, from a thread that then sleeps, from threads that ended,
 * from a consumer that only frees, and from a sleeping owner whose blocks others free.
 *
 * The bounds are what the boxes may hold, each in the worst case of a burst over all classes: the
 * caches of a thread that only frees (32 KB a tiny class, 64 KB a mid-size one), the spill queue (its
 * target of 32 KB and a batch, a class: 2 MB and 2 MB), the last runs of each class that these blocks
 * sit in (2 MB and 8 MB), of the shared runs as much again as is in use, the warm pool (512 KB, or half
 * of what is handed out, where bursts stand alone), kept large mappings. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <limits.h>
#include <pthread.h>
#include <semaphore.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <string.h>
#include <sys/resource.h>

#include "alloc_test.h"
#include "hakmem.h"
#include "slab/warm_pool.h"
#include "tests/test_skip.h"

#define MB (1L << 20)
#define TINY_BOUND (7 * MB)
#define ALL_BOUND (TINY_BOUND + 10 * MB)

static long resident(void) {
  FILE *f = fopen("/proc/self/smaps_rollup", "r");
  if (f == NULL) test_skip("proc", "no /proc/self/smaps_rollup here");
  char line[200];
  long kb = -1;
  while (fgets(line, sizeof line, f) != NULL && sscanf(line, "Rss: %ld kB", &kb) != 1) continue;
  fclose(f);
  if (kb < 0) test_skip("proc", "no Rss in /proc/self/smaps_rollup");
  return kb * 1024;
}

static void assert_resident(const char *when, long before, long bound) {
  long more = resident() - before;
  print_message("%s: %ld KB more than before, bound %ld KB\n", when, more / 1024, bound / 1024);
  if (more > bound) fail_msg("%s: %ld KB more than before, bound %ld KB", when, more / 1024, bound / 1024);
}

/* Until what was given back before counts no more as what is wanted again at once. */
static void stand_alone(void) { nanosleep(&(struct timespec){ 0, 2 * WARM_POOL_WINDOW_NS + 100000000 }, NULL); }

/* The pointers live in a mapping of libc's, touched before anything is measured. */
enum { MOST = 1 << 20 };
static void **block;
static long count;

static long burst(size_t least, size_t most, long bytes) {
  uint64_t r = 11;
  long got = 0;
  for (count = 0; count < MOST && got < bytes; count++) {
    size_t n = least + test_random(&r) % (most - least + 1);
    block[count] = hak_malloc(n);
    if (block[count] == NULL) test_die("no memory");
    memset(block[count], 1, n);
    got += (long)n;
  }
  return got;
}
static void free_burst(void) {
  for (long i = 0; i < count; i++) hak_free(block[i]);
  count = 0;
}

static int prepare(void **state) {
  (void)state;
  block = calloc(MOST, sizeof *block);
  memset(block, 1, MOST * sizeof *block);
  hak_free(hak_malloc(1));
  return 0;
}

static void test_after_burst(void **state) {
  (void)state;
  long before = resident();
  burst(64, 64, 40 * MB);
  long full = resident() - before;
  if (full < 40 * MB) fail_msg("the burst itself shows only %ld KB: nothing is measured", full / 1024);
  free_burst();
  assert_resident("after a burst of one class", before, MB + MB / 2);
  stand_alone();
  burst(1, 1024, 60 * MB);
  free_burst();
  assert_resident("after a burst of all tiny classes", before, TINY_BOUND);
  stand_alone();
  burst(1025, 65536, 80 * MB);
  free_burst();
  assert_resident("after a burst of all mid-size classes as well", before, ALL_BOUND);
  hak_malloc_trim(0);
  assert_resident("after a burst and malloc_trim", before, MB);
}

/* Bursts at short notice may keep what they need again, for a while. */
static void test_bursts(void **state) {
  (void)state;
  long before = resident();
  for (int i = 0; i < 4; i++) {
    burst(64, 64, 40 * MB);
    free_burst();
  }
  if (resident() - before < 20 * MB)
    fail_msg("only %ld KB stay between bursts: nothing is measured", (resident() - before) / 1024);
  for (int i = 0; i < 3; i++) {
    stand_alone();
    burst(64, 64, MB); /* some slow paths */
    free_burst();
  }
  assert_resident("some time after bursts", before, MB + MB / 2);
  hak_malloc_trim(0);
}

/* The live part of a burst stays, the rest goes, when what lives was allocated together. */
static void test_part_of_a_burst(void **state) {
  (void)state;
  long before = resident();
  burst(100, 100, 64 * MB);
  for (long i = 0; i < count; i++)
    if (i >= count / 16) hak_free(block[i]);
  count /= 16;
  assert_resident("a sixteenth of 64 MB alive", before, 4 * MB + 2 * MB + 2 * MB);
  free_burst();
  hak_malloc_trim(0);
}

static sem_t done, leave;

static void *burst_and_sleep(void *unused) {
  burst(16, 1024, 40 * MB);
  free_burst();
  stand_alone();
  burst(2000, 40000, 40 * MB);
  free_burst();
  sem_post(&done);
  sem_wait(&leave);
  return NULL;
}

static void test_idle_thread(void **state) {
  (void)state;
  pthread_t thread;
  long before = resident();
  sem_init(&done, 0, 0);
  sem_init(&leave, 0, 0);
  assert_int_equal(pthread_create(&thread, NULL, burst_and_sleep, NULL), 0);
  sem_wait(&done);
  assert_resident("a thread that sleeps after a burst", before, ALL_BOUND);
  sem_post(&leave);
  pthread_join(thread, NULL);
  assert_resident("the same thread at its end", before, ALL_BOUND - 2 * MB);
  hak_malloc_trim(0);
}

static void *small_life(void *unused) {
  void *p[2000];
  for (int round = 0; round < 3; round++) {
    for (int i = 0; i < 2000; i++) memset(p[i] = hak_malloc(16 + (size_t)i), 1, 16 + (size_t)i);
    for (int i = 0; i < 2000; i++) hak_free(p[i]);
  }
  return NULL;
}

static void test_dead_threads(void **state) {
  (void)state;
  long before = resident(), after_few = 0;
  for (int i = 0; i < 200; i++) {
    pthread_t thread;
    assert_int_equal(pthread_create(&thread, NULL, small_life, NULL), 0);
    pthread_join(thread, NULL);
    if (i == 9) after_few = resident();
  }
  assert_resident("200 threads that ended", before, 8 * MB);
  /* libc keeps stacks of its own: what counts is that it does not grow with their number */
  assert_resident("190 threads more than 10", after_few, 2 * MB);
  hak_malloc_trim(0);
}

/* One makes, the other frees; never more than a few thousand blocks are in use. */
enum { RING = 4096, PASSED = 1000000 };
static _Atomic(void *) ring[RING];
static _Atomic long worst;

static void *consumer(void *base) {
  for (long i = 0; i < PASSED; i++) {
    void *p;
    while ((p = atomic_exchange(&ring[i % RING], NULL)) == NULL) sched_yield();
    hak_free(p);
    if (i % (PASSED / 8) == PASSED / 8 - 1) {
      long now = resident() - (long)(intptr_t)base;
      if (now > atomic_load(&worst)) atomic_store(&worst, now);
    }
  }
  return NULL;
}

static void test_one_way(void **state) {
  (void)state;
  uint64_t r = 4;
  pthread_t thread;
  long before = resident();
  assert_int_equal(pthread_create(&thread, NULL, consumer, (void *)(intptr_t)before), 0);
  for (long i = 0; i < PASSED; i++) {
    while (atomic_load(&ring[i % RING]) != NULL) sched_yield();
    size_t n = 16 + test_random(&r) % 500;
    void *p = hak_malloc(n);
    if (p == NULL) test_die("no memory");
    memset(p, 1, n);
    atomic_store(&ring[i % RING], p);
  }
  pthread_join(thread, NULL);
  print_message("producer to consumer: %ld KB at most\n", atomic_load(&worst) / 1024);
  /* the ring itself holds 1 MB; of 265 MB that passed */
  assert_true(atomic_load(&worst) < 8 * MB);
  assert_resident("producer to consumer, at the end", before, 8 * MB);
  hak_malloc_trim(0);
}

static void *make_and_sleep(void *unused) {
  burst(50, 900, 64 * MB);
  sem_post(&done);
  sem_wait(&leave);
  return NULL;
}

static void test_sleeping_owner(void **state) {
  (void)state;
  pthread_t thread;
  long before = resident();
  assert_int_equal(pthread_create(&thread, NULL, make_and_sleep, NULL), 0);
  sem_wait(&done);
  free_burst(); /* by this thread, while the owner sleeps */
  assert_resident("blocks of a sleeping owner, freed by another", before, ALL_BOUND);
  hak_malloc_trim(0);
  assert_resident("the same after malloc_trim", before, 6 * MB);
  sem_post(&leave);
  pthread_join(thread, NULL);
  hak_malloc_trim(0);
}

static void large_burst(void) {
  void *p[24];
  for (int i = 0; i < 24; i++) memset(p[i] = hak_malloc((size_t)(i + 1) * 400000), 1, (size_t)(i + 1) * 400000);
  for (int i = 0; i < 24; i++) hak_free(p[i]);
}

static void test_large(void **state) {
  (void)state;
  long before = resident();
  large_burst();
  assert_resident("after 115 MB of large blocks", before, 2 * MB);
  for (int i = 0; i < 6; i++) large_burst(); /* at short notice: they may keep what they need again, for a while */
  if (resident() - before < 60 * MB)
    fail_msg("only %ld KB stay between bursts: nothing is measured", (resident() - before) / 1024);
  nanosleep(&(struct timespec){ 1, 200000000 }, NULL);
  burst(64, 64, MB); /* some slow paths */
  free_burst();
  assert_resident("some time after bursts of large blocks", before, 4 * MB);
  hak_malloc_trim(0);
  assert_resident("large blocks after malloc_trim", before, MB);
  char *p = hak_malloc(64 * MB);
  memset(p, 1, 64 * MB);
  p = hak_realloc(p, MB);
  assert_resident("64 MB shrunk to 1 MB", before, 3 * MB);
  hak_free(p);
  hak_malloc_trim(0);
}

/* Where more comes and goes than what stays, all of it is kept once it came back: further rounds touch
 * no page anew. Blocks are written to in one page each, so that there is memory enough anywhere. */
enum { STAYING = 20, PASSING = 32, LARGE = 10 << 20, ROUNDS = 10 };
static long faults(void) {
  struct rusage r;
  return getrusage(RUSAGE_SELF, &r) == 0 ? r.ru_minflt : 0;
}
static void large_round(void) {
  char *p[PASSING];
  for (int i = 0; i < PASSING; i++) (p[i] = hak_malloc(LARGE))[0] = 1;
  for (int i = 0; i < PASSING; i++) hak_free(p[i]);
}

static void test_large_comes_back(void **state) {
  enum { ATTEMPTS = 20 }; /* a stop of a second in between, and all is forgotten: that is no fault */
  (void)state;
  char *staying[STAYING];
  for (int i = 0; i < STAYING; i++) (staying[i] = hak_malloc(LARGE))[0] = 1;
  long least = LONG_MAX;
  for (int i = 0; i < ATTEMPTS && least >= ROUNDS; i++) {
    long before = faults();
    for (int k = 0; k < ROUNDS; k++) large_round();
    long more = faults() - before;
    if (more < least) least = more;
  }
  print_message("%d rounds of %d large blocks: %ld faults at least\n", ROUNDS, PASSING, least);
  for (int i = 0; i < STAYING; i++) hak_free(staying[i]);
  hak_malloc_trim(0);
  assert_true(least < ROUNDS);
}

/* What is kept, but too short for the next block, is made longer: its pages are there already. */
static void test_large_made_longer(void **state) {
  (void)state;
  hak_malloc_trim(0);
  char *held = hak_malloc(64 * MB), *p = NULL; /* so that as much may be kept */
  for (int i = 0; i < 2; i++) {                /* the first one that is freed is not kept */
    p = hak_malloc(MB);
    memset(p, 1, MB);
    hak_free(p);
  }
  p = hak_malloc(MB + MB / 2);
  long before = faults();
  memset(p, 2, MB);
  long more = faults() - before;
  print_message("a block half as long again as the one before it: %ld faults in that part\n", more);
  hak_free(p);
  hak_free(held);
  hak_malloc_trim(0);
  assert_true(more < 64); /* of 256 pages */
}

/* Zeroed blocks of which little is written do not become resident by being zeroed again. */
static void test_large_sparse(void **state) {
  (void)state;
  enum { SPARSE = 128, BYTES = 100000, LIVES = 4 };
  hak_malloc_trim(0);
  long before = resident();
  for (int life = 0; life < LIVES; life++)
    for (int i = 0; i < SPARSE; i++) {
      if (life > 0 && i % 2 == 0) continue; /* half of them stay, so that as much may be kept */
      if (life > 0) hak_free(block[i]);
      char *p = block[i] = hak_calloc(1, BYTES);
      for (int k = 0; k < BYTES; k++)
        if (p[k] != 0) fail_msg("byte %d is not zero", k);
      p[0] = p[BYTES - 1] = 1;
    }
  /* of 25 pages a block two or three are written: those that others wrote before are zeroed */
  assert_resident("128 sparse blocks of 25 pages, half of them in their fourth life", before, 3 * MB);
  for (int i = 0; i < SPARSE; i++) hak_free(block[i]);
  hak_malloc_trim(0);
}

int main(void) {
  const struct CMUnitTest tests[] = {
    cmocka_unit_test(test_after_burst),      cmocka_unit_test(test_bursts),
    cmocka_unit_test(test_part_of_a_burst),  cmocka_unit_test(test_idle_thread),
    cmocka_unit_test(test_dead_threads),     cmocka_unit_test(test_one_way),
    cmocka_unit_test(test_sleeping_owner),   cmocka_unit_test(test_large),
    cmocka_unit_test(test_large_comes_back), cmocka_unit_test(test_large_made_longer),
    cmocka_unit_test(test_large_sparse),
  };
  return cmocka_run_group_tests(tests, prepare, NULL);
}
