/* SPDX-License-Identifier: GPL-3.0-or-later */
/* test_run_delay.c: how long a thread waited for a CPU, by what must hold of it whatever the machine does: it is the
 * thread's own that opened it, it stands still while that thread sleeps, with the time on a CPU it is no more than the
 * time that went by, it grows where two threads want one CPU, and a round with too much of it is hit. */
#include "tests/unit.h"

#include <pthread.h>
#include <sched.h>
#include <semaphore.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "harness/data/pairs.h"
#include "harness/runner/run_delay.h"
#include "tests/test_skip.h"

static uint64_t now_ns(clockid_t clock) {
  struct timespec t;
  assert_true(clock_gettime(clock, &t) == 0);
  return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

static void burn(uint64_t ns) {
  uint64_t end = now_ns(CLOCK_THREAD_CPUTIME_ID) + ns;
  while (now_ns(CLOCK_THREAD_CPUTIME_ID) < end) {
  }
}

static bool told(void) {
  int fd = run_delay_open();
  bool yes = run_delay_read(fd) != ROUND_NOT_MEASURED;
  if (fd >= 0) close(fd);
  return yes;
}

static void not_told(void **state) {
  (void)state;
  char name[] = "/tmp/hakmem-delay.XXXXXX";
  int fd = mkstemp(name);
  assert_true(fd >= 0 && unlink(name) == 0);
  assert_true(run_delay_read(-1) == ROUND_NOT_MEASURED);
  assert_true(run_delay_read(fd) == ROUND_NOT_MEASURED); /* nothing in it */
  static const struct {
    const char *text;
    uint64_t waited;
  } lines[] = {
    { "12 345 6\n", 345 }, { "12 345\n", 345 }, { "12\n", ROUND_NOT_MEASURED }, { "a few\n", ROUND_NOT_MEASURED }
  };
  for (size_t i = 0; i < sizeof lines / sizeof *lines; i++) {
    size_t n = strlen(lines[i].text);
    assert_true(ftruncate(fd, 0) == 0 && pwrite(fd, lines[i].text, n, 0) == (ssize_t)n);
    assert_true(run_delay_read(fd) == lines[i].waited);
  }
  close(fd);
}

struct sleeper {
  sem_t opened, go_on;
  int fd;
};

static void *sleeps(void *context) {
  struct sleeper *s = context;
  s->fd = run_delay_open();
  sem_post(&s->opened);
  sem_wait(&s->go_on);
  return NULL;
}

/* Read by another thread it is still that of the thread that opened it, which sleeps. */
static void of_its_thread(void **state) {
  (void)state;
  struct sleeper s;
  pthread_t thread;
  assert_true(sem_init(&s.opened, 0, 0) == 0 && sem_init(&s.go_on, 0, 0) == 0);
  assert_true(pthread_create(&thread, NULL, sleeps, &s) == 0);
  sem_wait(&s.opened);
  uint64_t before = run_delay_read(s.fd), again = before;
  /* it may be on its way into sem_wait still: two readings apart that are equal are of one that sleeps */
  do {
    before = again;
    burn(5000000);
    again = run_delay_read(s.fd);
  } while (again != before);
  int mine = run_delay_open();
  for (int i = 0; i < 20; i++) {
    burn(2000000);
    assert_true(run_delay_read(s.fd) == before);
    assert_true(run_delay_read(mine) != ROUND_NOT_MEASURED);
  }
  sem_post(&s.go_on);
  pthread_join(thread, NULL);
  close(mine);
  close(s.fd);
}

static volatile bool stop;
static void *hogs(void *context) {
  (void)context;
  while (!stop) {
  }
  return NULL;
}

/* Two threads on one CPU: who works meanwhile waits, and no longer than the time that it was not working. */
static void beside_another(void **state) {
  (void)state;
  cpu_set_t all, one;
  pthread_t hog;
  assert_true(sched_getaffinity(0, sizeof all, &all) == 0);
  CPU_ZERO(&one);
  for (int cpu = 0; cpu < CPU_SETSIZE && CPU_COUNT(&one) == 0; cpu++)
    if (CPU_ISSET(cpu, &all)) CPU_SET(cpu, &one);
  assert_true(sched_setaffinity(0, sizeof one, &one) == 0); /* the hog's too */
  assert_true(pthread_create(&hog, NULL, hogs, NULL) == 0);
  int fd = run_delay_open();
  uint64_t wall = now_ns(CLOCK_MONOTONIC), cpu = now_ns(CLOCK_THREAD_CPUTIME_ID), waited = run_delay_read(fd);
  burn(300000000);
  waited = run_delay_read(fd) - waited;
  cpu = now_ns(CLOCK_THREAD_CPUTIME_ID) - cpu;
  wall = now_ns(CLOCK_MONOTONIC) - wall;
  stop = true;
  pthread_join(hog, NULL);
  sched_setaffinity(0, sizeof all, &all);
  close(fd);
  printf("worked %.0f ms, waited %.0f ms, %.0f ms went by\n", (double)cpu / 1e6, (double)waited / 1e6,
         (double)wall / 1e6);
  assert_true(waited > 0);
  assert_true(waited + cpu <= wall + 10000000); /* clocks that are read one after the other */
}

static struct round a_round(uint64_t wall_ns, uint64_t wait_ns) {
  return (struct round){ .wall_ns = wall_ns, .ops = 100, .wait_ns = wait_ns, .done = 1 };
}

/* A fiftieth of a round may be waited; more of it is a hit, and more hits than the trim takes out a disturbed pair. */
static void rounds_hit(void **state) {
  (void)state;
  enum { ROUNDS = 10 };
  struct round round[ROUNDS];
  struct sample s[2];
  struct pairs p = { 0 };
  for (unsigned hits = 0; hits <= 3; hits++) {
    for (uint32_t side = 0; side < 2; side++) {
      for (unsigned i = 0; i < ROUNDS; i++)
        round[i] = a_round(100000, side && i < hits ? 2001 : i % 2 ? 2000 : ROUND_NOT_MEASURED);
      s[side] =
          (struct sample){ .pair = hits + 1, .side = side, .complete = true, .steal_ticks = -1, .ended_ns = 1000000 };
      samples_reduce(&s[side], round, ROUNDS);
    }
    assert_near(s[0].hit_share, 0, 0);
    assert_near(s[1].hit_share, hits / 10.0, 1e-12);
    assert_true(pairs_add(&p, &s[0], &s[1], true) == 0);
    assert_true(p.pair[hits].disturbed == (hits > 2));
    /* commands may wait for their own children */
    assert_true(pairs_add(&p, &s[0], &s[1], false) == 0);
    assert_false(p.pair[hits + 1].disturbed);
    p.count--;
  }
  assert_near(pairs_disturbed_pct(&p, PAIRS_BOTH), 25, 1e-9);
  pairs_free(&p);
}

int main(void) {
  const struct CMUnitTest anywhere[] = {
    cmocka_unit_test(not_told),
    cmocka_unit_test(rounds_hit),
  };
  const struct CMUnitTest tests[] = {
    cmocka_unit_test(of_its_thread),
    cmocka_unit_test(beside_another),
  };
  if (cmocka_run_group_tests(anywhere, NULL, NULL) != 0) return 1;
  if (!told()) test_skip("schedstat", "this kernel does not tell how long a thread waited for a CPU");
  return cmocka_run_group_tests(tests, NULL, NULL) != 0;
}
