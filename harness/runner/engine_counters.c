/* SPDX-License-Identifier: GPL-3.0-or-later */
/* engine_counters.c: see engine_counters.h. */
#include "harness/runner/engine_counters.h"

#include <errno.h>

#include "harness/core/bench_clock.h"

enum { OVERHEAD_TRIES = 32 };

void engine_counters_open(struct engine_counters *c, const struct engine_spec *spec) {
  if (spec->event_count == 0) return;
  if (spec->workload->own_threads) { /* a group follows one thread */
    for (int e = 0; e < spec->event_count; e++) c->group.error[e] = EOPNOTSUPP;
    return;
  }
  perf_group_open(&c->group, spec->events, spec->event_count, 0, spec->event_flags);
  perf_group_enable(&c->group);
}

void engine_counters_begin(struct engine_counters *c) {
  c->error = 0;
  if (c->group.opened == 0) return;
  if (c->group.rdpmc) {
    c->error = perf_group_read(&c->group, &c->begin_time);
    if (perf_group_read_fast(&c->group, &c->begin) == 0) return;
    c->group.rdpmc = false; /* multiplexed: only the kernel knows the count */
  }
  c->error = perf_group_read(&c->group, &c->begin);
  c->begin_time = c->begin;
}

void engine_counters_end(struct engine_counters *c) {
  if (c->group.opened == 0) return;
  if (c->group.rdpmc) {
    if (perf_group_read_fast(&c->group, &c->end) != 0) {
      c->group.rdpmc = false;
      c->error = -EAGAIN;
    }
    perf_group_read(&c->group, &c->end_time);
    return;
  }
  int rc = perf_group_read(&c->group, &c->end);
  if (rc != 0) c->error = rc;
  c->end_time = c->end;
}

void engine_counters_add(const struct engine_counters *c, int event_count, struct round *r) {
  for (int e = 0; e < event_count; e++) {
    if (c->group.opened == 0 || c->group.error[e] != 0 || c->error != 0) r->pmu[e] = ROUND_NOT_MEASURED;
    else if (r->pmu[e] != ROUND_NOT_MEASURED) r->pmu[e] += c->end.value[e] - c->begin.value[e];
  }
  if (c->group.opened == 0) return;
  r->enabled_ns += c->end_time.enabled_ns - c->begin_time.enabled_ns;
  r->running_ns += c->end_time.running_ns - c->begin_time.running_ns;
}

void engine_counters_overhead(struct engine_counters *c, int event_count, struct engine_result *result) {
  for (int e = 0; e < ROUND_EVENTS_MAX; e++) result->event_overhead[e] = ROUND_NOT_MEASURED;
  result->clock_overhead_ns = UINT64_MAX;
  for (int i = 0; i < OVERHEAD_TRIES; i++) {
    uint64_t start = bench_now_ns();
    uint64_t ns = bench_now_ns() - start;
    if (ns < result->clock_overhead_ns) result->clock_overhead_ns = ns;
    engine_counters_begin(c);
    engine_counters_end(c);
    for (int e = 0; e < event_count && c->group.opened > 0 && c->error == 0; e++)
      if (c->group.error[e] == 0 && c->end.value[e] - c->begin.value[e] < result->event_overhead[e])
        result->event_overhead[e] = c->end.value[e] - c->begin.value[e];
  }
}
