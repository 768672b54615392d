/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Counter sets over a scripted source: multiplexing, unavailable events, zero counts, partial
 * groups, failing reads; names of events; callgrind's output; the choice of CPUs. */
#include <errno.h>
#include <linux/perf_event.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>
#include <cmocka.h>

#include "harness/counters/callgrind.h"
#include "harness/counters/counter_fake.h"
#include "harness/counters/counter_set.h"
#include "harness/counters/cpu_choice.h"
#include "harness/runner/command_counters.h"

static void run_set(struct counter_set *set, const char *names, struct counter_fake *fake) {
  struct error err = { 0 };
  assert_int_equal(counter_set_open(set, names, 0, &counter_source_fake, fake, &err), 0);
  counter_set_start(set);
  counter_set_stop(set);
}

static void test_plain_count(void **state) {
  (void)state;
  const struct perf_group_sample reads[] = { { { 100, 1000 }, 50, 50 }, { { 1100, 4000 }, 1050, 1050 } };
  struct counter_fake fake = { .reads = reads, .read_count = 2, .fail_at = -1 };
  struct counter_set set;
  struct counter_value v;
  run_set(&set, "cycles,instructions", &fake);
  counter_set_value(&set, 0, &v);
  assert_int_equal(v.status, COUNTER_OK);
  assert_int_equal(v.raw, 1000);
  assert_true(v.value == 1000.0);
  counter_set_value(&set, 1, &v);
  assert_int_equal(v.raw, 3000);
  assert_int_equal(v.enabled_ns, 1000);
  counter_set_close(&set);
  assert_int_equal(fake.opens, 1);
  assert_int_equal(fake.closes, 1);
  assert_int_equal(fake.enables, 1);
  assert_int_equal(fake.reads_done, 2); /* one read a side: all of a group together */
}

static void test_multiplexed(void **state) {
  (void)state;
  const struct perf_group_sample reads[] = { { { 0 }, 0, 0 }, { { 580 }, 1000, 580 } };
  struct counter_fake fake = { .reads = reads, .read_count = 2, .fail_at = -1 };
  struct counter_set set;
  struct counter_value v;
  run_set(&set, "cycles", &fake);
  counter_set_value(&set, 0, &v);
  assert_int_equal(v.status, COUNTER_SCALED);
  assert_int_equal(v.raw, 580);
  assert_true(fabs(v.value - 1000.0) < 1e-9);
  assert_non_null(strstr(v.reason, "58.0%"));
  counter_set_close(&set);
}

static void test_never_on_the_pmu(void **state) {
  (void)state;
  const struct perf_group_sample reads[] = { { { 0 }, 0, 0 }, { { 0 }, 1000, 0 } };
  struct counter_fake fake = { .reads = reads, .read_count = 2, .fail_at = -1 };
  struct counter_set set;
  struct counter_value v;
  run_set(&set, "cache-misses", &fake);
  counter_set_value(&set, 0, &v);
  assert_int_equal(v.status, COUNTER_UNAVAILABLE);
  assert_true(isnan(v.value));
  counter_set_close(&set);
}

static void test_zero_is_suspicious(void **state) {
  (void)state;
  const struct perf_group_sample reads[] = { { { 7, 0 }, 0, 0 }, { { 7, 0 }, 1000, 1000 } };
  struct counter_fake fake = { .reads = reads, .read_count = 2, .fail_at = -1 };
  struct counter_set set;
  struct counter_value v;
  run_set(&set, "cycles,cache-misses", &fake);
  counter_set_value(&set, 0, &v);
  assert_int_equal(v.status, COUNTER_SUSPICIOUS);
  counter_set_value(&set, 1, &v); /* a loop may truly have no cache miss */
  assert_int_equal(v.status, COUNTER_OK);
  counter_set_close(&set);
}

static void test_partial_group(void **state) {
  (void)state;
  /* the second of three is refused: the third stands second in the group */
  const struct perf_group_sample reads[] = { { { 0, 0, 0 }, 0, 0 }, { { 10, 0, 30 }, 100, 100 } };
  struct counter_fake fake = { .open_error = { 0, ENOENT, 0 }, .reads = reads, .read_count = 2, .fail_at = -1 };
  struct counter_set set;
  struct counter_value v;
  run_set(&set, "cycles,cache-misses,instructions", &fake);
  assert_int_equal(set.hardware.position[2], 1);
  counter_set_value(&set, 0, &v);
  assert_int_equal(v.raw, 10);
  counter_set_value(&set, 1, &v);
  assert_int_equal(v.status, COUNTER_UNAVAILABLE);
  assert_true(isnan(v.value));
  assert_non_null(strstr(v.reason, "ENOENT"));
  assert_true(v.advice[0] != '\0');
  counter_set_value(&set, 2, &v);
  assert_int_equal(v.raw, 30);
  counter_set_close(&set);
}

static void test_all_refused(void **state) {
  (void)state;
  struct counter_fake fake = { .open_error = { EACCES, EACCES }, .fail_at = -1 };
  struct counter_set set;
  struct counter_value v;
  run_set(&set, "cycles,instructions,tsc", &fake);
  assert_int_equal(fake.reads_done, 0);
  counter_set_value(&set, 1, &v);
  assert_int_equal(v.status, COUNTER_UNAVAILABLE);
  assert_non_null(strstr(v.reason, "paranoid"));
  counter_set_value(&set, 2, &v); /* the TSC is always there */
  assert_int_equal(v.status, COUNTER_OK);
  assert_true(v.value > 0);
  counter_set_close(&set);
}

static void test_failing_read(void **state) {
  (void)state;
  const struct perf_group_sample reads[] = { { { 1 }, 1, 1 } };
  struct counter_fake fake = { .reads = reads, .read_count = 1, .fail_at = 1, .read_error = -EIO };
  struct counter_set set;
  struct counter_value v;
  run_set(&set, "cycles", &fake);
  counter_set_value(&set, 0, &v);
  assert_int_equal(v.status, COUNTER_UNAVAILABLE);
  assert_true(isnan(v.value));
  counter_set_close(&set);
}

static void test_overhead(void **state) {
  (void)state;
  const struct perf_group_sample reads[] = {
    { { 0 }, 0, 0 }, { { 90 }, 9, 9 }, { { 100 }, 10, 10 }, { { 140 }, 14, 14 }
  };
  struct counter_fake fake = { .reads = reads, .read_count = 4, .fail_at = -1 };
  struct counter_set set;
  struct error err = { 0 };
  assert_int_equal(counter_set_open(&set, "instructions", 0, &counter_source_fake, &fake, &err), 0);
  assert_true(isnan(set.overhead[0])); /* not measured is not 0 */
  counter_set_measure_overhead(&set, 2);
  assert_true(set.overhead[0] == 40.0);
  counter_set_close(&set);
}

static void test_event_names(void **state) {
  (void)state;
  struct counter_event e;
  struct error err = { 0 };
  assert_int_equal(counter_event_parse("cycles", &e, &err), 0);
  assert_int_equal(e.id.type, PERF_TYPE_HARDWARE);
  assert_int_equal(counter_event_parse("context-switches", &e, &err), 0);
  assert_int_equal(e.backend, COUNTER_SOFTWARE);
  assert_int_equal(counter_event_parse("r1a2", &e, &err), 0);
  assert_int_equal(e.id.type, PERF_TYPE_RAW);
  assert_int_equal(e.id.config, 0x1a2);
  assert_int_equal(counter_event_parse("perf::INSTRUCTIONS", &e, &err), 0); /* libpfm4's own name */
  assert_int_equal(e.id.type, PERF_TYPE_HARDWARE);
  assert_int_equal(e.id.config, PERF_COUNT_HW_INSTRUCTIONS);
  assert_int_equal(counter_event_parse("cycels", &e, &err), -ENOENT);
  assert_non_null(strstr(err.advice, "cycles"));
  struct counter_event list[2];
  int count = 2;
  assert_int_equal(counter_event_parse_list("cycles,instructions,tsc", list, &count, &err), -E2BIG);
  count = 2;
  assert_int_equal(counter_event_parse_list("", list, &count, &err), -EINVAL);
}

static void test_callgrind_total(void **state) {
  (void)state;
  uint64_t n = 0;
  assert_int_equal(callgrind_parse_total("events: Ir\nsummary: 12345\n", &n), 0);
  assert_int_equal(n, 12345);
  assert_int_equal(callgrind_parse_total("fn=(1)\ntotals: 77\n", &n), 0);
  assert_int_equal(n, 77);
  assert_int_equal(callgrind_parse_total("events: Ir\n", &n), -EPROTO);
  assert_int_equal(callgrind_parse_total("x\nsummary: \n", &n), -EPROTO);
}

static void test_cpu_choice(void **state) {
  (void)state;
  struct cpu_choice c;
  struct error err = { 0 };
  assert_int_equal(cpu_choice_make(CPU_CHOICE_MAX, &c, &err), 0);
  assert_int_equal(c.count, c.usable);
  for (unsigned i = 0; i < c.count; i++)
    for (unsigned k = 0; k < i; k++) assert_int_not_equal(c.cpus[i], c.cpus[k]);
  assert_int_equal(cpu_choice_make(1, &c, &err), 0);
  assert_int_equal(c.count, 1);
  assert_false(c.smt_shared);
  assert_int_equal(cpu_choice_parse_threads("4"), 4);
  assert_true(cpu_choice_parse_threads("all") >= 1);
  assert_int_equal(cpu_choice_parse_threads("0x"), 0);
}

/* What a program and all that it starts counted; the same way as with a hardware event, which few machines of a CI
 * have: by the kernel's own. */
static uint64_t faults_of(const char *command, struct ab_record *r) {
  static const struct perf_event_id faults[] = { { PERF_TYPE_SOFTWARE, PERF_COUNT_SW_PAGE_FAULTS, 0, 0 } };
  struct command_counters c;
  int status = -1;
  memset(r, 0, sizeof *r);
  command_counters_open(&c, faults, 1);
  if (c.count == 0) return UINT64_MAX;
  pid_t pid = fork();
  if (pid == 0) {
    static volatile char touched[4096 * 4096]; /* not to be counted: before execve */
    for (size_t i = 0; i < sizeof touched; i += 4096) touched[i] = 1;
    execl("/bin/sh", "sh", "-c", command, (char *)NULL);
    _exit(127);
  }
  assert_true(waitpid(pid, &status, 0) == pid && status == 0);
  command_counters_take(&c, r, &r->round[0]);
  assert_int_equal(r->pmu_count, 1);
  assert_int_equal(r->pmu_errno, 0);
  assert_true(r->round[0].enabled_ns > 0 && r->round[0].enabled_ns == r->round[0].running_ns);
  return r->round[0].pmu[0];
}

static void test_of_a_command(void **state) {
  static struct ab_record r;
  (void)state;
  uint64_t one = faults_of(":", &r), more = faults_of("/bin/true; /bin/true; /bin/true; /bin/true", &r);
  if (one == UINT64_MAX) skip(); /* not permitted here */
  assert_in_range(one, 1, 4096 - 1);
  assert_true(more > one + 4);
  /* an event that is not there is no zero, and the cause is kept */
  static const struct perf_event_id none[] = { { PERF_TYPE_SOFTWARE, 4711, 0, 0 } };
  struct command_counters c;
  memset(&r, 0, sizeof r);
  command_counters_open(&c, none, 1);
  command_counters_take(&c, &r, &r.round[0]);
  assert_int_equal(r.pmu_count, 0);
  assert_true(r.pmu_errno > 0);
}

int main(void) {
  const struct CMUnitTest tests[] = {
    cmocka_unit_test(test_plain_count),      cmocka_unit_test(test_multiplexed),
    cmocka_unit_test(test_never_on_the_pmu), cmocka_unit_test(test_zero_is_suspicious),
    cmocka_unit_test(test_partial_group),    cmocka_unit_test(test_all_refused),
    cmocka_unit_test(test_failing_read),     cmocka_unit_test(test_overhead),
    cmocka_unit_test(test_event_names),      cmocka_unit_test(test_callgrind_total),
    cmocka_unit_test(test_of_a_command),     cmocka_unit_test(test_cpu_choice),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
