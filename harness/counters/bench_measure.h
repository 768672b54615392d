/* SPDX-License-Identifier: GPL-3.0-or-later */
/* bench_measure.h: one workload measured with all that this machine has: time for each step,
 * counters for each step, instructions by callgrind, memory. What `bench` reports. */
#ifndef HARNESS_COUNTERS_BENCH_MEASURE_H
#define HARNESS_COUNTERS_BENCH_MEASURE_H

#include "harness/counters/bench_run.h"
#include "harness/counters/counter_set.h"

enum { BENCH_COUNTERS_MAX = 32 };

struct bench_counter {
  struct counter_event event;
  struct counter_value value; /* over the timed rounds; its name points into event */
  const char *source;         /* "perf_event, rdpmc", "perf_event, read", "getrusage", "round ends", "tsc" */
  double per_op;              /* NaN where unavailable */
  double overhead;            /* of one empty round: what of a round's count may be the measurement; NaN: unknown */
};

struct bench_measurement {
  struct bench_run_result run; /* the first process */
  double ns_per_op;            /* median over the rounds: wall time / steps of one thread */
  double ns_low, ns_high;      /* 10% and 90% of the rounds */
  double ops_per_s;            /* all threads, from the timed rounds as a whole */
  struct bench_counter counters[BENCH_COUNTERS_MAX];
  int counter_count;
  int processes;          /* events that do not fit into one group are counted in further runs */
  double insns_per_op;    /* callgrind; NaN where not measured */
  char insns_reason[256]; /* why not */
};

/* spec->ops: steps of a thread over all timed rounds; rounds 0: chosen (up to 20). events: a
 * list of names. callgrind_ops: 0 leaves it out. */
int bench_measure(const struct bench_run_spec *spec, const char *events, uint64_t callgrind_ops,
                  struct bench_measurement *m, struct error *err);
void bench_measurement_free(struct bench_measurement *m);

#endif
