/* SPDX-License-Identifier: GPL-3.0-or-later */
/* bench_measure.c: see bench_measure.h. */
#include "harness/counters/bench_measure.h"

#include <linux/perf_event.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "harness/counters/callgrind.h"
#include "harness/data/stats.h"

enum { ROUNDS_DEFAULT = 20 };

static int summarise_time(struct bench_measurement *m) {
  const struct bench_record *r = &m->run.record;
  double *ns = calloc(r->rounds, sizeof *ns), total = 0;
  if (ns == NULL) return -ENOMEM;
  for (uint32_t i = 0; i < r->rounds; i++) {
    total += (double)m->run.rounds[i].wall_ns;
    ns[i] = (double)m->run.rounds[i].wall_ns / (double)r->ops_per_round;
  }
  m->ns_per_op = stats_quantile(ns, r->rounds, 0.5);
  m->ns_low = stats_quantile(ns, r->rounds, 0.1);
  m->ns_high = stats_quantile(ns, r->rounds, 0.9);
  m->ops_per_s = total > 0 ? (double)r->timed.ops / (total * 1e-9) : (double)NAN;
  free(ns);
  return 0;
}

/* What the runner knows without perf_event. */
static void fill_software(struct bench_measurement *m, struct bench_counter *c) {
  const struct bench_record *r = &m->run.record;
  uint64_t value = 0;
  c->source = "getrusage";
  switch (c->event.id.config) {
  case PERF_COUNT_SW_TASK_CLOCK:
  case PERF_COUNT_SW_CPU_CLOCK: value = r->user_ns + r->system_ns; break;
  case PERF_COUNT_SW_PAGE_FAULTS: value = r->minor_faults + r->major_faults; break;
  case PERF_COUNT_SW_PAGE_FAULTS_MIN: value = r->minor_faults; break;
  case PERF_COUNT_SW_PAGE_FAULTS_MAJ: value = r->major_faults; break;
  case PERF_COUNT_SW_CONTEXT_SWITCHES: value = r->voluntary_switches + r->involuntary_switches; break;
  case PERF_COUNT_SW_CPU_MIGRATIONS:
    value = r->migrations;
    c->source = "round ends";
    break;
  default: break;
  }
  /* the kernel's own accounting is never multiplexed; rusage counts CPU time in its own steps,
   * so a short run may show 0 */
  counter_judge(&c->event, 0, true, value, 1, 1, false, &c->value);
  c->value.enabled_ns = c->value.running_ns = 0;
}

static void fill_tsc(struct bench_measurement *m, struct bench_counter *c) {
  uint64_t sum = 0;
  for (uint32_t i = 0; i < m->run.record.rounds; i++) sum += m->run.rounds[i].tsc;
  c->source = "tsc";
  counter_judge(&c->event, 0, true, sum, 0, 0, true, &c->value);
}

/* One hardware event at place `slot` of a run. */
static void fill_hardware(const struct bench_run_result *run, int slot, struct bench_counter *c) {
  const struct bench_record *r = &run->record;
  uint64_t raw = 0, enabled = 0, running = 0;
  int error = r->event_errno[slot];
  for (uint32_t i = 0; i < r->rounds && error == 0; i++) {
    const struct round *round = &run->rounds[i];
    if (round->pmu[slot] == BENCH_NOT_MEASURED) {
      error = EAGAIN; /* the group lost its place in the middle of a round */
      break;
    }
    raw += round->pmu[slot];
    enabled += round->enabled_ns;
    running += round->running_ns;
  }
  c->source = r->event_rdpmc ? "perf_event, rdpmc" : "perf_event, read";
  c->overhead = r->event_overhead[slot] == BENCH_NOT_MEASURED ? (double)NAN : (double)r->event_overhead[slot];
  counter_judge(&c->event, error, slot == 0, raw, enabled, running, counter_event_expects_nonzero(&c->event),
                &c->value);
  if (error == EOPNOTSUPP)
    snprintf(c->value.reason, sizeof c->value.reason,
             "this workload makes its own threads, which a group cannot follow");
}

/* Runs processes until each hardware event was in a group: those that did not fit behind
 * others lead the next one. */
static int count_hardware(const struct bench_run_spec *spec, struct bench_measurement *m, struct error *err) {
  int pending[BENCH_COUNTERS_MAX], n = 0;
  for (int i = 0; i < m->counter_count; i++)
    if (m->counters[i].event.backend == COUNTER_HARDWARE) pending[n++] = i;
  for (m->processes = 0; m->processes == 0 || n > 0; m->processes++) {
    struct perf_event_id ids[BENCH_EVENTS_MAX];
    struct bench_run_spec s = *spec;
    struct bench_run_result further, *run = m->processes == 0 ? &m->run : &further;
    int taken = n < BENCH_EVENTS_MAX ? n : BENCH_EVENTS_MAX, left = 0;
    for (int i = 0; i < taken; i++) ids[i] = m->counters[pending[i]].event.id;
    s.events = ids;
    s.event_count = taken;
    int rc = bench_run(&s, run, err);
    if (rc != 0) return rc;
    bool led = false; /* an event before this one opened */
    for (int i = 0; i < taken; i++) {
      int error = run->record.event_errno[i];
      if (led && error == EINVAL) pending[left++] = pending[i];
      else fill_hardware(run, i, &m->counters[pending[i]]);
      led |= error == 0;
    }
    for (int i = taken; i < n; i++) pending[left++] = pending[i];
    n = left;
    if (m->processes > 0) bench_run_free(&further);
  }
  return 0;
}

int bench_measure(const struct bench_run_spec *spec, const char *events, uint64_t callgrind_ops,
                  struct bench_measurement *m, struct error *err) {
  struct counter_event list[BENCH_COUNTERS_MAX];
  struct bench_run_spec s = *spec;
  memset(m, 0, sizeof *m);
  m->insns_per_op = (double)NAN;
  m->counter_count = BENCH_COUNTERS_MAX;
  int rc = counter_event_parse_list(events, list, &m->counter_count, err);
  if (rc != 0) return rc;
  for (int i = 0; i < m->counter_count; i++)
    m->counters[i] = (struct bench_counter){ .event = list[i], .overhead = (double)NAN };
  if (s.rounds == 0) {
    /* all rounds are alike, and together exactly the steps that were asked for */
    s.rounds = ROUNDS_DEFAULT;
    while (s.rounds > 1 && s.ops % s.rounds != 0) s.rounds--;
    s.ops /= s.rounds;
  }
  rc = count_hardware(&s, m, err);
  if (rc == 0) rc = summarise_time(m);
  for (int i = 0; i < m->counter_count && rc == 0; i++) {
    struct bench_counter *c = &m->counters[i];
    if (c->event.backend == COUNTER_SOFTWARE) fill_software(m, c);
    if (c->event.backend == COUNTER_TSC) fill_tsc(m, c);
    c->value.name = c->event.name;
    c->per_op = c->value.value / (double)m->run.record.timed.ops;
  }
  if (rc == 0 && callgrind_ops > 0) {
    struct callgrind_result result;
    struct error why = { 0 };
    int crc = callgrind_measure(&s, callgrind_ops, &result, &why);
    if (crc == 0) m->insns_per_op = result.insns_per_op;
    else if (crc == -EINTR) rc = error_raise(err, ERROR_INTERRUPTED, -EINTR, "interrupted");
    else snprintf(m->insns_reason, sizeof m->insns_reason, "%.250s", why.text);
  } else {
    snprintf(m->insns_reason, sizeof m->insns_reason, "not asked for");
  }
  if (rc != 0) bench_measurement_free(m);
  return rc;
}

void bench_measurement_free(struct bench_measurement *m) { bench_run_free(&m->run); }
