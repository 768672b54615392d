/* SPDX-License-Identifier: GPL-3.0-or-later */
/* test_arms.c: tables of any number of arms: ranks by simulation, exit codes that are as good as 0, parameters. */
#include "tests/unit.h"
#include "tests/unit_random.h"

#include <gsl/gsl_randist.h>
#include <gsl/gsl_rng.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "harness/ab/arms_expand.h"
#include "harness/ab/run_rules.h"
#include "harness/core/container.h"
#include "harness/core/units.h"
#include "harness/data/arm_stats.h"

enum { ARMS = 4, BLOCKS = 60 };

struct table {
  struct ab_arm arm[ARMS];
  LIST_OF(struct ab_arm_pair) pairs;
};

static void measure(gsl_rng *rng, const double *ms, size_t blocks, const bool *failed, struct table *t) {
  static struct arm_run run[ARMS * BLOCKS];
  size_t n = 0;
  for (size_t b = 0; b < blocks; b++) {
    double minute = gsl_ran_gaussian(rng, 0.2); /* of the machine: the same for all of a block */
    for (uint32_t a = 0; a < ARMS; a++)
      run[n++] =
          (struct arm_run){ .block = b, .arm = a, .ns = 1e6 * ms[a] * exp(minute + gsl_ran_gaussian(rng, 0.01)) };
  }
  memset(t, 0, sizeof *t);
  for (size_t i = 0; i < ARMS; i++) {
    fields_init(&ab_arm_fields, &t->arm[i]);
    fields_text(&t->arm[i].name, "%zu", i);
  }
  const struct arm_table in = { run, n, failed, ARMS, 0.95, 0.5, verdict_alone(), NULL };
  assert_true(arm_stats(&in, t->arm, &t->pairs) == 0 && t->pairs.count == ARMS * (ARMS - 1) / 2);
}

static void forget(struct table *t) {
  for (size_t i = 0; i < ARMS; i++) fields_free(&ab_arm_fields, &t->arm[i]);
  for (size_t i = 0; i < t->pairs.count; i++) fields_free(&ab_arm_pair_fields, &t->pairs.item[i]);
  free(t->pairs.item);
}

static void ranks(void **state) {
  gsl_rng *rng = *state;
  static const double apart[ARMS] = { 3, 1, 2, 2 }; /* 2 and 3 are the same */
  static const bool none[ARMS] = { false }, third[ARMS] = { false, false, true, false };
  struct table t;
  int held = 0;
  enum { RUNS = 200 };
  for (int run = 0; run < RUNS; run++) {
    measure(rng, apart, BLOCKS, none, &t);
    held += t.arm[0].rank_first == 4 && t.arm[0].rank_last == 4 && t.arm[1].rank_first == 1 &&
            t.arm[1].rank_last == 1 && t.arm[2].rank_first <= 2 && t.arm[2].rank_last >= 3 &&
            t.arm[3].rank_first <= 2 && t.arm[3].rank_last >= 3;
    forget(&t);
  }
  printf("all ranks hold in %d of %d\n", held, RUNS);
  assert_true(held >= 184); /* 190 expected at the least, SD 3.1 */
  measure(rng, apart, BLOCKS, none, &t);
  assert_true(t.pairs.item[0].verdict == VERDICT_NO_GO && t.pairs.item[0].gain_pct.value < -60); /* 0 against 1 */
  assert_true(t.pairs.item[5].gain_pct.low < 0 && t.pairs.item[5].gain_pct.high > 0);
  assert_true(t.arm[0].runs == BLOCKS && t.arm[0].min_ns <= t.arm[0].median_ns && t.arm[0].low < t.arm[0].ns_per_op);
  forget(&t);
  /* one that failed has no numbers, is in no rank, and no pair says anything of it */
  measure(rng, apart, BLOCKS, third, &t);
  assert_true(isnan(t.arm[2].ns_per_op) && t.arm[2].rank_first < 0 && isnan(t.pairs.item[1].gain_pct.value));
  assert_true(t.arm[0].rank_first == 3 && t.arm[0].rank_last == 3 && t.arm[3].rank_first == 2);
  forget(&t);
  /* few blocks: no verdict, and no more is told apart than order statistics allow */
  measure(rng, apart, 4, none, &t);
  assert_true(t.arm[0].rank_first == 1 && t.arm[0].rank_last == 4);
  assert_true(t.pairs.item[0].verdict == VERDICT_INCONCLUSIVE && isnan(t.pairs.item[0].gain_pct.low));
  forget(&t);
}

static void exit_codes(void **state) {
  (void)state;
  struct run_accept a;
  struct error err = { 0 };
  assert_true(run_accept_parse(NULL, &a, &err) == 0 && run_accepted(&a, 0) && !run_accepted(&a, 1 << 8));
  assert_true(run_accept_parse("", &a, &err) == 0 && run_accepted(&a, 255 << 8) && !run_accepted(&a, 9));
  assert_true(run_accept_parse("1,7", &a, &err) == 0 && run_accepted(&a, 7 << 8) && !run_accepted(&a, 2 << 8) &&
              run_accepted(&a, 0));
  static const char *const wrong[] = { "256", "-1", "1;2", "x", ",", "1 2" };
  for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) assert_true(run_accept_parse(wrong[i], &a, &err) < 0);
}

static struct arms *expand(char *const *cmd, char *const *param, char *const *name, int want) {
  static struct arms arms;
  struct error err = { 0 };
  struct ab_options o = { .commands = { .cmd = cmd, .param = param, .name = name } };
  int rc = arms_expand(&o, &arms, &err);
  if (rc != want) print_error("%d: %s\n", rc, err.text);
  assert_true(rc == want);
  return &arms;
}

static void parameters(void **state) {
  (void)state;
  char *two[] = { (char[]){ "a {x} {y}" }, (char[]){ "b {x}" }, NULL };
  char *xy[] = { (char[]){ "x=1,2" }, (char[]){ "y=0..1..0.25" }, NULL };
  char *names[] = { (char[]){ "one {y}/{x}" }, NULL };
  struct arms *a = expand(two, xy, names, 0);
  assert_true(a->count == 2 * 5 + 2); /* b knows no y */
  assert_string_equal(a->arm[0].command, "a 1 0.00");
  assert_string_equal(a->arm[9].command, "a 2 1.00");
  assert_string_equal(a->arm[9].name, "one 1.00/2");
  assert_string_equal(a->arm[11].command, "b 2");
  assert_true(a->arm[11].parameters == 1 && a->arm[9].parameters == 2);
  arms_free(a);
  char *same[] = { (char[]){ "true" }, (char[]){ "true" }, NULL };
  a = expand(same, NULL, NULL, 0);
  assert_string_equal(a->arm[1].name, "true (2)");
  arms_free(a);
  char *unused[] = { (char[]){ "z=1" }, NULL }, *back[] = { (char[]){ "x=3..1" }, NULL },
       *many[] = { (char[]){ "x=1..65" }, (char[]){ "y=1" }, NULL }, *nothing[] = { (char[]){ "x=" }, NULL };
  expand(two, unused, NULL, -EINVAL);
  expand(two, back, NULL, -EINVAL);
  expand(two, many, NULL, -E2BIG);
  expand(two, nothing, NULL, -EINVAL);
}

static void units(void **state) {
  (void)state;
  static const struct {
    double value;
    const char *time, *bytes;
  } row[] = { { 0, "0.00 ns", "0.00 B" },      { 9.994, "9.99 ns", "9.99 B" },
              { 123.4, "123 ns", "123 B" },    { 999.9, "1.00 us", "1.00 kB" },
              { 12345, "12.3 us", "12.3 kB" }, { 2.5e9, "2.50 s", "2.50 GB" },
              { 7.2e12, "7200 s", "7200 GB" }, { NAN, "-", "-" } };
  char buf[32];
  for (size_t i = 0; i < sizeof row / sizeof *row; i++) {
    assert_string_equal(units_time(row[i].value, buf, sizeof buf), row[i].time);
    assert_string_equal(units_bytes(row[i].value, buf, sizeof buf), row[i].bytes);
  }
}

static void put(const char *folder, const char *name, const char *text) {
  char path[300];
  snprintf(path, sizeof path, "%s/%s", folder, name);
  FILE *f = fopen(path, "w");
  assert_non_null(f);
  fputs(text, f);
  fclose(f);
}

/* The tightest quota of a group and all above it, version 2 and 1. */
static void quota(void **state) {
  (void)state;
  char dir[] = "/tmp/hakmem-quota-test.XXXXXX", sub[80], deep[80], cpu[80], file[80], command[120];
  struct container_quota q;
  assert_non_null(mkdtemp(dir));
  snprintf(sub, sizeof sub, "%s/a", dir);
  snprintf(deep, sizeof deep, "%s/a/b", dir);
  snprintf(cpu, sizeof cpu, "%s/cpu", dir);
  snprintf(file, sizeof file, "%s/proc", dir);
  assert_true(mkdir(sub, 0700) == 0 && mkdir(deep, 0700) == 0 && mkdir(cpu, 0700) == 0);
  put(dir, "proc", "0::/a/b\n");
  container_quota_at(file, dir, &q);
  assert_true(isnan(q.cpus) && isnan(q.stopped_s));
  put(deep, "cpu.max", "max 100000\n");
  put(sub, "cpu.max", "50000 100000\n");
  put(sub, "cpu.stat", "usage_usec 7\nnr_throttled 3\nthrottled_usec 2500000\n");
  container_quota_at(file, dir, &q);
  assert_near(q.cpus, 0.5, 1e-9);
  assert_near(q.stopped_s, 2.5, 1e-9);
  assert_string_equal(q.group, "/a");
  put(deep, "cpu.max", "25000 100000\n");
  container_quota_at(file, dir, &q);
  assert_near(q.cpus, 0.25, 1e-9);
  assert_string_equal(q.group, "/a/b");
  put(dir, "proc", "5:cpuset:/x\n4:cpu,cpuacct:/\n0::/\n");
  put(cpu, "cpu.cfs_quota_us", "150000\n");
  put(cpu, "cpu.cfs_period_us", "100000\n");
  put(cpu, "cpu.stat", "throttled_time 1000000000\n");
  container_quota_at(file, dir, &q);
  assert_near(q.cpus, 1.5, 1e-9);
  assert_near(q.stopped_s, 1, 1e-9);
  put(cpu, "cpu.cfs_quota_us", "-1\n"); /* none */
  container_quota_at(file, dir, &q);
  assert_true(isnan(q.cpus));
  snprintf(command, sizeof command, "rm -r %s", dir);
  assert_true(system(command) == 0);
}

static int seed(void **state) { return unit_random(state, gsl_rng_taus2, 20250402); }

int main(void) {
  const struct CMUnitTest tests[] = {
    cmocka_unit_test(ranks), cmocka_unit_test(exit_codes), cmocka_unit_test(parameters),
    cmocka_unit_test(units), cmocka_unit_test(quota),
  };
  return cmocka_run_group_tests(tests, seed, unit_random_end) != 0;
}
