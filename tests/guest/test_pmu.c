/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The perf_event backend on a PMU: counts of a loop whose instructions are known, groups, more
 * events than counters, user-space reads, sampling, events that are not there.
 *
 * Where cycles do not open, all of it skips ("host-pmu"). Some machines count a few instructions of
 * an interrupt along; the emulated one (HAKMEM_GUEST) must be exact. */
#include <errno.h>
#include <fcntl.h>
#include <linux/perf_event.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>
#include <cmocka.h>

#include "harness/counters/counter_set.h"
#include "tests/test_skip.h"

static bool emulated;

/* Two instructions for each turn: what is added to them is constant. */
__attribute__((noinline)) static void spin(uint64_t turns) {
#if defined __aarch64__
  __asm__ volatile("1: subs %0, %0, #1\n\tb.ne 1b" : "+r"(turns) : : "cc");
#elif defined __x86_64__
  __asm__ volatile("1: dec %0\n\tjnz 1b" : "+r"(turns) : : "cc");
#else
# error "a loop of two instructions is wanted here"
#endif
}

static struct counter_value value_of(const struct counter_set *set, int index) {
  struct counter_value v;
  counter_set_value(set, index, &v);
  return v;
}

static void open_set(struct counter_set *set, const char *names) {
  struct error err = { 0 };
  assert_int_equal(counter_set_open(set, names, 0, NULL, NULL, &err), 0);
}

/* {cycles, instructions} of `turns` turns. */
static void count_spin(struct counter_set *set, uint64_t turns, uint64_t counts[2]) {
  counter_set_start(set);
  spin(turns);
  counter_set_stop(set);
  for (int i = 0; i < 2; i++) {
    struct counter_value v = value_of(set, i);
    assert_int_equal(v.status, COUNTER_OK);
    assert_int_equal(v.enabled_ns, v.running_ns);
    counts[i] = v.raw;
  }
}

static void assert_near(uint64_t value, uint64_t want) {
  if (emulated) assert_int_equal(value, want);
  else assert_in_range(value, want, want + want / 100);
}

static void test_exact_counts(void **state) {
  (void)state;
  enum { TURNS = 1000000 };
  struct counter_set set;
  uint64_t once[2], twice[2], again[2];
  open_set(&set, "cycles,instructions");
  count_spin(&set, 100, once); /* the pages and paths of the reads are warm after this */
  count_spin(&set, TURNS, once);
  count_spin(&set, 2 * TURNS, twice);
  assert_near(twice[1] - once[1], 2 * TURNS);
  assert_true(once[0] > 0 && twice[0] > once[0]);
  for (int k = 0; k < 5; k++) {
    count_spin(&set, TURNS, again);
    assert_near(again[1], once[1]);
  }
  print_message("  %d turns: %llu instructions, %llu cycles; %d turns more: %llu, %llu\n", TURNS,
                (unsigned long long)once[1], (unsigned long long)once[0], TURNS,
                (unsigned long long)(twice[1] - once[1]), (unsigned long long)(twice[0] - once[0]));
  counter_set_close(&set);
}

static void test_overhead_is_known(void **state) {
  (void)state;
  struct counter_set set;
  open_set(&set, "cycles,instructions");
  counter_set_measure_overhead(&set, 10);
  assert_true(set.overhead[0] > 0 && set.overhead[1] > 0 && set.overhead[1] < 100000);
  print_message("  an empty pair: %.0f cycles, %.0f instructions\n", set.overhead[0], set.overhead[1]);
  counter_set_close(&set);
}

/* A refused event has a reason and no number, and takes no other one with it. */
static void test_unavailable(void **state) {
  (void)state;
  struct counter_set set;
  open_set(&set, "cache-misses,instructions,task-clock");
  counter_set_start(&set);
  spin(100000);
  counter_set_stop(&set);
  struct counter_value misses = value_of(&set, 0), instructions = value_of(&set, 1), clock = value_of(&set, 2);
  if (emulated) {
    assert_int_equal(misses.status, COUNTER_UNAVAILABLE);
    assert_true(isnan(misses.value));
    assert_non_null(strstr(misses.reason, "ENOENT"));
  }
  assert_int_equal(instructions.status, COUNTER_OK);
  assert_true(instructions.raw >= 200000);
  assert_int_equal(clock.status, COUNTER_OK);
  assert_true(clock.raw > 0);
  counter_set_close(&set);
}

/* PERF_GROUP_MAX events want more counters than this PMU has: those beyond are refused, not 0. */
static void test_full_group(void **state) {
  (void)state;
  if (!emulated) return; /* other PMUs have room, or need constraints */
  struct counter_set set;
  int refused = 0;
  open_set(&set, "r08,r08,r08,r08,r08,r08,r08,r08");
  counter_set_start(&set);
  spin(100000);
  counter_set_stop(&set);
  struct counter_value first = value_of(&set, 0);
  for (int i = 0; i < set.count; i++) {
    struct counter_value v = value_of(&set, i);
    if (v.status == COUNTER_UNAVAILABLE) {
      refused++;
      assert_true(isnan(v.value));
      assert_non_null(strstr(v.reason, "EINVAL"));
    } else {
      assert_int_equal(v.raw, first.raw); /* one event, counted several times by one group read */
    }
  }
  print_message("  %d of %d events fit\n", set.count - refused, set.count);
  assert_in_range(refused, 1, set.count - 2);
  counter_set_close(&set);
}

/* Twice as many events as counters: each runs for a part of the time and is scaled, and says so. */
static void test_multiplexing(void **state) {
  (void)state;
  enum { EVENTS = 12, TURNS = 20000000 };
  struct perf_group groups[EVENTS];
  struct perf_group_sample before, s;
  struct counter_event event;
  struct error err = { 0 };
  const char *name = emulated ? "r08" : "instructions";
  int scaled = 0;
  double share = 0;
  assert_int_equal(counter_event_parse(name, &event, &err), 0);
  for (int i = 0; i < EVENTS; i++)
    assert_int_equal(perf_group_open(&groups[i], &event.id, 1, 0, PERF_GROUP_NO_RDPMC), 1);
  for (int i = 0; i < EVENTS; i++) perf_group_enable(&groups[i]);
  assert_int_equal(perf_group_read(&groups[0], &before), 0);
  spin(TURNS);
  for (int i = 0; i < EVENTS; i++) {
    struct counter_value v;
    perf_group_disable(&groups[i]);
    assert_int_equal(perf_group_read(&groups[i], &s), 0);
    counter_judge(&event, 0, true, s.value[0], s.enabled_ns, s.running_ns, true, &v);
    assert_true(v.status == COUNTER_OK || v.status == COUNTER_SCALED);
    scaled += v.status == COUNTER_SCALED;
    share += (double)v.running_ns / (double)v.enabled_ns / EVENTS;
    assert_true(v.value > 2.0 * TURNS * 0.75 && v.value < 2.0 * TURNS * 1.25);
    if (v.status == COUNTER_SCALED) assert_true(v.raw < 2u * TURNS && strstr(v.reason, "multiplexed") != NULL);
  }
  print_message("  %d of %d events multiplexed, on the PMU for %.2f of the time\n", scaled, EVENTS, share);
  if (emulated) assert_int_equal(scaled, EVENTS);
  for (int i = 0; i < EVENTS; i++) perf_group_close(&groups[i]);
}

/* Reads without a system call give what read() gives. */
static void test_user_reads(void **state) {
  (void)state;
  struct perf_group g;
  struct perf_group_sample a, b, c;
  const struct perf_event_id ids[] = { { .type = PERF_TYPE_HARDWARE, .config = PERF_COUNT_HW_CPU_CYCLES },
                                       { .type = PERF_TYPE_HARDWARE, .config = PERF_COUNT_HW_INSTRUCTIONS } };
  int fd = open("/proc/sys/kernel/perf_user_access", O_WRONLY | O_CLOEXEC); /* arm64 has it, off by default */
  bool allowed = fd >= 0 && write(fd, "1", 1) == 1;
  if (fd >= 0) close(fd);
  assert_int_equal(perf_group_open(&g, ids, 2, 0, 0), 2);
  if (emulated && allowed) assert_true(g.rdpmc);
  perf_group_enable(&g);
  for (int k = 0; k < 2; k++) {
    assert_int_equal(perf_group_read(&g, &a), 0);
    spin(500000);
    assert_int_equal(perf_group_read_fast(&g, &b), 0);
    spin(500000);
    assert_int_equal(perf_group_read_fast(&g, &c), 0);
  }
  assert_in_range(b.value[1] - a.value[1], 1000000, 1010000);
  assert_in_range(c.value[1] - b.value[1], 1000000, 1010000);
  assert_true(b.value[0] > a.value[0] && c.value[0] > b.value[0]);
  if (emulated && allowed) assert_true(c.value[1] - b.value[1] < b.value[1] - a.value[1]);
  print_message(
      "  %s: %llu instructions beside the loop, by read() %llu\n", g.rdpmc ? "user-space reads" : "no user-space reads",
      (unsigned long long)(c.value[1] - b.value[1] - 1000000), (unsigned long long)(b.value[1] - a.value[1] - 1000000));
  perf_group_close(&g);
}

enum { RING_PAGES = 16, SAMPLED_TURNS = 5000000 };

/* Samples of one event over spin(turns): how many, and how many of them inside spin. */
static void sample_spin(uint64_t config, uint64_t period, uint64_t turns, int *samples, int *inside, uint64_t *count) {
  struct perf_event_attr a = { .size = sizeof a,
                               .type = PERF_TYPE_HARDWARE,
                               .config = config,
                               .sample_period = period,
                               .sample_type = PERF_SAMPLE_IP,
                               .disabled = 1,
                               .exclude_kernel = 1,
                               .exclude_hv = 1 };
  size_t page = (size_t)sysconf(_SC_PAGESIZE);
  int fd = (int)syscall(SYS_perf_event_open, &a, 0, -1, -1, PERF_FLAG_FD_CLOEXEC);
  assert_true(fd >= 0);
  struct perf_event_mmap_page *ring = mmap(NULL, (RING_PAGES + 1) * page, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
  assert_ptr_not_equal(ring, MAP_FAILED);
  ioctl(fd, PERF_EVENT_IOC_ENABLE, 0);
  spin(turns);
  ioctl(fd, PERF_EVENT_IOC_DISABLE, 0);
  assert_int_equal(read(fd, count, sizeof *count), sizeof *count);
  uint64_t head = __atomic_load_n(&ring->data_head, __ATOMIC_ACQUIRE);
  assert_true(head <= RING_PAGES * page); /* nothing was overwritten */
  *samples = *inside = 0;
  for (uint64_t at = 0; at < head;) {
    const struct perf_event_header *h = (const void *)((const char *)ring + page + at);
    uint64_t ip;
    memcpy(&ip, h + 1, sizeof ip);
    if (h->type == PERF_RECORD_SAMPLE) {
      ++*samples;
      *inside += ip >= (uintptr_t)spin && ip < (uintptr_t)spin + 64;
    }
    at += h->size;
  }
  munmap(ring, (RING_PAGES + 1) * page);
  close(fd);
}

static void test_sampling(void **state) {
  (void)state;
  const uint64_t configs[] = { PERF_COUNT_HW_CPU_CYCLES, PERF_COUNT_HW_INSTRUCTIONS };
  for (int i = 0; i < 2; i++) {
    int samples, inside;
    uint64_t count;
    sample_spin(configs[i], 100000, SAMPLED_TURNS, &samples, &inside, &count);
    print_message("  %s: %d samples for a count of %llu, %d in the loop\n", i == 0 ? "cycles" : "instructions", samples,
                  (unsigned long long)count, inside);
    /* QEMU's cycle counter interrupts on time, its event counters only when next looked at:
     * fewer samples, but the count misses nothing */
    assert_in_range((uint64_t)samples, emulated && i == 1 ? 5 : count / 100000 * 9 / 10, count / 100000 + 1);
    if (i == 1) assert_in_range(count, 2 * SAMPLED_TURNS, 2 * SAMPLED_TURNS * 101ull / 100);
    assert_true(inside * 10 >= samples * 9);
  }
}

int main(void) {
  const struct perf_event_id cycles = { .type = PERF_TYPE_HARDWARE, .config = PERF_COUNT_HW_CPU_CYCLES };
  struct perf_group g;
  emulated = getenv("HAKMEM_GUEST") != NULL;
  int opened = perf_group_open(&g, &cycles, 1, 0, 0);
  if (opened != 1 && !emulated)
    test_skip("host-pmu", "cycles do not open on this machine (make check-pmu emulates one that has them)");
  perf_group_close(&g);
  const struct CMUnitTest tests[] = {
    cmocka_unit_test(test_exact_counts), cmocka_unit_test(test_overhead_is_known), cmocka_unit_test(test_unavailable),
    cmocka_unit_test(test_full_group),   cmocka_unit_test(test_multiplexing),      cmocka_unit_test(test_user_reads),
    cmocka_unit_test(test_sampling),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
