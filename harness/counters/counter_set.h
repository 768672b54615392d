/* SPDX-License-Identifier: GPL-3.0-or-later */
/* counter_set.h: a set of named counters, opened, started, stopped and read as one, and what
 * their values mean.
 *
 * Owns the choice of a backend for each name, the scaling, and the judgement: a count that is
 * not there is UNAVAILABLE with its reason and never 0; one that was multiplexed is scaled and
 * says so; one that opened and counts 0 where work was done is SUSPICIOUS. Whose loop it is, is
 * up to the caller. The perf_event calls go through a table, so that tests script them. */
#ifndef HARNESS_COUNTERS_COUNTER_SET_H
#define HARNESS_COUNTERS_COUNTER_SET_H

#include <stdbool.h>

#include "harness/core/error.h"
#include "harness/counters/counter_event.h"
#include "harness/runner/perf_group.h"

enum counter_status {
  COUNTER_OK,
  COUNTER_SCALED,      /* ran for a part of the time: value is raw * enabled / running */
  COUNTER_SUSPICIOUS,  /* opened, and counted nothing over real work */
  COUNTER_UNAVAILABLE, /* value is meaningless; reason says why */
};

struct counter_value {
  const char *name;
  enum counter_backend backend;
  enum counter_status status;
  uint64_t raw; /* as counted */
  double value; /* scaled where multiplexed */
  uint64_t enabled_ns, running_ns;
  char reason[192], advice[192]; /* of all but OK */
};

/* Judges one count. error: positive errno of its opening, 0: it was open. A region shorter than
 * what a counter resolves may truly count 0: `expects_nonzero` says whether it cannot. */
void counter_judge(const struct counter_event *event, int error, bool first, uint64_t raw, uint64_t enabled_ns,
                   uint64_t running_ns, bool expects_nonzero, struct counter_value *value);
/* Whether any real loop must make this event count: clocks, cycles, instructions, branches. */
bool counter_event_expects_nonzero(const struct counter_event *event);

/* The calls beneath a set; perf_group's by default. */
struct counter_source {
  const char *name;
  int (*open)(void *context, struct perf_group *g, const struct perf_event_id *ids, int count, pid_t pid,
              unsigned flags);
  void (*enable)(void *context, struct perf_group *g);
  void (*disable)(void *context, struct perf_group *g);
  int (*read)(void *context, const struct perf_group *g, struct perf_group_sample *s);
  void (*close)(void *context, struct perf_group *g);
};
extern const struct counter_source counter_source_perf;

enum { COUNTER_SET_MAX = PERF_GROUP_MAX };

struct counter_set {
  int count;
  struct counter_event events[COUNTER_SET_MAX];
  const struct counter_source *source;
  void *context;
  /* hardware and software events stand in groups of their own: a software event as the leader
   * would let the kernel move the group, and switches happen in kernel mode */
  struct perf_group hardware, software;
  int slot[COUNTER_SET_MAX]; /* index in its group */
  struct perf_group_sample start[2], stop[2];
  int read_error[2];
  uint64_t tsc_start, tsc_stop;
  double overhead[COUNTER_SET_MAX]; /* of an empty start/stop pair, NaN: unknown */
};

/* names: a list as in counter_event.h. source NULL: the kernel. pid 0: the calling thread.
 * Fails only for unknown names: what the machine refuses is told by counter_set_value. */
int counter_set_open(struct counter_set *set, const char *names, pid_t pid, const struct counter_source *source,
                     void *context, struct error *err);
/* Around the loop, in this order; nothing but reads happens in them. */
void counter_set_start(struct counter_set *set);
void counter_set_stop(struct counter_set *set);
void counter_set_value(const struct counter_set *set, int index, struct counter_value *value);
/* Measures overhead[] by `tries` empty pairs: the least of each. Not subtracted from values. */
void counter_set_measure_overhead(struct counter_set *set, int tries);
void counter_set_close(struct counter_set *set);

#endif
