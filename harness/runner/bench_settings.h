/* SPDX-License-Identifier: GPL-3.0-or-later */
/* bench_settings.h: the command line of hakmem-bench (bench_record.h). */
#ifndef HARNESS_RUNNER_BENCH_SETTINGS_H
#define HARNESS_RUNNER_BENCH_SETTINGS_H

#include "harness/runner/engine.h"

struct bench_settings {
  struct engine_spec spec; /* points into this struct */
  int cpus[ENGINE_THREADS_MAX];
  struct perf_event_id events[ROUND_EVENTS_MAX];
  int text_fd, record_fd; /* -1: none */
  int job_fd, job_record; /* -1: none */
  const char *library;    /* identity, or NULL: not to be proved */
};

/* 0, or 2 with the reason on stderr. */
int bench_settings_parse(struct bench_settings *s, int argc, char **argv);

#endif
