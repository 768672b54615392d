/* SPDX-License-Identifier: GPL-3.0-or-later */
/* test_other_rules.c: other tools' rules against known answers and by simulation, the line of a campaign, and
 * that a core which nobody looked at is unknown. */
#include "tests/unit.h"
#include "tests/unit_random.h"

#include <gsl/gsl_randist.h>
#include <gsl/gsl_rng.h>
#include <stdio.h>
#include <string.h>

#include "harness/data/other_rules.h"
#include "harness/data/pairs.h"
#include "harness/data/trust_line.h"

enum { N = OTHER_RUNS };

static void known_answers(void **state) {
  (void)state;
  double x[N], y[N], mixed[2][N];
  for (size_t i = 0; i < N; i++) {
    x[i] = (double)i;
    y[i] = (double)(i + N);
    mixed[0][i] = (double)(2 * i);
    mixed[1][i] = (double)(2 * i + 1);
  }
  /* one of C(20, 10) = 184756 orders, and its mirror image */
  assert_near(other_rules_rank(x, y, N), 2.0 / 184756, 1e-12);
  assert_near(other_rules_rank(y, x, N), 2.0 / 184756, 1e-12);
  assert_near(other_rules_rank(x, x, N), 1, 0.05);
  /* U = 45 of 100: far from any quantile */
  assert_near(other_rules_rank(mixed[0], mixed[1], N), 0.7394, 5e-4);
  /* both have a variance of 55/6, means are 10 apart: t = 7.385 with 18 degrees of freedom */
  assert_near(other_rules_welch(x, y, N), 7.54e-7, 1e-8);
  assert_near(other_rules_welch(x, x, N), 1, 1e-12);
}

/* As often as they say on independent runs; a step in the middle of the time is a difference to those who
 * measure in order, and none to those who interleave. */
static void levels(void **state) {
  gsl_rng *rng = *state;
  enum { RUNS = 2000, PROCESSES = 100 };
  static struct other_process side[2][PROCESSES];
  int welch = 0, rank = 0, tango = 0, step[2] = { 0, 0 };
  for (int run = 0; run < RUNS; run++) {
    struct other_ten ten, in_order;
    struct other_pairs pairs;
    for (size_t i = 0; i < PROCESSES; i++)
      for (int s = 0; s < 2; s++) side[s][i] = (struct other_process){ 1000 * (10 + gsl_ran_gaussian(rng, 0.1)), 1000 };
    assert_true(other_rules_ten(side[0], side[1], PROCESSES, false, &ten));
    assert_true(other_rules_pairs(side[0], side[1], PROCESSES, &pairs));
    welch += ten.welch_p < 0.05;
    rank += ten.rank_p < 0.05;
    tango += fabs(pairs.z) >= 2.6;
    assert_true(fabs(ten.mean_pct) < 1 && fabs(pairs.mean_pct - ten.mean_pct) < 0.5);
    for (size_t i = PROCESSES / 2; i < PROCESSES; i++)
      for (int s = 0; s < 2; s++) side[s][i].ns *= 1.05;
    assert_true(other_rules_ten(side[0], side[1], PROCESSES, true, &in_order));
    assert_true(other_rules_ten(side[0], side[1], PROCESSES, false, &ten));
    step[0] += in_order.welch_p < 0.05 && in_order.mean_pct > 4;
    step[1] += ten.welch_p < 0.05;
  }
  printf("of %d: welch %d, rank %d, tango %d; a step: in order %d, interleaved %d\n", RUNS, welch, rank, tango, step[0],
         step[1]);
  assert_true(welch > 60 && welch < 140 && rank > 50 && rank < 130); /* 100 and 87 expected, SD 10 */
  assert_true(tango < 45);                                           /* 19 expected */
  assert_true(step[0] == RUNS && step[1] < 140);
  struct other_ten none;
  assert_false(other_rules_ten(side[0], side[1], 12, true, &none));
  assert_true(isnan(none.welch_p));
}

static void line(void **state) {
  (void)state;
  char head[COLUMNS_LINE_MAX], text[COLUMNS_LINE_MAX];
  struct trust_line out = { .engine = TRUST_ENGINE,
                            .workload = TRUST_COMMAND,
                            .kind = TRUST_LOCK_1,
                            .gain = 0.25,
                            .low = NAN,
                            .core = PAIRS_CORE_NONE,
                            .verdict = VERDICT_DEPENDS,
                            .machine = "a, b" },
                    in;
  out.end[CORE_END_SHARED] = (struct trust_end){ 41, 1.5, 0.1, 7, 1.25, 1.75, VERDICT_GO };
  out.end[CORE_END_ALONE].verdict = VERDICT_NONE;
  struct columns_reader reader;
  struct error err = { 0 };
  FILE *f = tmpfile();
  assert_non_null(f);
  size_t n = columns_header(&trust_columns, head);
  assert_true(n < COLUMNS_LINE_MAX - 100 && fwrite(head, 1, n, f) == n);
  n = columns_line(&trust_columns, &out, text);
  assert_true(fwrite(text, 1, n, f) == n);
  rewind(f);
  assert_true(columns_start(&reader, &trust_columns, f, "f", &err) == 0 && columns_next(&reader, &in, &err) == 1);
  assert_true(in.workload == out.workload && in.kind == out.kind && in.core == out.core && isnan(in.low));
  assert_true(in.verdict == VERDICT_DEPENDS && in.end[CORE_END_ALONE].verdict == VERDICT_NONE);
  assert_true(in.end[CORE_END_SHARED].pairs == 41 && in.end[CORE_END_SHARED].high == 1.75);
  assert_string_equal(in.machine, "a, b");
  fclose(f);
}

/* Whatever the machine's width is: of pairs that nobody probed nothing is known. */
static void not_probed(void **state) {
  (void)state;
  struct pairs p = { 0 };
  for (int probed = 0; probed < 2; probed++) {
    struct core_end end[CORE_ENDS];
    for (uint64_t i = 1; i <= 100; i++) {
      struct sample s[2];
      for (uint32_t side = 0; side < 2; side++)
        s[side] = (struct sample){ .pair = 100 * (uint64_t)probed + i,
                                   .side = side,
                                   .complete = true,
                                   .log_ns = 1,
                                   .log_mean_ns = 1,
                                   .steal_ticks = -1,
                                   .ended_ns = 1,
                                   .width = probed ? 0.7 : 0,
                                   .width_mid = probed ? 0.7 : 0,
                                   .narrowest = probed ? 0.7 : 0 };
      assert_true(pairs_add(&p, &s[0], &s[1], true) == 0);
    }
    pairs_find_alone(&p, 0.7);
    assert_true((p.width_alone > 0) == (probed == 1));
    assert_true(isnan(pairs_alone_pct(&p)) == (probed == 0));
    assert_true(core_model_fit(&p, 0.05, end) == (probed == 1));
  }
  assert_string_equal(pairs_core_names[PAIRS_CORE_NONE], "unknown");
  pairs_free(&p);
}

static int seed(void **state) { return unit_random(state, gsl_rng_taus2, 20260112); }

int main(void) {
  const struct CMUnitTest tests[] = {
    cmocka_unit_test(known_answers),
    cmocka_unit_test(levels),
    cmocka_unit_test(line),
    cmocka_unit_test(not_probed),
  };
  return cmocka_run_group_tests(tests, seed, unit_random_end) != 0;
}
