/* SPDX-License-Identifier: GPL-3.0-or-later */
/* engine_counters.h: one thread's counters around one round, on perf_group.h. */
#ifndef HARNESS_RUNNER_ENGINE_COUNTERS_H
#define HARNESS_RUNNER_ENGINE_COUNTERS_H

#include "harness/runner/engine.h"

struct engine_counters {
  struct perf_group group;
  struct perf_group_sample begin, end; /* values of the round */
  struct perf_group_sample begin_time, end_time;
  int error; /* the round's counters could not be read */
};

/* Opens the events for the calling thread; refusals are in group.error. */
void engine_counters_open(struct engine_counters *c, const struct engine_spec *spec);
void engine_counters_begin(struct engine_counters *c);
void engine_counters_end(struct engine_counters *c);
/* Adds what the round counted to r. */
void engine_counters_add(const struct engine_counters *c, int event_count, struct round *r);
/* What an empty round counts: the floor below which a count means nothing. */
void engine_counters_overhead(struct engine_counters *c, int event_count, struct engine_result *result);

#endif
