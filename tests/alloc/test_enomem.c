/* SPDX-License-Identifier: GPL-3.0-or-later */
/* test_enomem.c: the kernel refuses memory, at each request of the OS box in turn: the call that
 * asked gives NULL with ENOMEM or gets by without, every block keeps its bytes, the next call
 * works, and in the end nothing is lost. Each refusal in a process of its own, since the first
 * requests come once in a process's life. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <pthread.h>
#include <stdbool.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/wait.h>

#include "alloc_test.h"
#include "hakmem.h"
#include "os/os_memory.h"

struct report {
  long refused, null_results, table_pages;
};
/* Shared with the child that runs the scenario. */
static struct report *report;
/* Every call of the API meets nothing but refusals. */
static bool refuse_always;

static void arm(void) {
  if (refuse_always) ss_os_fail_countdown = SS_OS_FAIL_ALL;
}

/* Looks at a result: NULL must come with ENOMEM, and then the same call works. */
#define TRY(place, call)                                                           \
 do {                                                                              \
  arm();                                                                           \
  errno = 0;                                                                       \
  (place) = (call);                                                                \
  if ((place) == NULL) {                                                           \
   report->null_results++;                                                         \
   if (errno != ENOMEM) test_die("%s: NULL with errno %d", #call, errno);          \
   ss_os_fail_countdown = 0;                                                       \
   (place) = (call);                                                               \
   if ((place) == NULL) test_die("%s: fails again though memory is there", #call); \
  }                                                                                \
 } while (0)

enum { BLOCKS = 700 };
static void *block[BLOCKS];
static size_t bytes_of[BLOCKS];
static int blocks;

static void keep(void *p, size_t bytes) {
  test_fill(p, (uint64_t)blocks, bytes);
  bytes_of[blocks] = bytes;
  block[blocks++] = p;
}

static void check_all(const char *when) {
  for (int i = 0; i < blocks; i++)
    if (test_differs(block[i], (uint64_t)i, bytes_of[i]) != bytes_of[i])
      test_die("%s: block %d of %zu bytes changed", when, i, bytes_of[i]);
}

static void *in_thread(void *unused) {
  void *p;
  (void)unused;
  TRY(p, hak_malloc(100));
  keep(p, 100);
  TRY(p, hak_malloc(5000));
  keep(p, 5000);
  return NULL;
}

/* free must not need memory, whatever the kernel says */
static void free_all(void) {
  for (int i = 0; i < blocks; i++) {
    arm();
    hak_free(block[i]);
  }
  blocks = 0;
}

static void scenario(void) {
  static const size_t sizes[] = { 1, 16, 100, 1000, 1024, 1025, 5000, 30000, 65536, 65537, 200000 };
  void *p;
  for (int round = 0; round < 2; round++) {
    /* the second round finds what the first freed */
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
      TRY(p, hak_malloc(sizes[i]));
      keep(p, sizes[i]);
      TRY(p, hak_calloc(1, sizes[i]));
      for (size_t k = 0; k < sizes[i]; k++)
        if (((char *)p)[k] != 0) test_die("calloc of %zu bytes is not zero", sizes[i]);
      keep(p, sizes[i]);
      TRY(p, hak_memalign(8192, sizes[i]));
      keep(p, sizes[i]);
      TRY(p, hak_memalign((size_t)1 << 21, sizes[i]));
      keep(p, sizes[i]);
    }
    check_all("after allocating");
    /* a block that grows through every kind; where realloc fails the old one is whole */
    TRY(p, hak_malloc(10));
    size_t have = 10;
    test_fill(p, 99, have);
    for (size_t want = 30; want < (size_t)500000; want = want * 5 / 2) {
      arm();
      errno = 0;
      void *grown = hak_realloc(p, want);
      if (grown == NULL) {
        report->null_results++;
        if (errno != ENOMEM) test_die("realloc to %zu: NULL with errno %d", want, errno);
        if (test_differs(p, 99, have) != have) test_die("realloc to %zu failed and lost the block", want);
        ss_os_fail_countdown = 0;
        grown = hak_realloc(p, want);
        if (grown == NULL) test_die("realloc to %zu: fails again", want);
      }
      if (test_differs(grown, 99, have) != have) test_die("realloc to %zu lost contents", want);
      p = grown;
      test_fill(p, 99, have = want);
    }
    hak_free(p);
    pthread_t thread;
    if (pthread_create(&thread, NULL, in_thread, NULL) != 0) test_die("pthread_create");
    pthread_join(thread, NULL);
    /* more large blocks than the first table of mappings holds */
    for (int i = 0; i < 140 && round == 1; i++) {
      TRY(p, hak_malloc(70000));
      keep(p, i % 70 == 0 ? 70000 : 1);
    }
    check_all("before freeing");
    if (round == 0) free_all();
  }
  free_all();
  if (ss_os_fail_countdown == 0) report->refused = 1;
  ss_os_fail_countdown = 0;
  hak_malloc_trim(0);
  struct mallinfo2 info = hak_mallinfo2();
  if (info.arena != 0 || info.hblks != 0)
    test_die("all is freed, but %zu bytes of slabs and %zu mappings are out", info.arena, info.hblks);
  /* and mappings that nobody knows of any more would show in the address space */
  FILE *f = fopen("/proc/self/statm", "r");
  long resident;
  if (f == NULL || fscanf(f, "%ld %ld", &report->table_pages, &resident) != 2) test_die("/proc/self/statm");
  fclose(f);
}

/* The scenario in a child, with the n-th request refused (0: none). */
static struct report run_child(uint64_t n, void (*what)(void)) {
  memset(report, 0, sizeof *report);
  fflush(NULL);
  pid_t child = fork();
  assert_true(child >= 0);
  if (child == 0) {
    ss_os_fail_countdown = n;
    what();
    _exit(0);
  }
  int status;
  assert_int_equal(waitpid(child, &status, 0), child);
  if (!WIFEXITED(status) || WEXITSTATUS(status) != 0)
    fail_msg("with request %lu refused: wait status %#x", (unsigned long)n, status);
  return *report;
}

static void test_each_request(void **state) {
  (void)state;
  refuse_always = false;
  struct report none = run_child(0, scenario);
  assert_int_equal(none.null_results, 0);
  uint64_t n = 1;
  long null_results = 0;
  for (;; n++) {
    struct report r = run_child(n, scenario);
    if (!r.refused) break;
    null_results += r.null_results;
    /* one refusal costs no call: everything that can goes back, and then it is asked for again */
    if (r.null_results != 0) fail_msg("request %lu refused: a call gave NULL", (unsigned long)n);
    if (r.table_pages > none.table_pages + 64)
      fail_msg("request %lu refused: %ld pages lost", (unsigned long)n, r.table_pages - none.table_pages);
  }
  print_message("%lu requests refused in turn, %ld calls gave NULL\n", (unsigned long)n - 1, null_results);
  assert_true(n > 20);
}

static void test_every_call_refused(void **state) {
  (void)state;
  refuse_always = true;
  struct report r = run_child(0, scenario);
  assert_true(r.null_results > 50);
}

/* The arena itself is used up: small, by a limit on address space. */
static void exhaust(void) {
  enum { MOST = 20000 };
  static void *p[MOST];
  struct rlimit limit = { 500u << 20, 500u << 20 };
  if (setrlimit(RLIMIT_AS, &limit) != 0) test_die("setrlimit");
  for (int round = 0; round < 3; round++) {
    int n = 0;
    errno = 0;
    for (; n < MOST && (p[n] = hak_malloc(60000)) != NULL; n++) *(int *)p[n] = n;
    if (n == MOST || errno != ENOMEM) test_die("%d blocks of 60000 bytes below a limit of 500 MB, errno %d", n, errno);
    if (n < 1000) test_die("only %d blocks of 60000 bytes below a limit of 500 MB", n);
    report->null_results++;
    void *large = hak_malloc((size_t)1 << 30);
    if (large != NULL || errno != ENOMEM) test_die("1 GB below a limit of 500 MB, errno %d", errno);
    for (int i = 0; i < n; i++) {
      if (*(int *)p[i] != i) test_die("block %d changed", i);
      hak_free(p[i]);
    }
    /* everything is there again, for small blocks too */
    hak_malloc_trim(0);
    if (hak_mallinfo2().arena != 0) test_die("%zu bytes of slabs are out", hak_mallinfo2().arena);
    void *small = hak_malloc(40);
    if (small == NULL) test_die("nothing left after everything was freed");
    hak_free(small);
  }
  /* bursts of one length of run: what stays warm of them serves other lengths as well */
  for (int round = 0; round < 4; round++) {
    int n = 0;
    while (n < MOST && (p[n] = hak_malloc(60000)) != NULL) n++;
    while (n > 0) hak_free(p[--n]);
  }
  for (int i = 0; i < MOST; i++)
    if ((p[i] = hak_malloc(4000)) == NULL) test_die("only %d blocks of 4000 bytes where the whole arena was freed", i);
  for (int i = 0; i < MOST; i++) hak_free(p[i]);
}

static void test_arena_used_up(void **state) {
  (void)state;
  assert_int_equal(run_child(0, exhaust).null_results, 3);
}

int main(void) {
  report = mmap(NULL, sizeof *report, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  if (report == MAP_FAILED) return 99;
  const struct CMUnitTest tests[] = {
    cmocka_unit_test(test_each_request),
    cmocka_unit_test(test_every_call_refused),
    cmocka_unit_test(test_arena_used_up),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
