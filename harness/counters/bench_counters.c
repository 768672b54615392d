/* SPDX-License-Identifier: GPL-3.0-or-later */
/* bench_counters.c: `make bench-counters`: what one start/stop pair around a loop costs, for each
 * backend, beside clock_gettime and a `perf stat` around the whole program. A row is the time of
 * a pair (median and spread of samples of BATCH pairs) and what an empty pair itself counts:
 * the floor below which a count means nothing. */
#include <errno.h>
#include <gsl/gsl_sort.h>
#include <linux/perf_event.h>
#include <math.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "harness/core/bench_clock.h"
#include "harness/counters/counter_set.h"
#include "harness/counters/cpu_choice.h"

enum { SAMPLES = 2001, BATCH = 16, PROGRAM_RUNS = 15 };

static volatile uint64_t sink;

struct summary {
  double p10, median, p90, p99;
};

static struct summary summarise(double *ns, size_t n) {
  gsl_sort(ns, 1, n);
  return (struct summary){ ns[n / 10], ns[n / 2], ns[n - 1 - n / 10], ns[n - 1 - n / 100] };
}

static void print_row(const char *name, struct summary s, const char *counts) {
  printf("%-38s %10.1f %10.1f %10.1f %10.1f  %s\n", name, s.p10, s.median, s.p90, s.p99, counts);
}

static void print_unavailable(const char *name, const char *reason) { printf("%-38s unavailable: %s\n", name, reason); }

/* The time of pair(context), in ns. */
static struct summary time_pairs(void (*pair)(void *), void *context) {
  static double ns[SAMPLES];
  for (int i = 0; i < BATCH; i++) pair(context);
  for (int i = 0; i < SAMPLES; i++) {
    uint64_t start = bench_now_ns();
    for (int k = 0; k < BATCH; k++) pair(context);
    ns[i] = (double)(bench_now_ns() - start) / BATCH;
  }
  return summarise(ns, SAMPLES);
}

static void clock_pair(void *context) {
  uint64_t start = bench_now_ns();
  sink = bench_now_ns() - start;
}

static void tsc_pair(void *context) {
  uint64_t start = bench_now_tsc();
  sink = bench_now_tsc() - start;
}

static void usage_pair(void *context) {
  struct rusage a, b;
  getrusage(RUSAGE_SELF, &a);
  getrusage(RUSAGE_SELF, &b);
  sink = (uint64_t)(b.ru_minflt - a.ru_minflt);
}

static void set_pair(void *context) {
  counter_set_start(context);
  counter_set_stop(context);
}

static void fast_pair(void *context) {
  struct perf_group_sample a, b;
  perf_group_read_fast(context, &a);
  perf_group_read_fast(context, &b);
  sink = b.value[0] - a.value[0];
}

static void row_set(const char *name, const char *events) {
  struct counter_set set;
  struct counter_value v;
  struct error err = { 0 };
  char counts[128];
  if (counter_set_open(&set, events, 0, NULL, NULL, &err) != 0) {
    print_unavailable(name, err.text);
    return;
  }
  counter_set_start(&set);
  for (volatile int i = 0; i < 100000; i++) continue;
  counter_set_stop(&set);
  for (int i = 0; i < set.count; i++) {
    counter_set_value(&set, i, &v);
    if (v.status != COUNTER_UNAVAILABLE) continue;
    char reason[320];
    snprintf(reason, sizeof reason, "%s: %s", v.name, v.reason);
    print_unavailable(name, reason);
    counter_set_close(&set);
    return;
  }
  counter_set_measure_overhead(&set, 200);
  snprintf(counts, sizeof counts, "%.0f %s", set.overhead[0], set.events[0].name);
  print_row(name, time_pairs(set_pair, &set), counts);
  counter_set_close(&set);
}

static void row_rdpmc(const char *name) {
  struct perf_group g;
  struct perf_group_sample a, b;
  const struct perf_event_id ids[2] = { { PERF_TYPE_HARDWARE, PERF_COUNT_HW_CPU_CYCLES, 0, 0 },
                                        { PERF_TYPE_HARDWARE, PERF_COUNT_HW_INSTRUCTIONS, 0, 0 } };
  const struct counter_event cycles = { .name = "cycles", .backend = COUNTER_HARDWARE, .id = ids[0] };
  char reason[192], advice[192], counts[64];
  if (perf_group_open(&g, ids, 2, 0, 0) == 0) {
    counter_explain_refusal(&cycles, g.error[0], 1, reason, sizeof reason, advice, sizeof advice);
    print_unavailable(name, reason);
    return;
  }
  perf_group_enable(&g);
  if (!g.rdpmc || perf_group_read_fast(&g, &a) != 0) {
    print_unavailable(name, "the kernel does not let user space read the counters");
  } else {
    uint64_t least = UINT64_MAX;
    for (int i = 0; i < 200 && perf_group_read_fast(&g, &a) == 0 && perf_group_read_fast(&g, &b) == 0; i++)
      if (b.value[0] - a.value[0] < least) least = b.value[0] - a.value[0];
    snprintf(counts, sizeof counts, "%llu cycles", (unsigned long long)least);
    print_row(name, time_pairs(fast_pair, &g), counts);
  }
  perf_group_close(&g);
}

/* Wall time of a program that does nothing, in ns; < 0 where it does not run. */
static double run_program(char *const *argv) {
  pid_t pid;
  int status;
  uint64_t start = bench_now_ns();
  if (posix_spawnp(&pid, argv[0], NULL, NULL, argv, environ) != 0) return -1;
  if (waitpid(pid, &status, 0) != pid || !WIFEXITED(status) || WEXITSTATUS(status) != 0) return -1;
  return (double)(bench_now_ns() - start);
}

/* perf stat has no loop to stand around: its pair is a process. What it costs is the difference
 * to the same process without it, run in turn. */
static void row_perf_stat(const char *name) {
  char *const plain[] = { (char[]){ "true" }, NULL };
  char *const counted[] = { (char[]){ "perf" },         (char[]){ "stat" },      (char[]){ "-x," },
                            (char[]){ "-o" },           (char[]){ "/dev/null" }, (char[]){ "-e" },
                            (char[]){ "task-clock:u" }, (char[]){ "true" },      NULL };
  double ns[PROGRAM_RUNS];
  for (int i = 0; i < PROGRAM_RUNS; i++) {
    double with = run_program(counted), without = run_program(plain);
    if (with < 0 || without < 0) {
      print_unavailable(name, "perf is not installed, or does not run here");
      return;
    }
    ns[i] = with - without;
  }
  print_row(name, summarise(ns, PROGRAM_RUNS), "its own start, and the program's");
}

int main(void) {
  struct cpu_choice choice;
  struct error err = { 0 };
  cpu_set_t one;
  if (cpu_choice_make(1, &choice, &err) == 0) {
    CPU_ZERO(&one);
    CPU_SET((size_t)choice.cpus[0], &one);
    if (sched_setaffinity(0, sizeof one, &one) == 0)
      printf("on CPU %d, %d samples of %d pairs\n", choice.cpus[0], SAMPLES, BATCH);
  }
  printf("%-38s %10s %10s %10s %10s  %s\n", "one start/stop pair, ns", "10%", "median", "90%", "99%",
         "an empty pair counts");
  print_row("clock_gettime", time_pairs(clock_pair, NULL), "-");
  print_row("tsc", time_pairs(tsc_pair, NULL), "-");
  print_row("getrusage", time_pairs(usage_pair, NULL), "-");
  row_set("counter set: tsc", "tsc");
  row_set("counter set: task-clock", "task-clock");
  row_set("counter set: 4 software events", "task-clock,page-faults,context-switches,migrations");
  row_set("counter set: cycles", "cycles");
  row_set("counter set: cycles, instructions", "cycles,instructions");
  row_set("counter set: 4 hardware events", "cycles,instructions,cache-misses,branch-misses");
  row_rdpmc("rdpmc: cycles, instructions");
  row_perf_stat("perf stat, around a whole process");
  return 0;
}
