/* SPDX-License-Identifier: GPL-3.0-or-later */
/* test_engine.c: the measured loop itself. A round of many threads covers what each thread did in it,
 * however late a thread got its CPU: eight threads share one CPU here, so that most of them are. */
#include <sched.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <unistd.h>

#include <cmocka.h>

#include "harness/core/bench_clock.h"
#include "harness/runner/engine.h"

enum { THREADS = 8, ROUNDS = 40, WARM = 2, OPS = 2000 };

/* What a thread saw of its own work, by its own clock. */
struct state {
  unsigned round;
  struct engine_span inner[WARM + ROUNDS];
};

static struct state *states[THREADS];

static uint64_t state_size(const struct workload_params *p) { return sizeof(struct state); }

static int init(void *memory, const struct workload_params *p, unsigned thread, void *const *all) {
  states[thread] = memory;
  return 0;
}

static void run(void *memory, uint64_t ops, struct workload_counts *counts) {
  struct state *s = memory;
  struct engine_span *inner = &s->inner[s->round++];
  inner->start_ns = bench_now_ns();
  for (volatile uint64_t i = 0; i < ops; i++) continue;
  inner->end_ns = bench_now_ns();
  counts->ops += ops;
}

static void finish(void *memory, struct workload_counts *counts) {}

static const struct workload busy = {
  .name = "busy", .min_threads = 1, .state_size = state_size, .init = init, .run = run, .finish = finish
};

static int first_cpu(void) {
  cpu_set_t set;
  if (sched_getaffinity(0, sizeof set, &set) != 0) return 0;
  for (int cpu = 0; cpu < CPU_SETSIZE; cpu++)
    if (CPU_ISSET((size_t)cpu, &set)) return cpu;
  return 0;
}

static void a_round_covers_its_threads(void **ignored) {
  int cpu = first_cpu();
  uint64_t busy_ns = 0, wall_ns = 0;
  const struct engine_spec spec = { .workload = &busy,
                                    .params = { .slots = 1, .ops = OPS, .seed = 1, .threads = THREADS },
                                    .rounds = ROUNDS,
                                    .warm_rounds = WARM,
                                    .warm_ops = OPS,
                                    .cpus = &cpu,
                                    .cpu_count = 1,
                                    .keep_spans = true,
                                    .finish = true };
  struct engine_result result;
  assert_null(engine_run(&spec, &result));
  assert_int_equal(result.threads, THREADS);
  assert_int_equal(result.timed.ops, THREADS * ROUNDS * OPS);
  assert_int_equal(result.total.ops, THREADS * (ROUNDS + WARM) * OPS);
  for (unsigned r = 0; r < ROUNDS; r++) {
    const struct round *round = &result.rounds[r];
    uint64_t first = UINT64_MAX, last = 0;
    assert_int_equal(round->done, 1);
    assert_int_equal(round->ops, THREADS * OPS);
    for (unsigned t = 0; t < THREADS; t++) {
      const struct engine_span *span = &result.spans[r * THREADS + t], *inner = &states[t]->inner[WARM + r];
      /* the thread's work lies within what the engine took of it */
      assert_true(span->start_ns <= inner->start_ns && inner->end_ns <= span->end_ns);
      if (span->start_ns < first) first = span->start_ns;
      if (span->end_ns > last) last = span->end_ns;
      busy_ns += inner->end_ns - inner->start_ns;
    }
    assert_int_equal(round->wall_ns, last - first);
    wall_ns += round->wall_ns;
    if (r > 0) /* the round before had ended for all when this one began for the first */
      for (unsigned t = 0; t < THREADS; t++) assert_true(result.spans[(r - 1) * THREADS + t].end_ns <= first);
  }
  /* the process's own account: one CPU cannot have worked longer than the rounds lasted */
  assert_true(wall_ns <= result.ended_ns - result.ready_ns);
  assert_true(busy_ns > 0);
}

/* Stores into the rounds must touch no page that anything else is in. */
static void rounds_have_pages_of_their_own(void **ignored) {
  struct engine_result result;
  const struct engine_spec spec = {
    .workload = &busy, .params = { .slots = 1, .ops = 10, .seed = 1, .threads = 1 }, .rounds = ROUNDS, .probe = true
  };
  assert_null(engine_run(&spec, &result));
  assert_int_equal((uintptr_t)result.rounds % (uintptr_t)sysconf(_SC_PAGESIZE), 0);
  uint64_t faults = 0;
  for (unsigned r = 0; r < ROUNDS; r++) faults += result.rounds[r].minor_faults;
  assert_true(faults < ROUNDS);
}

static void bounds(void **ignored) {
  struct engine_spec spec = { .workload = &busy,
                              .params = { .slots = 1, .ops = 10, .seed = 1, .threads = 1 },
                              .rounds = 1 };
  assert_null(engine_check(&spec));
  spec.rounds = 0;
  assert_non_null(engine_check(&spec));
  spec.rounds = 1;
  spec.params.threads = ENGINE_THREADS_MAX + 1;
  assert_non_null(engine_check(&spec));
  spec.params.threads = 0;
  assert_non_null(engine_check(&spec));
  spec.params.threads = 1;
  spec.event_count = ROUND_EVENTS_MAX + 1;
  assert_non_null(engine_check(&spec));
}

int main(void) {
  const struct CMUnitTest tests[] = { cmocka_unit_test(bounds), cmocka_unit_test(a_round_covers_its_threads),
                                      cmocka_unit_test(rounds_have_pages_of_their_own) };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
