/* SPDX-License-Identifier: GPL-3.0-or-later */
/* test_pilot.c: how many steps a round has is found whatever a step takes, and beside other work: rounds that wait a
 * hundred times as long as they work do not make it a hundredth. By simulation, without any timing. */
#include "tests/unit.h"
#include "tests/unit_random.h"

#include <gsl/gsl_randist.h>
#include <gsl/gsl_rng.h>

#include "harness/ab/pilot.h"
#include "harness/data/samples.h"

/* The fastest of the rounds of one process: each has 2 us of its own, and is hit once in so many ns of work, by a
 * wait of some ms. */
static double fastest(gsl_rng *rng, double step_ns, uint64_t ops, double between_hits_ns) {
  struct round round[PILOT_ROUNDS];
  struct sample s = { .pair = 1 };
  for (int i = 0; i < PILOT_ROUNDS; i++) {
    double ns = 2000 + step_ns * (double)ops;
    double hits = between_hits_ns > 0 ? gsl_ran_poisson(rng, ns / between_hits_ns) : 0;
    round[i] = (struct round){ .wall_ns = (uint64_t)(ns * (1 + 0.02 * gsl_rng_uniform(rng)) +
                                                     hits * gsl_ran_flat(rng, 1e6, 2e7)),
                               .ops = ops,
                               .done = 1 };
  }
  samples_reduce(&s, round, PILOT_ROUNDS);
  return s.fastest_ns;
}

static uint64_t run(gsl_rng *rng, double step_ns, double between_hits_ns, unsigned *processes) {
  struct pilot p;
  pilot_start(&p);
  while (pilot_next(&p, fastest(rng, step_ns, p.ops, between_hits_ns))) assert_true(p.processes < PILOTS_MAX);
  *processes = p.processes;
  return p.ops;
}

static void alone(void **state) {
  static const double steps[] = { 0.3, 2, 9, 20, 300, 20000, 1e6 };
  for (size_t i = 0; i < sizeof steps / sizeof *steps; i++) {
    unsigned processes;
    double want = fmax(PILOT_ROUND_NS / steps[i], 1), got = (double)run(*state, steps[i], 0, &processes);
    assert_true(got >= 0.9 * want - 1 && got <= want + 1);
    assert_true(processes <= PILOTS_MIN + 1);
  }
}

/* Hit once in 50 us, three times a round: hardly a round of full length is spared. */
static void beside_other_work(void **state) {
  enum { RUNS = 1000 };
  static const double between[] = { 1e6, 2e5, 1e5, 5e4 };
  for (size_t b = 0; b < sizeof between / sizeof *between; b++) {
    unsigned shorter = 0, processes, longer = 0;
    for (int i = 0; i < RUNS; i++) {
      double round_ns = 20 * (double)run(*state, 20, between[b], &processes);
      shorter += round_ns < PILOT_ROUND_NS / 2;
      longer += round_ns > PILOT_ROUND_NS * 1.01;
    }
    printf("hit once in %.0f us: shorter than half %u of %d\n", between[b] / 1000, shorter, RUNS);
    assert_true(longer == 0 && shorter <= RUNS / 100);
  }
}

/* What nothing is known of has one step, and ends. */
static void not_measured(void **state) {
  (void)state;
  struct pilot p;
  pilot_start(&p);
  while (pilot_next(&p, NAN)) assert_true(p.processes < PILOTS_MAX);
  assert_true(p.ops == 1);
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
