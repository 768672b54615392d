/* SPDX-License-Identifier: GPL-3.0-or-later */
/* test_pilot.c: how many steps a round has is found whatever a step takes, and beside other work: rounds that wait a
 * hundred times as long as they work do not make it a hundredth. By simulation, without any timing. */
#include "tests/unit.h"
#include "tests/unit_random.h"

#include <gsl/gsl_randist.h>
#include <gsl/gsl_rng.h>

#include "harness/ab/pilot.h"
#include "harness/data/samples.h"

struct neighbours {
  double between_ns; /* of work, until another process takes a CPU for some ms; 0: never */
  double meet;       /* share of rounds whose threads have their CPUs at the same time */
};

/* The fastest of the rounds of one process that waited for no CPU: each has 2 us of its own beside its steps. */
static double fastest(gsl_rng *rng, double step_ns, uint64_t ops, struct neighbours n) {
  struct round round[PILOT_ROUNDS];
  struct sample s = { .pair = 1 };
  for (int i = 0; i < PILOT_ROUNDS; i++) {
    double ns = (2000 + step_ns * (double)ops) * (1 + 0.02 * gsl_rng_uniform(rng));
    double hits = n.between_ns > 0 ? gsl_ran_poisson(rng, ns / n.between_ns) : 0;
    hits += gsl_rng_uniform(rng) >= n.meet;
    double wait = hits * gsl_ran_flat(rng, 1e6, 2e7);
    round[i] =
        (struct round){ .wall_ns = (uint64_t)(ns + wait), .wait_ns = (uint64_t)(1.5 * wait), .ops = ops, .done = 1 };
  }
  samples_reduce(&s, round, PILOT_ROUNDS);
  return s.fastest_ns;
}

static uint64_t run(gsl_rng *rng, double step_ns, struct neighbours n, unsigned *processes) {
  struct pilot p;
  pilot_start(&p);
  while (pilot_next(&p, fastest(rng, step_ns, p.ops, n))) assert_true(p.processes < PILOTS_MAX);
  *processes = p.processes;
  return p.ops;
}

static void alone(void **state) {
  static const double steps[] = { 0.3, 2, 9, 20, 300, 20000, 1e6 };
  for (size_t i = 0; i < sizeof steps / sizeof *steps; i++) {
    unsigned processes;
    double want = fmax(PILOT_ROUND_NS / steps[i], 1);
    double got = (double)run(*state, steps[i], (struct neighbours){ 0, 1 }, &processes);
    assert_true(got >= 0.9 * want - 1 && got <= want + 1);
    assert_true(processes <= PILOTS_MIN + 1);
  }
}

/* Up to a hit in 50 us, three a round, so that hardly a round of full length is spared; and threads that have their
 * CPUs together in one round of twenty. */
static void beside_other_work(void **state) {
  enum { RUNS = 1000 };
  static const struct neighbours kinds[] = { { 1e6, 1 }, { 2e5, 1 }, { 5e4, 1 }, { 1e6, 0.3 }, { 1e6, 0.05 } };
  for (size_t k = 0; k < sizeof kinds / sizeof *kinds; k++) {
    unsigned shorter = 0, longer = 0, processes;
    for (int i = 0; i < RUNS; i++) {
      double round_ns = 20 * (double)run(*state, 20, kinds[k], &processes);
      shorter += round_ns < PILOT_ROUND_NS / 2;
      longer += round_ns > PILOT_ROUND_NS * 1.01;
    }
    printf("hit once in %.0f us, together in %.0f%%: shorter than half %u of %d\n", kinds[k].between_ns / 1000,
           100 * kinds[k].meet, shorter, RUNS);
    assert_true(longer == 0 && shorter <= RUNS / 50);
  }
}

/* What nothing is known of has the steps of a microsecond each, and ends. */
static void not_measured(void **state) {
  (void)state;
  struct pilot p;
  pilot_start(&p);
  while (pilot_next(&p, NAN)) assert_true(p.processes < PILOTS_MAX);
  assert_true(p.processes == PILOTS_MAX && (double)p.ops == PILOT_ROUND_NS / 1000);
  pilot_start(&p);
  while (pilot_next(&p, 1e-9)) assert_true(p.processes < PILOTS_MAX);
  assert_true(p.ops == 10000000);
}

static int seed(void **state) { return unit_random(state, gsl_rng_taus2, 20261129); }

int main(void) {
  const struct CMUnitTest tests[] = {
    cmocka_unit_test(alone),
    cmocka_unit_test(beside_other_work),
    cmocka_unit_test(not_measured),
  };
  return cmocka_run_group_tests(tests, seed, unit_random_end) != 0;
}
