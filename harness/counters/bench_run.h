/* SPDX-License-Identifier: GPL-3.0-or-later */
/* bench_run.h: running one workload process, or one timed program, and getting its record.
 *
 * Owns the runner's command line and the checks of what comes back. Leaves repetition, order
 * and statistics to its callers (bench, peers, ab, doctor). */
#ifndef HARNESS_COUNTERS_BENCH_RUN_H
#define HARNESS_COUNTERS_BENCH_RUN_H

#include <stdbool.h>
#include <stdint.h>

#include "harness/core/error.h"
#include "harness/runner/bench_launch.h"
#include "harness/runner/bench_record.h"
#include "harness/runner/perf_group.h"

struct bench_run_spec {
  const char *runner; /* NULL: the hakmem-bench of this installation */
  const char *workload;
  const char *library;       /* preloaded; NULL: none */
  const char *file;          /* trace for replay */
  uint64_t slots, ops, seed; /* ops: of one thread in one round; 0 slots or ops: the workload's default */
  uint64_t rounds, warmup;   /* rounds 0: one */
  unsigned threads;          /* 0: the workload's default */
  const char *cpus;          /* "0,1": thread t goes to the t-th; NULL: no pinning */
  bool take_turns;           /* there are more threads than CPUs */
  const struct perf_event_id *events;
  int event_count;
  char *const *env; /* NAME=VALUE…, NULL-terminated, or NULL */
  const char *user;
  double timeout_s; /* 0: none */
};

struct bench_run_result {
  struct bench_record record;
  struct round *rounds; /* record.rounds of them; free with bench_run_free */
};

/* 0, or negative errno with the reason: -ENOENT no runner, -ECHILD the workload failed or
 * crashed (status in words), -ETIMEDOUT, -EINTR, -EPROTO a record that does not fit. */
int bench_run(const struct bench_run_spec *spec, struct bench_run_result *result, struct error *err);
void bench_run_free(struct bench_run_result *result);

/* Runs argv once, alone, through the runner; its stdout and stderr go to /dev/null unless
 * output_fd >= 0. A command that fails is -ECHILD. */
int bench_run_program(char *const *argv, const char *library, char *const *env, const char *user, int output_fd,
                      double timeout_s, struct bench_launch *result, struct error *err);

#endif
