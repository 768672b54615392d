/* SPDX-License-Identifier: GPL-3.0-or-later */
/* test_ab_campaign.c: schedule, samples on disk, pairs, looks by simulation, liveness. No timing. */
#include "tests/unit.h"
#include "tests/unit_random.h"

#include <fcntl.h>
#include <gsl/gsl_randist.h>
#include <gsl/gsl_rng.h>
#include <stdlib.h>
#include <unistd.h>

#include "harness/ab/campaign.h"
#include "harness/ab/liveness.h"
#include "harness/ab/schedule.h"

static void schedule(void **state) {
  (void)state;
  size_t controls = 0, first = 0, side = 0;
  for (uint64_t i = 0; i < 10000; i++) {
    struct schedule_pair p = schedule_pair(42, i, true), again = schedule_pair(42, i, true);
    assert_true(p.index == again.index && p.work_seed == again.work_seed && p.layout_seed == again.layout_seed &&
                p.address_seed == again.address_seed && p.control == again.control &&
                p.control_side == again.control_side && p.first == again.first);
    controls += p.control;
    side += p.control && p.control_side;
    first += p.first;
    assert_true(!schedule_pair(42, i, false).control);
  }
  assert_true(controls == 1000); /* one in each ten */
  assert_true(side == 500);
  assert_true(first > 4800 && first < 5200);
  assert_true(schedule_pair(42, 7, true).layout_seed != schedule_pair(43, 7, true).layout_seed);
  assert_true(schedule_pair(42, 7, true).work_seed != schedule_pair(42, 8, true).work_seed);
}

static struct ab_record record_of(uint64_t pair, uint32_t side, uint32_t rounds, double ns) {
  struct ab_record r = { .state = AB_RECORD_DONE, .id = pair, .arm = side, .order = side, .rounds_done = rounds };
  r.job.rounds = rounds;
  r.job.threads = 1;
  r.started_ns = 1000;
  r.ended_ns = 2000000;
  for (uint32_t i = 0; i < rounds; i++)
    r.round[i] = (struct round){
      .wall_ns = (uint64_t)(ns * 1000), .ops = 1000, .allocs = 501, .frees = 499, .toggled = i & 1, .done = 1
    };
  return r;
}

static size_t disturbed(const struct pairs *p) {
  size_t n = 0;
  for (size_t i = 0; i < p->count; i++) n += p->pair[i].disturbed;
  return n;
}

static void samples_on_disk(void **state) {
  (void)state;
  char dir[] = "/tmp/hakmem-ab-test.XXXXXX";
  struct results results;
  struct samples_log disk;
  struct error err;
  struct campaign c = { .run = 3 };
  struct sample s, *list;
  size_t count;
  error_clear(&err);
  assert_true(mkdtemp(dir) != NULL);
  assert_true(results_open(&results, dir, &err) == 0);
  assert_true(samples_open(&disk, &results, &err) == 0);
  for (uint64_t pair = 1; pair <= 5; pair++)
    for (uint32_t side = 0; side < 2; side++) {
      struct ab_record r = record_of(pair, side, 10, side ? 11 : 10);
      campaign_sample(&c, &r, &s);
      assert_true(s.complete && s.rounds == 10 && s.side == side && s.kind == SAMPLE_TEST);
      assert_near(s.log_ns, log(side ? 11 : 10), 1e-9);
      s.elapsed_s = (double)pair;
      s.cpu_ns = s.ended_ns - s.started_ns;
      assert_true(samples_append(&disk, &s, &r, &err) == 0);
    }
  samples_close(&disk);
  /* a kill in the middle of a line */
  for (int i = 0; i < 2; i++) {
    int fd = openat(results.dir_fd, i ? "rounds.csv" : "processes.csv", O_WRONLY | O_APPEND);
    assert_true(write(fd, "6,0,te", 6) == 6);
    close(fd);
  }
  assert_true(samples_load(&results, true, &list, &count, &err) == 0);
  assert_true(count == 10);
  struct pairs pairs;
  assert_true(pairs_of_samples(&pairs, list, count, false) == 0);
  assert_true(pairs.tests == 5 && pairs.count == 5 && disturbed(&pairs) == 0);
  for (size_t i = 0; i < pairs.count; i++) assert_near(pairs.pair[i].value, log(1.1), 1e-9);
  pairs_free(&pairs);
  assert_true(list[9].run == 3 && list[9].elapsed_s == 5);
  free(list);
  /* removed while it is written */
  assert_true(samples_open(&disk, &results, &err) == 0);
  assert_true(unlinkat(results.dir_fd, "rounds.csv", 0) == 0 && unlinkat(results.dir_fd, "processes.csv", 0) == 0);
  struct ab_record r = record_of(9, 0, 10, 10);
  assert_true(samples_append(&disk, &s, &r, &err) == -ENOLINK && err.advice[0]);
  samples_close(&disk);
  results_close(&results);
  assert_true(rmdir(dir) == 0);
}

static void disturbed_pairs(void **state) {
  (void)state;
  struct pairs p = { 0 };
  struct sample a = { .pair = 1,
                      .side = 0,
                      .complete = true,
                      .log_ns = 1,
                      .log_mean_ns = 1,
                      .steal_ticks = 0,
                      .ended_ns = 10000000 },
                b = a;
  b.side = 1;
  assert_true(pairs_add(&p, &a, &b, true) == 0 && disturbed(&p) == 0);
  b.hit_share = 0.2; /* the trim takes it out */
  assert_true(pairs_add(&p, &a, &b, true) == 0 && disturbed(&p) == 0);
  b.hit_share = 0.3;
  assert_true(pairs_add(&p, &a, &b, true) == 0 && disturbed(&p) == 1);
  assert_true(pairs_add(&p, &a, &b, false) == 0 && disturbed(&p) == 1);
  b.hit_share = 0;
  b.steal_ticks = 2; /* 20 of 20 ms */
  assert_true(pairs_add(&p, &a, &b, true) == 0 && disturbed(&p) == 2);
  b.steal_ticks = 1;
  assert_true(pairs_add(&p, &a, &b, true) == 0 && disturbed(&p) == 2);
  assert_near(pairs_disturbed_pct(&p, PAIRS_ALONE), 100.0 * 2 / 6, 1e-9);
  b.complete = false;
  assert_true(pairs_add(&p, &a, &b, true) == 0 && p.count == 6);
  pairs_free(&p);
}

/* Half of the pairs with another hardware thread on the core, where the effect is twice as large. */
static void pairs_alone_on_the_core(void **state) {
  gsl_rng *rng = *state;
  struct pairs p = { 0 };
  for (uint64_t i = 1; i <= 2000; i++) {
    bool shared = i / 100 % 2;
    struct sample a = { .pair = i,
                        .side = 0,
                        .complete = true,
                        .ended_ns = 10000000,
                        .steal_ticks = -1,
                        .kind = i % 10 ? SAMPLE_TEST : SAMPLE_CONTROL },
                  b;
    a.log_ns = a.log_mean_ns = 2 + (shared ? 0.15 : 0) + gsl_ran_gaussian(rng, 0.01);
    a.width = 0.71 * (1 + fabs(gsl_ran_gaussian(rng, 0.008))) * (shared ? 1.3 : 1);
    a.narrowest = a.width * 0.99;
    b = a;
    b.side = 1;
    b.log_ns = b.log_mean_ns = a.log_ns + (i % 10 ? shared ? 0.05 : 0.025 : 0) + gsl_ran_gaussian(rng, 0.01);
    if (i % 200 == 99) /* a neighbour that comes between the two */
      b.width *= 1.3;
    assert_true(pairs_add(&p, &a, &b, true) == 0);
  }
  pairs_find_alone(&p, 0);
  assert_near(p.width_alone, 0.703, 0.005);
  assert_true(pairs_used(&p, SAMPLE_TEST, PAIRS_ALONE) + pairs_used(&p, SAMPLE_TEST, PAIRS_SHARED) == p.tests);
  assert_near(pairs_alone_pct(&p), 49.5, 0.6);
  assert_near(pairs_trimmed(&p, SAMPLE_TEST, PAIRS_ALONE, 0.05).value, 0.025, 0.0015);
  assert_near(pairs_trimmed(&p, SAMPLE_TEST, PAIRS_SHARED, 0.05).value, 0.05, 0.0015);
  assert_near(pairs_trimmed(&p, SAMPLE_CONTROL, PAIRS_ALONE, 0.05).value, 0, 0.005);
  pairs_find_alone(&p, 0.5); /* the machine's core was never alone meanwhile */
  assert_true(p.width_alone == 0.5 && pairs_used(&p, SAMPLE_TEST, PAIRS_ALONE) == 0 && pairs_alone_pct(&p) == 0);
  assert_true(isnan(pairs_trimmed(&p, SAMPLE_TEST, PAIRS_ALONE, 0.05).value));
  pairs_free(&p);
}

/* A round that another process cut into is no bad state of the variant. */
static void mean_without_hits(void **state) {
  (void)state;
  struct ab_record r = record_of(1, 0, 10, 10);
  struct campaign c = { 0 };
  struct sample s;
  r.round[3].wall_ns = 4000000;
  r.round[3].involuntary_switches = 1;
  campaign_sample(&c, &r, &s);
  assert_near(s.log_mean_ns, log(10), 1e-9);
  assert_near(s.hit_share, 0.1, 1e-9);
  r.round[3].involuntary_switches = 0; /* slow on its own */
  campaign_sample(&c, &r, &s);
  assert_near(s.log_mean_ns, log((9 * 10000 + 4000000) / 10000.0), 1e-9);
}

/* What a toggled process says: couples of rounds, on minus off. */
static void toggled(void **state) {
  (void)state;
  struct ab_record r = record_of(1, 1, 40, 10);
  struct campaign c = { 0 };
  struct sample s;
  for (uint32_t i = 0; i < 40; i++)
    r.round[i].wall_ns = r.round[i].toggled ? 10000 : 10500; /* toggled: the telemetry is off */
  campaign_sample(&c, &r, &s);
  assert_near(s.toggle_log, log(1.05), 1e-9);
}

/* One simulated campaign of 100 pairs a second through the very looks of a real one: process
 * noise with heavy tails, an effect in percent. */
static enum verdict simulate(gsl_rng *rng, double effect_pct, double budget_s, bool *covered) {
  struct campaign c = { .spec = { .budget_s = budget_s, .margin_pct = 0.5, .level = 0.95 } };
  bool done = false;
  struct error err;
  error_clear(&err);
  spending_plan(&c.spending, budget_s, 0.05);
  c.looks = fopen("/dev/null", "w");
  c.verdict.verdict = VERDICT_INCONCLUSIVE;
  for (uint64_t i = 1; !done && c.elapsed_s < budget_s; i++) {
    struct sample s[2];
    c.elapsed_s = (double)i / 100;
    for (uint32_t side = 0; side < 2; side++) {
      double noise = gsl_ran_gaussian(rng, 0.014) + (gsl_rng_uniform(rng) < 0.08 ? gsl_ran_gaussian(rng, 0.1) : 0);
      s[side] = (struct sample){ .pair = i,
                                 .side = side,
                                 .complete = true,
                                 .elapsed_s = c.elapsed_s,
                                 .ended_ns = 10000000,
                                 .kind = i % 10 ? SAMPLE_TEST : SAMPLE_CONTROL };
      s[side].log_ns = 2 + noise + (side && i % 10 ? log1p(effect_pct / 100) : 0);
      s[side].log_mean_ns = s[side].log_ns;
    }
    assert_true(pairs_add(&c.pairs, &s[0], &s[1], true) == 0);
    done = campaign_look(&c, &err);
  }
  *covered = c.gain_pct.low <= effect_pct && effect_pct <= c.gain_pct.high;
  fclose(c.looks);
  pairs_free(&c.pairs);
  return c.verdict.verdict;
}

static void looks_by_simulation(void **state) {
  gsl_rng *rng = *state;
  enum { N = 300 };
  static const struct {
    double effect, budget;
    enum verdict want;
    int at_least;
  } kind[] = {
    { 0, 15, VERDICT_NEUTRAL, 290 },
    { 1.2, 15, VERDICT_GO, 290 },
    { -1.2, 15, VERDICT_NO_GO, 290 },
    { 0.5, 8, VERDICT_INCONCLUSIVE, 260 },
  };
  for (size_t k = 0; k < sizeof kind / sizeof *kind; k++) {
    int right = 0, wrong = 0, covered = 0;
    for (int i = 0; i < N; i++) {
      bool in;
      enum verdict v = simulate(rng, kind[k].effect, kind[k].budget, &in);
      right += v == kind[k].want;
      wrong += v != kind[k].want && v != VERDICT_INCONCLUSIVE;
      covered += in;
    }
    printf("effect %+.1f%%: %d of %d %s, %d wrong, %d covered\n", kind[k].effect, right, N, verdict_name(kind[k].want),
           wrong, covered);
    assert_true(right >= kind[k].at_least);
    assert_true(wrong <= (kind[k].want == VERDICT_INCONCLUSIVE ? 25 : 3));
    assert_true(covered >= 275); /* 285 expected, SD 3.8 */
  }
}

#if defined __x86_64__
static bool no_relocation(const void *context, uint64_t offset, uint64_t length) {
  (void)context;
  (void)offset;
  (void)length;
  return false;
}

static bool dead(const uint8_t *code, size_t size, uint32_t what) {
  struct liveness_code c = { .bytes = code, .size = size, .relocated = no_relocation };
  return liveness_dead(&c, 0, what);
}

static void liveness(void **state) {
  (void)state;
  static const uint8_t mov_ret[] = { 0x89, 0xc8, 0xc3 }; /* mov %ecx,%eax; ret */
  static const uint8_t ret[] = { 0xc3 };
  static const uint8_t test_je[] = { 0x85, 0xff, 0x74, 0x00, 0x31, 0xc0, 0xc3 }; /* test; je +0; xor; ret */
  static const uint8_t je[] = { 0x74, 0x00, 0xc3 };
  static const uint8_t loop[] = { 0xeb, 0xfe };                                       /* jmp . */
  static const uint8_t indirect[] = { 0xff, 0xe0 };                                   /* jmp *%rax */
  static const uint8_t branch[] = { 0x85, 0xff, 0x74, 0x03, 0x31, 0xc0, 0xc3, 0xc3 }; /* one way keeps eax */
  assert_true(dead(mov_ret, sizeof mov_ret, 1));                                      /* rax is written first */
  assert_true(!dead(mov_ret, sizeof mov_ret, 1u << 1));                               /* rcx is read */
  assert_true(dead(mov_ret, sizeof mov_ret, LIVENESS_FLAGS));
  assert_true(!dead(ret, sizeof ret, 1)); /* the function's result */
  assert_true(dead(ret, sizeof ret, 1u << 1));
  assert_true(!dead(ret, sizeof ret, 1u << 3)); /* rbx is the caller's */
  assert_true(dead(test_je, sizeof test_je, LIVENESS_FLAGS | 1));
  assert_true(!dead(je, sizeof je, LIVENESS_FLAGS));
  assert_true(!dead(loop, sizeof loop, 1)); /* never decided: needed */
  assert_true(!dead(indirect, sizeof indirect, 1u << 1));
  assert_true(!dead(branch, sizeof branch, 1));
  assert_true(!dead(ret, 0, 1)); /* runs out of the section */
  static const uint8_t lock_add[] = { 0xf0, 0x48, 0x83, 0x00, 0x01 }, xadd[] = { 0xf0, 0x0f, 0xc1, 0x05, 0, 0, 0, 0 };
  struct liveness_insn i;
  struct liveness_code c = { .bytes = lock_add, .size = sizeof lock_add, .relocated = no_relocation };
  assert_true(liveness_decode(&c, 0, &i) && i.memory_rmw && i.base == 0 && !i.exchanges && i.length == 5 &&
              (i.writes & LIVENESS_FLAGS));
  c.bytes = xadd;
  c.size = sizeof xadd;
  assert_true(liveness_decode(&c, 0, &i) && i.memory_rmw && i.rip && i.exchanges && i.result == 0);
  static const uint8_t element[] = { 0xf0, 0x48, 0x83, 0x44, 0x0a, 0x08, 0x01 },
                       lea[] = { 0x48, 0x8d, 0x05, 0, 0, 0, 0 };
  c = (struct liveness_code){ .bytes = element,
                              .size = sizeof element,
                              .relocated = no_relocation }; /* lock addq $1, 8(%rdx,%rcx) */
  assert_true(liveness_decode(&c, 0, &i) && i.memory_rmw && i.base == 2 && i.index == 1 && !i.rip);
  c = (struct liveness_code){ .bytes = lea, .size = sizeof lea, .relocated = no_relocation };
  assert_true(liveness_decode(&c, 0, &i) && i.loads && i.rip && i.result == 0 && i.index == -1);
}
#else
static void liveness(void **state) { (void)state; }
#endif

static int seed(void **state) { return unit_random(state, gsl_rng_taus2, 20240229); }

int main(void) {
  const struct CMUnitTest tests[] = {
    cmocka_unit_test(schedule),
    cmocka_unit_test(samples_on_disk),
    cmocka_unit_test(disturbed_pairs),
    cmocka_unit_test(mean_without_hits),
    cmocka_unit_test(toggled),
    cmocka_unit_test(pairs_alone_on_the_core),
    cmocka_unit_test(looks_by_simulation),
    cmocka_unit_test(liveness),
  };
  return cmocka_run_group_tests(tests, seed, unit_random_end) != 0;
}
