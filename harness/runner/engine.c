/* SPDX-License-Identifier: GPL-3.0-or-later */
/* engine.c: see engine.h. Threads meet at a spinning barrier before and after each round; thread 0
 * does what is to be done between rounds while the others wait at the next round's barrier. Only the
 * probes of the core are made by all of them, at the same time: where two of the threads share a core
 * they do so in the rounds too, and a probe beside a waiting thread would not see it. */
#include "harness/runner/engine.h"

#include <pthread.h>
#include <sched.h>
#include <stddef.h>
#include <sys/mman.h>
#include <sys/resource.h>

#include "harness/core/bench_clock.h"
#include "harness/runner/bench_io.h"
#include "harness/runner/core_probe.h"
#include "harness/runner/engine_counters.h"
#include "harness/runner/run_delay.h"

struct thread {
  void *state;
  struct workload_counts counts;
  struct engine_counters counters;
  uint64_t start_ns, end_ns, start_tsc, end_tsc; /* of the round */
  int start_cpu, end_cpu;
  int delay_fd;                     /* run_delay.h */
  uint64_t start_delay_ns, wait_ns; /* of the round */
  double width, width_before;       /* of the core; 0: not probed */
} __attribute__((aligned(128)));    /* two lines: the adjacent-line prefetcher pairs them */

static const struct engine_spec *spec;
static struct engine_result *result;
static struct thread *threads;
static unsigned thread_count;
static struct bench_barrier barrier;
static struct engine_span *spans;
static uint32_t not_pinned; /* threads that could not be */
static bool probing;
/* of thread 0, for the round that runs */
static struct workload_counts counts_before, counts_at_start;
static struct rusage usage_before, usage_at_start;
static struct engine_usage usage_of_round;
static uint32_t toggled;

static void *map_pages(uint64_t size) {
  void *p = mmap(NULL, size > 0 ? size : 1, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);
  return p == MAP_FAILED ? NULL : p;
}

static bool pin(unsigned thread) {
  int cpu = spec->cpu_count > 0 ? spec->cpus[thread % spec->cpu_count] : -1;
  cpu_set_t set;
  if (cpu < 0) return true;
  CPU_ZERO(&set);
  CPU_SET((size_t)cpu, &set);
  return sched_setaffinity(0, sizeof set, &set) == 0;
}

static struct workload_counts all_counts(void) {
  struct workload_counts sum = { 0, 0, 0, 0 };
  for (unsigned i = 0; i < thread_count; i++) {
    sum.ops += threads[i].counts.ops;
    sum.allocs += threads[i].counts.allocs;
    sum.frees += threads[i].counts.frees;
    sum.tiny_frees += threads[i].counts.tiny_frees;
  }
  return sum;
}

static struct workload_counts counts_since(const struct workload_counts *before) {
  struct workload_counts c = all_counts();
  c.ops -= before->ops;
  c.allocs -= before->allocs;
  c.frees -= before->frees;
  c.tiny_frees -= before->tiny_frees;
  return c;
}

static uint64_t ns_of(const struct timeval *t) {
  return (uint64_t)t->tv_sec * 1000000000u + (uint64_t)t->tv_usec * 1000u;
}

static void usage_since(const struct rusage *a, struct engine_usage *u) {
  struct rusage b;
  getrusage(RUSAGE_SELF, &b);
  u->minor_faults = (uint64_t)(b.ru_minflt - a->ru_minflt);
  u->major_faults = (uint64_t)(b.ru_majflt - a->ru_majflt);
  u->voluntary_switches = (uint64_t)(b.ru_nvcsw - a->ru_nvcsw);
  u->involuntary_switches = (uint64_t)(b.ru_nivcsw - a->ru_nivcsw);
  u->user_ns = ns_of(&b.ru_utime) - ns_of(&a->ru_utime);
  u->system_ns = ns_of(&b.ru_stime) - ns_of(&a->ru_stime);
}

/* Threads that take turns on a CPU would be in each other's probe, and threads of the workload's own are none
 * of ours to probe in. */
static bool probes(void) {
  if (!spec->probe || spec->workload->own_threads) return false;
  for (unsigned t = 1; t < thread_count; t++)
    for (unsigned u = 0; u < t; u++) {
      int cpu = spec->cpu_count > 0 ? spec->cpus[t % spec->cpu_count] : -1;
      if (cpu < 0 || cpu == spec->cpus[u % spec->cpu_count]) return false;
    }
  return true;
}

static double probe(void) { return probing ? core_probe() : 0; }

/* Thread 0, all others waiting. */
static void before_round(uint64_t r) {
  bool timed = r >= spec->warm_rounds;
  if (r == spec->warm_rounds) {
    result->ready_ns = bench_now_ns();
    counts_at_start = all_counts();
    getrusage(RUSAGE_SELF, &usage_at_start);
  }
  toggled = timed && spec->round_start != NULL ? spec->round_start(spec->context, r - spec->warm_rounds) : 0;
  counts_before = all_counts();
  getrusage(RUSAGE_SELF, &usage_before);
}

static void sum_threads(struct round *out, uint64_t timed_round) {
  uint64_t start_ns = UINT64_MAX, start_tsc = UINT64_MAX, end_ns = 0, end_tsc = 0;
  for (int e = 0; e < ROUND_EVENTS_MAX; e++) out->pmu[e] = e < spec->event_count ? 0 : ROUND_NOT_MEASURED;
  for (unsigned i = 0; i < thread_count; i++) {
    const struct thread *t = &threads[i];
    if (t->start_ns < start_ns) start_ns = t->start_ns;
    if (t->start_tsc < start_tsc) start_tsc = t->start_tsc;
    if (t->end_ns > end_ns) end_ns = t->end_ns;
    if (t->end_tsc > end_tsc) end_tsc = t->end_tsc;
    if (spans != NULL && timed_round < spec->rounds)
      spans[timed_round * thread_count + i] = (struct engine_span){ t->start_ns, t->end_ns };
    out->migrated += t->start_cpu != t->end_cpu;
    if (t->wait_ns == ROUND_NOT_MEASURED) out->wait_ns = ROUND_NOT_MEASURED;
    else if (out->wait_ns != ROUND_NOT_MEASURED) out->wait_ns += t->wait_ns;
    double width = t->width_before > t->width ? t->width_before : t->width;
    if (width > out->width) out->width = width;
    engine_counters_add(&t->counters, spec->event_count, out);
  }
  out->wall_ns = end_ns - start_ns;
  out->tsc = end_tsc - start_tsc;
  out->cpu = (uint32_t)threads[0].end_cpu;
}

/* Thread 0, all others waiting, after the probe: that comes before anything is stored in the round's pages. */
static void after_round(uint64_t r) {
  static struct round untimed;
  const struct engine_usage usage = usage_of_round;
  /* Warm-up rounds go the same way, so that nothing of it is done for the first time in a timed one. */
  bool timed = r >= spec->warm_rounds;
  struct round *out = timed ? &result->rounds[r - spec->warm_rounds] : &untimed;
  struct workload_counts c = counts_since(&counts_before);
  *out = (struct round){ .ops = c.ops,
                         .allocs = c.allocs,
                         .frees = c.frees,
                         .tiny_frees = c.tiny_frees,
                         .minor_faults = (uint32_t)usage.minor_faults,
                         .major_faults = (uint32_t)usage.major_faults,
                         .voluntary_switches = (uint32_t)usage.voluntary_switches,
                         .involuntary_switches = (uint32_t)usage.involuntary_switches,
                         .toggled = toggled,
                         .done = 1 };
  sum_threads(out, timed ? r - spec->warm_rounds : UINT64_MAX);
  if (timed) result->migrations += out->migrated;
}

static void one_round(unsigned index, struct thread *t, uint64_t r) {
  uint64_t ops = r < spec->warm_rounds ? spec->warm_ops : spec->params.ops;
  bench_barrier_wait(&barrier);
  if (index == 0) before_round(r);
  t->start_cpu = sched_getcpu();
  t->start_delay_ns = run_delay_read(t->delay_fd);
  bench_barrier_wait(&barrier);
  engine_counters_begin(&t->counters);
  t->start_ns = bench_now_ns();
  t->start_tsc = bench_now_tsc();
  spec->workload->run(t->state, ops, &t->counts);
  t->end_tsc = bench_now_tsc();
  t->end_ns = bench_now_ns();
  engine_counters_end(&t->counters);
  t->end_cpu = sched_getcpu();
  uint64_t delay = run_delay_read(t->delay_fd);
  t->wait_ns = t->start_delay_ns == ROUND_NOT_MEASURED || delay == ROUND_NOT_MEASURED ? ROUND_NOT_MEASURED
                                                                                      : delay - t->start_delay_ns;
  bench_barrier_wait(&barrier);
  if (index == 0) usage_since(&usage_before, &usage_of_round);
  bench_barrier_wait(&barrier);
  t->width_before = t->width;
  t->width = probe();
  bench_barrier_wait(&barrier);
  if (index == 0) after_round(r);
}

/* What the timed part leaves behind. */
static void after_last_round(void) {
  result->ended_ns = bench_now_ns();
  usage_since(&usage_at_start, &result->usage);
  result->timed = counts_since(&counts_at_start);
  if (!spec->process_facts) return;
  result->live_rss = bench_status_bytes("VmRSS");
  for (unsigned i = 0; i < thread_count && spec->workload->live_bytes != NULL; i++)
    result->requested_bytes += spec->workload->live_bytes(threads[i].state);
}

static void *thread_main(void *arg) {
  unsigned index = (unsigned)(uintptr_t)arg;
  struct thread *t = &threads[index];
  if (index > 0 && spec->thread_start != NULL) spec->thread_start(spec->context);
  if (!pin(index)) __atomic_add_fetch(&not_pinned, 1, __ATOMIC_RELAXED); /* read behind pthread_join */
  engine_counters_open(&t->counters, spec);
  t->delay_fd = spec->probe && !spec->workload->own_threads ? run_delay_open() : -1;
  if (index == 0 && spec->process_facts) engine_counters_overhead(&t->counters, spec->event_count, result);
  bench_barrier_wait(&barrier);
  t->width = probe();
  t->width = probe(); /* the first one ran on cold code */
  for (uint64_t r = 0; r < spec->warm_rounds + spec->rounds; r++) one_round(index, t, r);
  bench_barrier_wait(&barrier);
  if (index == 0) after_last_round();
  bench_barrier_wait(&barrier);
  if (spec->finish) spec->workload->finish(t->state, &t->counts);
  return NULL;
}

const char *engine_check(const struct engine_spec *s) {
  const struct workload *w = s->workload;
  unsigned multiple = w->thread_multiple > 1 ? w->thread_multiple : 1;
  if (s->params.slots == 0 || s->params.slots > (1u << 28)) return "slots must be 1 to 268435456";
  if (s->params.threads < w->min_threads) return "the workload needs more threads (--threads)";
  if (s->params.threads > ENGINE_THREADS_MAX) return "more than 256 threads";
  if (s->params.threads % multiple != 0) return "the workload's threads come in groups (--threads)";
  if (s->rounds == 0 || s->rounds > ENGINE_ROUNDS_MAX || s->warm_rounds > ENGINE_ROUNDS_MAX)
    return "rounds must be 1 to 1000000, warmup 0 to 1000000";
  if (s->event_count > ROUND_EVENTS_MAX) return "more than 8 events";
  return NULL;
}

static const char *make_states(void *states[]) {
  for (unsigned t = 0; t < thread_count; t++) {
    states[t] = threads[t].state = map_pages(spec->workload->state_size(&spec->params));
    if (states[t] == NULL) return "no memory for the workload's state";
  }
  for (unsigned t = 0; t < thread_count; t++)
    if (spec->workload->init(states[t], &spec->params, t, states) != 0) return "the workload's init failed";
  return NULL;
}

const char *engine_run(const struct engine_spec *s, struct engine_result *out) {
  void *states[ENGINE_THREADS_MAX];
  pthread_t handle[ENGINE_THREADS_MAX];
  *out = (struct engine_result){ .live_rss = ROUND_NOT_MEASURED, .start_rss = ROUND_NOT_MEASURED };
  spec = s;
  result = out;
  const char *wrong = engine_check(s);
  if (wrong != NULL) return wrong;
  thread_count = out->threads = s->workload->own_threads ? 1 : s->params.threads;
  barrier.threads = thread_count;
  probing = probes();
  threads = map_pages(thread_count * sizeof *threads);
  out->rounds = map_pages(s->rounds * sizeof *out->rounds);
  if (s->keep_spans) out->spans = spans = map_pages(s->rounds * thread_count * sizeof *spans);
  if (threads == NULL || out->rounds == NULL || (s->keep_spans && spans == NULL)) return "no memory for the rounds";
  if (!pin(0)) return "cannot pin to the CPU"; /* states are on the memory of its node */
  if ((wrong = make_states(states)) != NULL) return wrong;
  if (s->process_facts) out->start_rss = bench_status_bytes("VmRSS");
  for (unsigned t = 1; t < thread_count; t++)
    if (pthread_create(&handle[t], NULL, thread_main, (void *)(uintptr_t)t) != 0) return "cannot start a thread";
  thread_main((void *)0);
  for (unsigned t = 1; t < thread_count; t++) pthread_join(handle[t], NULL);
  out->total = all_counts();
  for (int e = 0; e < s->event_count; e++) out->event_errno[e] = threads[0].counters.group.error[e];
  out->rdpmc = threads[0].counters.group.rdpmc;
  return not_pinned > 0 ? "a thread could not be pinned to its CPU" : NULL;
}
