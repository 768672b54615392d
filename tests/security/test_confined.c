/* SPDX-License-Identifier: GPL-3.0-or-later */
/* test_confined.c: readers that never end, sleep, grow, crash, or go on without the memory that they did not get. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "harness/core/confined.h"

enum { MEGA = 1 << 20 };

static int good(void *context, struct error *err) { return 0; }
static int refuses(void *context, struct error *err) {
  return error_raise(err, ERROR_USAGE, -ENOEXEC, "it is no file of that kind");
}
static int loops(void *context, struct error *err) {
  for (volatile unsigned n = 1; n != 0; n |= 1) continue;
  return 0;
}
static int sleeps(void *context, struct error *err) {
  while (pause() != 0) continue;
  return 0;
}
static int crashes(void *context, struct error *err) { abort(); }

/* Takes memory until it gets no more, and says nothing of it. */
static int grows(void *context, struct error *err) {
  for (int i = 0; i < 4096; i++) {
    char *p = malloc(MEGA);
    if (p == NULL) break;
    memset(p, 1, MEGA);
  }
  return 0;
}

static int attempt(int (*work)(void *, struct error *), unsigned seconds, struct error *err) {
  const struct confined_limits limits = { 64 * (uint64_t)MEGA, seconds };
  error_clear(err);
  return confined_try("FILE", work, NULL, &limits, err);
}

static void test_ends(void **state) {
  struct error e;
  assert_int_equal(attempt(good, 5, &e), 0);
  assert_int_equal(attempt(refuses, 5, &e), -ENOEXEC);
  assert_string_equal(e.text, "it is no file of that kind");
  assert_int_equal(e.kind, ERROR_USAGE);
  assert_int_equal(attempt(crashes, 5, &e), -EBADMSG);
  assert_non_null(strstr(e.text, "FILE is damaged: its reader ended by SIGABRT"));
}

static void test_time(void **state) {
  struct error e;
  assert_int_equal(attempt(loops, 1, &e), -ETIMEDOUT); /* by processor time */
  assert_non_null(strstr(e.text, "took more than 1 s"));
  assert_int_equal(attempt(sleeps, 0, &e), -ETIMEDOUT); /* by the clock: twenty times the limit */
}

static void test_memory(void **state) {
#if !defined __SANITIZE_ADDRESS__ && !defined __SANITIZE_THREAD__
  struct error e;
  struct rlimit before, now;
  assert_int_equal(attempt(grows, 5, &e), -ENOMEM);
  assert_non_null(strstr(e.text, "took more than 64 MB"));
  /* and in this process, for a while */
  const struct confined_limits limits = { 64 * (uint64_t)MEGA, 5 };
  struct confined_held held;
  getrlimit(RLIMIT_AS, &before);
  confined_hold(&held, &limits);
  void *p = malloc(128 * (size_t)MEGA);
  assert_null(p);
  confined_release(&held);
  getrlimit(RLIMIT_AS, &now);
  assert_true(now.rlim_cur == before.rlim_cur && now.rlim_max == before.rlim_max);
  p = malloc(128 * (size_t)MEGA);
  assert_non_null(p);
  free(p);
#endif
}

static void test_limits(void **state) {
  struct confined_limits l = confined_limits_for(0);
  assert_true(l.memory == 512 * (uint64_t)MEGA && l.seconds == 10);
  l = confined_limits_for(400 * (uint64_t)MEGA);
  assert_true(l.memory == (512 + 1600) * (uint64_t)MEGA && l.seconds == 110);
  l = confined_limits_for(UINT64_MAX); /* no sum wraps */
  assert_true(l.memory > (uint64_t)1 << 40 && l.seconds < 4000);
}

int main(void) {
  const struct CMUnitTest tests[] = { cmocka_unit_test(test_ends), cmocka_unit_test(test_time),
                                      cmocka_unit_test(test_memory), cmocka_unit_test(test_limits) };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
