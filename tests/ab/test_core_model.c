/* SPDX-License-Identifier: GPL-3.0-or-later */
/* test_core_model.c: fits by blocks, the gain as a function of the core's width, and what becomes of it:
 * campaigns of the same two files never contradict each other. By simulation, without any timing. */
#include "tests/unit.h"
#include "tests/unit_random.h"

#include <gsl/gsl_randist.h>
#include <gsl/gsl_rng.h>
#include <stdlib.h>
#include <string.h>

#include "harness/data/block_fit.h"
#include "harness/data/core_model.h"
#include "harness/data/verdict.h"
#include "harness/runner/core_probe.h"

static void known_answers(void **state) {
  (void)state;
  enum { N = 400 };
  static double x[N * 2], y[N];
  struct block_fit fit;
  for (size_t i = 0; i < N; i++) {
    x[2 * i] = 1;
    x[2 * i + 1] = (double)(i % 7);
    y[i] = 3 + 0.5 * (double)(i % 7) + (i % 2 ? 0.01 : -0.01);
  }
  y[17] = 100; /* one that is out of the world */
  for (int robust = 0; robust < 2; robust++) {
    assert_true(block_fit(x, y, N, 2, robust, &fit) == 0);
    assert_near(fit.value[0], 3, robust ? 0.01 : 1);
    assert_near(fit.value[1], 0.5, robust ? 0.01 : 1);
  }
  struct estimate e = block_fit_estimate(&fit, 1, 0.05);
  assert_true(e.low < 0.5 && e.high > 0.5 && e.level > 0.949 && fit.df[0] > 7 && fit.df[0] <= 9);
  assert_true(block_fit(x, y, 5, 2, true, &fit) < 0); /* too few */
  for (size_t i = 0; i < N; i++) x[2 * i + 1] = 2;
  assert_true(block_fit(x, y, N, 2, false, &fit) < 0); /* columns that are the same */
  assert_true(block_fit_blocks(3) == 3 && block_fit_blocks(100) == 8 && block_fit_blocks(800) == 20 &&
              block_fit_blocks(100000) == 60);
}

/* Values whose errors go in spells: the interval by blocks holds the truth as often as it says, the one for
 * independent values does not. */
static void spells(void **state) {
  gsl_rng *rng = *state;
  enum { N = 800, RUNS = 400 };
  static double x[N], one[N];
  int trimmed = 0, fitted = 0, independent = 0;
  for (size_t i = 0; i < N; i++) one[i] = 1;
  for (int run = 0; run < RUNS; run++) {
    double level = 0;
    struct block_fit fit;
    for (size_t i = 0; i < N; i++) {
      if (i % 25 == 0) level = gsl_ran_gaussian(rng, 0.5);
      x[i] = level + gsl_ran_gaussian(rng, 1);
    }
    struct estimate e = stats_trimmed_interval(x, N, STATS_TRIM, 0.05), b = block_fit_trimmed(x, N, STATS_TRIM, 0.05);
    independent += e.low <= 0 && e.high >= 0;
    trimmed += b.low <= 0 && b.high >= 0;
    assert_true(block_fit(one, x, N, 1, true, &fit) == 0);
    b = block_fit_estimate(&fit, 0, 0.05);
    fitted += b.low <= 0 && b.high >= 0;
  }
  printf("spells: independent %d, trimmed %d, fitted %d of %d hold the truth\n", independent, trimmed, fitted, RUNS);
  assert_true(independent < 310 && trimmed >= 359 && fitted >= 359); /* 374 over many seeds, SD 4.9 */
}

/* Whichever part of a probe is lengthened, and by however much, the quotient stays among those of the others. */
static void probe_parts(void **state) {
  (void)state;
  const uint64_t width[CORE_PROBE_PARTS] = { 1010, 1000, 1020 }, chain[CORE_PROBE_PARTS] = { 2000, 2004, 1996 };
  assert_near(core_probe_quotient(width, chain), 1010 / 2000.0, 1e-12);
  for (int part = 0; part < 2 * CORE_PROBE_PARTS; part++)
    for (uint64_t more = 50; more < UINT64_C(1) << 40; more *= 7) {
      uint64_t w[CORE_PROBE_PARTS], c[CORE_PROBE_PARTS];
      memcpy(w, width, sizeof w);
      memcpy(c, chain, sizeof c);
      *(part < CORE_PROBE_PARTS ? &w[part] : &c[part - CORE_PROBE_PARTS]) += more;
      double q = core_probe_quotient(w, c);
      assert_true(q >= 1000 / 2004.0 && q <= 1020 / 1996.0);
    }
  const uint64_t none[CORE_PROBE_PARTS] = { 0 };
  assert_near(core_probe_quotient(width, none), 0, 0);
}

enum widths { WANDER, JUMP, ALONE, SHARED, WITH_SIDE, WIDTHS };

struct truth {
  double alone, shared; /* percent, at 1 and at 1.7 times the width of the core alone */
};

/* One campaign of n pairs: time and effect depend on the width, processes have heavy tails, and each half
 * second has a level of its own. */
static void simulate(gsl_rng *rng, enum widths kind, struct truth t, size_t n, struct pairs *p) {
  double width = 1.5, level = 0;
  bool shared = kind != ALONE && gsl_rng_uniform(rng) < 0.5;
  memset(p, 0, sizeof *p);
  for (uint64_t i = 1; i <= n; i++) {
    struct sample s[2];
    if (i % 50 == 0) level = gsl_ran_gaussian(rng, 0.0008);
    if (kind == WANDER) {
      width += gsl_ran_gaussian(rng, 0.03);
      width = fmin(fmax(width, 1), 1.85);
    } else {
      if (kind != ALONE && kind != SHARED && gsl_rng_uniform(rng) < 0.006) shared = !shared;
      width = shared || kind == SHARED ? 1.7 + gsl_ran_gaussian(rng, 0.06) : 1;
    }
    bool control = i % 10 == 0;
    for (uint32_t side = 0; side < 2; side++) {
      /* narrower never than the core alone; the probe errs a little */
      double w = fmax(1, width + (width > 1.05 ? gsl_ran_gaussian(rng, 0.02) : 0));
      if (kind == WITH_SIDE && side && gsl_rng_uniform(rng) < 0.3) w = fmin(1.85, w + 0.35);
      double noise = gsl_ran_gaussian(rng, 0.01) + (gsl_rng_uniform(rng) < 0.08 ? gsl_ran_gaussian(rng, 0.08) : 0);
      double gain = t.alone + (t.shared - t.alone) * (w - 1) / 0.7;
      s[side] = (struct sample){ .pair = i,
                                 .side = side,
                                 .complete = true,
                                 .ended_ns = 10000000,
                                 .steal_ticks = -1,
                                 .elapsed_s = (double)i / 100,
                                 .kind = control ? SAMPLE_CONTROL : SAMPLE_TEST };
      s[side].log_ns = 2 + 0.23 * fmin(1, (w - 1) / 0.35) + noise + (side && !control ? log1p(gain / 100) + level : 0);
      s[side].log_mean_ns = s[side].log_ns;
      s[side].width_mid = 0.72 * w * (1 + fabs(gsl_ran_gaussian(rng, 0.004)));
      s[side].width = s[side].width_mid * 1.01;
      s[side].narrowest = s[side].width_mid * 0.999;
    }
    assert_true(pairs_add(p, &s[0], &s[1], true) == 0);
  }
  pairs_find_alone(p, 0.72);
}

static enum verdict decide(const struct pairs *p, struct core_end end[CORE_ENDS], enum pairs_core *core) {
  struct verdict_input in = { .control_pct = stats_none(), .margin_pct = 0.5, .elapsed_s = 8, .disturbed_pct = 0 };
  enum verdict each[CORE_ENDS];
  struct verdict_result v;
  assert_true(core_model_fit(p, 0.05, end));
  *core = verdict_decide_ends(&in, end, p->tests, each, &v);
  return v.verdict;
}

/* Both ends hold their truth, and no two verdicts of the same pair of files contradict each other. */
static void ends(void **state) {
  gsl_rng *rng = *state;
  enum { RUNS = 100, PAIRS = 800 };
  static const struct truth truths[] = { { 0, 0 }, { -0.2, 1.9 }, { 0.45, 0.75 } };
  for (size_t t = 0; t < sizeof truths / sizeof *truths; t++) {
    size_t seen[CORE_ENDS] = { 0 }, held[CORE_ENDS] = { 0 }, firm[CORE_ENDS][VERDICT_NONE] = { { 0 } }, depends = 0;
    for (enum widths kind = WANDER; kind < WIDTHS; kind++)
      for (int run = 0; run < RUNS; run++) {
        struct pairs p;
        struct core_end end[CORE_ENDS];
        enum pairs_core core;
        const double truth[CORE_ENDS] = { truths[t].alone, truths[t].shared };
        simulate(rng, kind, truths[t], PAIRS, &p);
        enum verdict v = decide(&p, end, &core);
        depends += v == VERDICT_DEPENDS;
        for (int k = 0; k < CORE_ENDS; k++) {
          if (!end[k].pairs) continue;
          /* the end that was seen may be between: its truth is that of its width */
          double here = truth[0] + (truth[1] - truth[0]) * (end[k].width - 1) / 0.7;
          seen[k]++;
          held[k] += end[k].gain.low <= here && here <= end[k].gain.high;
          bool said = core == PAIRS_BOTH || core == (k == CORE_END_ALONE ? PAIRS_ALONE : PAIRS_SHARED);
          if (said) firm[k][v]++;
        }
        if (kind == ALONE) assert_true(core == PAIRS_ALONE && !end[CORE_END_SHARED].pairs);
        if (kind == SHARED) assert_true(core == PAIRS_SHARED && !end[CORE_END_ALONE].pairs);
        pairs_free(&p);
      }
    printf("alone %+.2f%%, shared %+.2f%%:", truths[t].alone, truths[t].shared);
    for (int k = 0; k < CORE_ENDS; k++) {
      const size_t *f = firm[k];
      printf("  %s: %zu of %zu hold it, GO %zu NEUTRAL %zu NO-GO %zu;", k ? "shared" : "alone", held[k], seen[k],
             f[VERDICT_GO], f[VERDICT_NEUTRAL], f[VERDICT_NO_GO]);
      assert_true(seen[k] >= 200 && held[k] * 100 >= 92 * seen[k]); /* 95% expected, SD 1.3 */
      size_t sum = f[VERDICT_GO] + f[VERDICT_NEUTRAL] + f[VERDICT_NO_GO];
      size_t most = f[VERDICT_GO] > f[VERDICT_NEUTRAL] ? f[VERDICT_GO] : f[VERDICT_NEUTRAL];
      assert_true(sum == most); /* of 500 campaigns; of 10,000 with other seeds one, at the truth beside the margin */
    }
    printf("  DEPENDS %zu\n", depends);
    assert_true(t == 0 ? depends == 0 : t == 2 || depends > 50);
  }
}

static struct core_end an_end(double low, double high, size_t pairs) {
  struct core_end e = { .gain = { .value = (low + high) / 2, .low = low, .high = high, .n = pairs },
                        .mean = stats_none(),
                        .pairs = pairs,
                        .width = 1 };
  if (pairs == 0) e.gain = stats_none();
  return e;
}

static enum verdict of_ends(struct core_end alone, struct core_end shared, enum pairs_core *core, const char *words) {
  struct verdict_input in = { .control_pct = stats_none(), .margin_pct = 0.5, .elapsed_s = 8, .disturbed_pct = 0 };
  const struct core_end end[CORE_ENDS] = { alone, shared };
  enum verdict each[CORE_ENDS];
  struct verdict_result v;
  *core = verdict_decide_ends(&in, end, 1000, each, &v);
  if (!strstr(v.reason, words)) print_error("no '%s' in '%s'\n", words, v.reason);
  assert_non_null(strstr(v.reason, words));
  return v.verdict;
}

static void rule(void **state) {
  (void)state;
  enum pairs_core core;
  struct core_end none = an_end(0, 0, 0);
  assert_true(of_ends(an_end(-0.3, 0.1, 500), an_end(0.6, 0.9, 500), &core, "depends on the core") == VERDICT_DEPENDS);
  assert_true(of_ends(an_end(-0.3, 0.1, 500), an_end(-0.1, 0.3, 500), &core, "the same on") == VERDICT_NEUTRAL &&
              core == PAIRS_BOTH);
  assert_true(of_ends(an_end(-0.3, 0.1, 500), none, &core, "was not seen") == VERDICT_NEUTRAL && core == PAIRS_ALONE);
  assert_true(of_ends(none, an_end(0.6, 0.9, 500), &core, "ours alone was not seen") == VERDICT_GO &&
              core == PAIRS_SHARED);
  /* an end that was seen and is unresolved holds the other up, unless it was hardly seen */
  assert_true(of_ends(an_end(-0.3, 0.1, 800), an_end(0.3, 0.9, 200), &core, "both ends") == VERDICT_INCONCLUSIVE);
  assert_true(of_ends(an_end(-0.3, 0.1, 900), an_end(0.3, 0.9, 60), &core, "hardly seen") == VERDICT_NEUTRAL &&
              core == PAIRS_ALONE);
  /* what is firm and other is never passed over, however rarely it was seen */
  assert_true(of_ends(an_end(-0.3, 0.1, 900), an_end(0.6, 0.9, 60), &core, "depends") == VERDICT_DEPENDS);
  assert_true(of_ends(an_end(0.3, 0.9, 500), none, &core, "margin unresolved") == VERDICT_INCONCLUSIVE);
}

/* Seeds that the model was not made with are given as SEED in the environment. */
static int seed(void **state) {
  const char *text = getenv("SEED");
  return unit_random(state, gsl_rng_taus2, text ? strtoul(text, NULL, 10) : 20250311);
}

int main(void) {
  const struct CMUnitTest tests[] = {
    cmocka_unit_test(known_answers), cmocka_unit_test(spells), cmocka_unit_test(probe_parts),
    cmocka_unit_test(ends),          cmocka_unit_test(rule),
  };
  return cmocka_run_group_tests(tests, seed, unit_random_end) != 0;
}
