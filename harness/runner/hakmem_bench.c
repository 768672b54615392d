/* SPDX-License-Identifier: GPL-3.0-or-later */
/* hakmem_bench.c: the workload runner: one workload, one process.
 *
 * Its command line and its report are in bench_record.h. It is started by the harness (bench,
 * verify, ab, peers) with another malloc preloaded or linked. Nothing here allocates: states
 * come from mmap, output is formatted by hand. Start-up is kept small, because A/B campaigns
 * start thousands of processes that live for 20 ms. */
#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <unistd.h>

#include "harness/runner/bench_clock.h"
#include "harness/runner/bench_io.h"
#include "harness/runner/bench_launch.h"
#include "harness/runner/bench_record.h"
#include "harness/runner/perf_group.h"
#include "harness/workloads/workload.h"

enum { THREADS_MAX = 256, CPUS_MAX = 256, ROUNDS_MAX = 1000000, OVERHEAD_TRIES = 32 };

struct thread {
  void *state;
  struct workload_counts counts;
  struct perf_group group;
  struct perf_group_sample begin, end; /* values of the round */
  struct perf_group_sample begin_time, end_time;
  int start_cpu, end_cpu;
  int round_error;               /* the round's counters could not be read */
} __attribute__((aligned(128))); /* two lines: the adjacent-line prefetcher pairs them */

static const struct workload *workload;
static struct workload_params params;
static struct thread *threads;
static unsigned thread_count; /* threads of the runner: params.threads, or 1 */
static uint64_t rounds = 1, warmup;
static int text_fd = -1, record_fd = -1;
static int cpus[CPUS_MAX];
static unsigned cpu_count;
static struct perf_event_id events[BENCH_EVENTS_MAX];
static int event_count;
static struct bench_barrier barrier;
static struct bench_record record;
static struct bench_round *round_list;

static void counters_begin(struct thread *t) {
  if (t->group.opened == 0) return;
  if (t->group.rdpmc) {
    t->round_error = perf_group_read(&t->group, &t->begin_time);
    if (perf_group_read_fast(&t->group, &t->begin) == 0) return;
    t->group.rdpmc = false; /* multiplexed: only the kernel knows the count */
  }
  t->round_error = perf_group_read(&t->group, &t->begin);
  t->begin_time = t->begin;
}

static void counters_end(struct thread *t) {
  if (t->group.opened == 0) return;
  if (t->group.rdpmc) {
    if (perf_group_read_fast(&t->group, &t->end) != 0) {
      t->group.rdpmc = false;
      t->round_error = -EAGAIN;
    }
    perf_group_read(&t->group, &t->end_time);
    return;
  }
  int rc = perf_group_read(&t->group, &t->end);
  if (rc != 0) t->round_error = rc;
  t->end_time = t->end;
}

/* What an empty round counts: the floor below which a count means nothing. */
static void measure_overhead(struct thread *t) {
  for (int e = 0; e < event_count; e++) record.event_overhead[e] = BENCH_NOT_MEASURED;
  record.clock_overhead_ns = UINT64_MAX;
  for (int i = 0; i < OVERHEAD_TRIES; i++) {
    uint64_t start = bench_now_ns();
    uint64_t ns = bench_now_ns() - start;
    if (ns < record.clock_overhead_ns) record.clock_overhead_ns = ns;
    counters_begin(t);
    counters_end(t);
    for (int e = 0; e < event_count && t->group.opened > 0 && t->round_error == 0; e++)
      if (t->group.error[e] == 0 && t->end.value[e] - t->begin.value[e] < record.event_overhead[e])
        record.event_overhead[e] = t->end.value[e] - t->begin.value[e];
  }
}

static void gather_round(struct bench_round *r) {
  for (int e = 0; e < BENCH_EVENTS_MAX; e++) r->value[e] = e < event_count ? 0 : BENCH_NOT_MEASURED;
  for (unsigned i = 0; i < thread_count; i++) {
    struct thread *t = &threads[i];
    r->migrated += t->start_cpu != t->end_cpu;
    for (int e = 0; e < event_count; e++) {
      if (t->group.opened == 0 || t->group.error[e] != 0 || t->round_error != 0) r->value[e] = BENCH_NOT_MEASURED;
      else if (r->value[e] != BENCH_NOT_MEASURED) r->value[e] += t->end.value[e] - t->begin.value[e];
    }
    if (t->group.opened > 0) {
      r->enabled_ns += t->end_time.enabled_ns - t->begin_time.enabled_ns;
      r->running_ns += t->end_time.running_ns - t->begin_time.running_ns;
    }
  }
  r->cpu = (uint32_t)threads[0].end_cpu;
  record.migrations += r->migrated;
}

static uint64_t ns_of(const struct timeval *t) {
  return (uint64_t)t->tv_sec * 1000000000u + (uint64_t)t->tv_usec * 1000u;
}

/* sign: -1 before the first timed round, +1 after the last (unsigned arithmetic wraps). */
static void add_usage(int sign) {
  struct rusage u;
  if (getrusage(RUSAGE_SELF, &u) != 0) return;
  uint64_t s = (uint64_t)(int64_t)sign;
  record.minor_faults += s * (uint64_t)u.ru_minflt;
  record.major_faults += s * (uint64_t)u.ru_majflt;
  record.voluntary_switches += s * (uint64_t)u.ru_nvcsw;
  record.involuntary_switches += s * (uint64_t)u.ru_nivcsw;
  record.user_ns += s * ns_of(&u.ru_utime);
  record.system_ns += s * ns_of(&u.ru_stime);
}

static void add_counts(struct bench_counts *sum) {
  *sum = (struct bench_counts){ 0, 0, 0, 0 };
  for (unsigned i = 0; i < thread_count; i++) {
    sum->ops += threads[i].counts.ops;
    sum->allocs += threads[i].counts.allocs;
    sum->frees += threads[i].counts.frees;
    sum->tiny_frees += threads[i].counts.tiny_frees;
  }
}

/* Between rounds, all other threads waiting: what the timed part leaves behind. */
static void after_rounds(const struct bench_counts *before) {
  add_usage(+1);
  add_counts(&record.timed);
  record.timed.ops -= before->ops;
  record.timed.allocs -= before->allocs;
  record.timed.frees -= before->frees;
  record.timed.tiny_frees -= before->tiny_frees;
  if (record_fd < 0) return; /* callgrind's runs stay the same to the instruction */
  record.live_rss = bench_status_bytes("VmRSS");
  for (unsigned i = 0; i < thread_count && workload->live_bytes != NULL; i++)
    record.requested_bytes += workload->live_bytes(threads[i].state);
}

static void pin(unsigned index) {
  cpu_set_t set;
  if (cpu_count == 0) return;
  CPU_ZERO(&set);
  CPU_SET((size_t)cpus[index % cpu_count], &set);
  if (sched_setaffinity(0, sizeof set, &set) != 0 && index == 0) bench_say("cannot pin to a CPU of ", "cpus=");
}

static void *thread_main(void *arg) {
  unsigned index = (unsigned)(uintptr_t)arg;
  struct thread *t = &threads[index];
  struct bench_counts before = { 0, 0, 0, 0 };
  pin(index);
  if (workload->own_threads) {
    for (int e = 0; e < event_count; e++) t->group.error[e] = EOPNOTSUPP;
  } else if (event_count > 0) {
    perf_group_open(&t->group, events, event_count, 0, 0);
    perf_group_enable(&t->group);
  }
  if (index == 0 && record_fd >= 0) measure_overhead(t);
  for (uint64_t r = 0; r < warmup + rounds; r++) {
    uint64_t start = 0, start_tsc = 0;
    bool timed = r >= warmup;
    bench_barrier_wait(&barrier);
    if (index == 0 && r == warmup) {
      add_counts(&before);
      add_usage(-1);
    }
    t->start_cpu = sched_getcpu();
    t->round_error = 0;
    bench_barrier_wait(&barrier);
    counters_begin(t);
    if (index == 0) {
      start = bench_now_ns();
      start_tsc = bench_now_tsc();
    }
    workload->run(t->state, params.ops, &t->counts);
    if (thread_count > 1) {
      counters_end(t);
      bench_barrier_wait(&barrier);
    }
    if (index == 0) {
      uint64_t end_tsc = bench_now_tsc(), end = bench_now_ns();
      if (thread_count == 1) counters_end(t);
      t->end_cpu = sched_getcpu();
      if (timed) {
        struct bench_round *out = &round_list[r - warmup];
        out->ns = end - start;
        out->tsc = end_tsc - start_tsc;
      }
    } else t->end_cpu = sched_getcpu();
    bench_barrier_wait(&barrier);
    if (index == 0 && timed) gather_round(&round_list[r - warmup]);
  }
  bench_barrier_wait(&barrier);
  if (index == 0) after_rounds(&before);
  bench_barrier_wait(&barrier);
  workload->finish(t->state, &t->counts);
  perf_group_close(&t->group);
  return NULL;
}

static int list_workloads(void) {
  bench_put(2, "hakmem-bench: no such workload; there are:");
  for (const struct workload *const *w = workload_list; *w != NULL; w++) {
    bench_put(2, " ");
    bench_put(2, (*w)->name);
  }
  bench_put(2, "\n");
  return 2;
}

static bool parse_event(const char *text) {
  uint64_t field[4] = { 0, 0, 0, 0 };
  if (event_count >= BENCH_EVENTS_MAX) return false;
  for (int i = 0; i < 4; i++) {
    if (!bench_parse(&text, true, &field[i])) return false;
    if (*text == '\0') {
      if (i == 0) return false;
      events[event_count++] = (struct perf_event_id){ (uint32_t)field[0], field[1], field[2], field[3] };
      return true;
    }
    if (*text++ != ':') return false;
  }
  return false;
}

static bool parse_cpus(const char *text) {
  uint64_t v;
  while (cpu_count < CPUS_MAX && bench_parse(&text, false, &v) && v < CPU_SETSIZE) {
    cpus[cpu_count++] = (int)v;
    if (*text == '\0') return true;
    if (*text++ != ',') return false;
  }
  return false;
}

static bool is(const char *setting, size_t n, const char *name) {
  return strlen(name) == n && memcmp(setting, name, n) == 0;
}

/* One NAME=VALUE of the command line. */
static bool parse_setting(const char *text) {
  const char *eq = strchr(text, '=');
  if (eq == NULL) return false;
  size_t n = (size_t)(eq - text);
  const char *value = eq + 1;
  if (is(text, n, "event")) return parse_event(value);
  if (is(text, n, "cpus")) return parse_cpus(value);
  if (is(text, n, "file")) {
    params.file = value;
    return true;
  }
  uint64_t v;
  if (!bench_parse(&value, false, &v) || *value != '\0') return false;
  if (is(text, n, "slots")) params.slots = v;
  else if (is(text, n, "ops")) params.ops = v;
  else if (is(text, n, "seed")) params.seed = v;
  else if (is(text, n, "threads")) params.threads = v > THREADS_MAX ? 0 : (unsigned)v;
  else if (is(text, n, "rounds")) rounds = v;
  else if (is(text, n, "warmup")) warmup = v;
  else if (is(text, n, "fd")) text_fd = (int)v;
  else if (is(text, n, "record")) record_fd = (int)v;
  else return false;
  return true;
}

static void *map_zeroed(size_t size) {
  void *p = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);
  return p == MAP_FAILED ? NULL : p;
}

static int check_settings(void) {
  unsigned multiple = workload->thread_multiple > 1 ? workload->thread_multiple : 1;
  if (params.slots == 0 || params.slots > (1u << 28)) return bench_say("slots must be 1 to ", "268435456"), 2;
  if (params.threads < workload->min_threads || params.threads > THREADS_MAX || params.threads % multiple != 0) {
    char line[64], *p = bench_format(line, "threads must be at most 256, at least ", workload->min_threads);
    p = bench_format(p, "and a multiple of ", multiple);
    *p = '\0';
    return bench_say(line, ""), 2;
  }
  if (rounds == 0 || rounds > ROUNDS_MAX || warmup > ROUNDS_MAX)
    return bench_say("rounds must be 1 to 1000000, warmup 0 to ", "1000000"), 2;
  return 0;
}

int main(int argc, char **argv) {
  if (argc > 1 && strcmp(argv[1], "launch") == 0) return bench_launch_main(argc, argv);
  workload = argc > 1 ? workload_find(argv[1]) : NULL;
  if (workload == NULL) return list_workloads();
  params = (struct workload_params){ .slots = workload->default_slots,
                                     .ops = workload->default_ops,
                                     .seed = 1,
                                     .threads = workload->default_threads > 0 ? workload->default_threads
                                                                              : workload->min_threads };
  for (int i = 2; i < argc; i++)
    if (!parse_setting(argv[i])) return bench_say("wrong setting: ", argv[i]), 2;
  if (text_fd < 0 && record_fd < 0) text_fd = 1;
  int rc = check_settings();
  if (rc != 0) return rc;
  if (workload->prepare != NULL && workload->prepare(&params) != 0) return 3;
  thread_count = workload->own_threads ? 1 : params.threads;
  barrier.threads = thread_count;
  threads = map_zeroed(thread_count * sizeof *threads);
  round_list = map_zeroed(rounds * sizeof *round_list);
  if (threads == NULL || round_list == NULL) return bench_say("no memory for the ", "rounds"), 3;
  void *states[THREADS_MAX];
  for (unsigned t = 0; t < thread_count; t++) {
    states[t] = threads[t].state = map_zeroed(workload->state_size(&params));
    if (states[t] == NULL) return bench_say("no memory for the ", "slots"), 3;
  }
  for (unsigned t = 0; t < thread_count; t++)
    if (workload->init(states[t], &params, t, states) != 0) return 3;
  if (record_fd >= 0) record.start_rss = bench_status_bytes("VmRSS");
  pthread_t handle[THREADS_MAX];
  for (unsigned t = 1; t < thread_count; t++)
    if (pthread_create(&handle[t], NULL, thread_main, (void *)(uintptr_t)t) != 0)
      return bench_say("cannot make the ", "threads"), 3;
  thread_main((void *)0);
  for (unsigned t = 1; t < thread_count; t++) pthread_join(handle[t], NULL);
  add_counts(&record.total);
  if (record_fd >= 0) {
    record.magic = BENCH_RECORD_MAGIC;
    record.record_bytes = sizeof record;
    record.round_bytes = sizeof *round_list;
    record.rounds = (uint32_t)rounds;
    record.warmup = (uint32_t)warmup;
    record.threads = params.threads;
    record.events = (uint32_t)event_count;
    record.ops_per_round = params.ops;
    record.end_rss = bench_status_bytes("VmRSS");
    record.peak_rss = bench_status_bytes("VmHWM");
    for (int e = 0; e < event_count; e++) record.event_errno[e] = threads[0].group.error[e];
    record.event_rdpmc = threads[0].group.rdpmc;
    bench_write(record_fd, &record, sizeof record);
    bench_write(record_fd, round_list, rounds * sizeof *round_list);
  }
  if (text_fd >= 0) {
    char line[256], *p = line;
    p = bench_format(p, "ops=", record.total.ops);
    p = bench_format(p, "allocs=", record.total.allocs);
    p = bench_format(p, "frees=", record.total.frees);
    p = bench_format(p, "tiny_frees=", record.total.tiny_frees);
    p[-1] = '\n';
    bench_write(text_fd, line, (size_t)(p - line));
  }
  return 0;
}
