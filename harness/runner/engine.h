/* SPDX-License-Identifier: GPL-3.0-or-later */
/* engine.h: the one measured loop. Warm-up, then rounds, each with its clocks, faults, switches,
 * counters and the width of the core; in as many threads as were asked for.
 *
 * Two mains stand on it: hakmem-bench (the malloc comes from the system's loader) and
 * hakmem-ab-runner (the malloc is an image that it maps). It needs libc alone and allocates nothing
 * by malloc: every block that a workload asks for is counted.
 *
 * Rounds are kept in anonymous pages of their own, faulted in before the first round, and leave the
 * process after the last: a record that shares pages with anything else faults between a round and
 * the probe behind it, and the probe's first loop is slow after a fault. */
#ifndef HARNESS_RUNNER_ENGINE_H
#define HARNESS_RUNNER_ENGINE_H

#include <stdbool.h>
#include <stdint.h>

#include "harness/runner/perf_group.h"
#include "harness/runner/round.h"
#include "harness/workloads/workload.h"

enum { ENGINE_THREADS_MAX = 256, ENGINE_ROUNDS_MAX = 1000000 };

struct engine_spec {
  const struct workload *workload;
  struct workload_params params; /* ops: of a thread in a timed round */
  uint64_t rounds, warm_rounds, warm_ops;
  const int *cpus; /* thread t is pinned to cpus[t % cpu_count]; a CPU below 0 or none: not pinned */
  unsigned cpu_count;
  const struct perf_event_id *events;
  int event_count;
  unsigned event_flags;                /* perf_group.h */
  bool process_facts;                  /* also overheads and resident memory */
  bool probe;                          /* the core's width beside each round (core_probe.h), of each thread at once */
  bool finish;                         /* what is live after the last round is freed */
  bool keep_spans;                     /* each thread's start and end of each round */
  void (*thread_start)(void *context); /* in each further thread, first of all; or NULL */
  uint32_t (*round_start)(void *context, uint64_t round); /* before a timed round; its answer is `toggled` */
  void *context;
};

struct engine_span {
  uint64_t start_ns, end_ns;
};

struct engine_usage {
  uint64_t minor_faults, major_faults, voluntary_switches, involuntary_switches, user_ns, system_ns;
};

struct engine_result {
  struct round *rounds;              /* spec.rounds of them, in the order of time */
  const struct engine_span *spans;   /* of thread t in round r: [r * threads + t]; NULL where not kept */
  unsigned threads;                  /* of the engine: 1 where the workload makes its own */
  struct workload_counts timed;      /* in the timed rounds, all threads */
  struct workload_counts total;      /* in the whole process */
  struct engine_usage usage;         /* of the process, from the first timed round to the end of the last */
  uint64_t migrations;               /* rounds that a thread ended on another CPU than it began on */
  uint64_t ready_ns, ended_ns;       /* CLOCK_MONOTONIC: before the first timed round, after the last */
  int event_errno[ROUND_EVENTS_MAX]; /* 0: counts; else why it was refused */
  bool rdpmc;                        /* counters are read in user space */
  /* with process_facts; bytes, ROUND_NOT_MEASURED where /proc cannot be read */
  uint64_t start_rss, live_rss, requested_bytes;
  uint64_t clock_overhead_ns;                /* of an empty round: least of several */
  uint64_t event_overhead[ROUND_EVENTS_MAX]; /* counted by an empty round: least of several */
};

/* NULL, or what of a spec is out of bounds. */
const char *engine_check(const struct engine_spec *spec);
/* Runs it. NULL, or what is wrong; result then holds nothing. Once in a process. */
const char *engine_run(const struct engine_spec *spec, struct engine_result *result);

#endif
