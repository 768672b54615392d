/* SPDX-License-Identifier: GPL-3.0-or-later */
/* counter_set.c: see counter_set.h. */
#include "harness/counters/counter_set.h"

#include <linux/perf_event.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "harness/core/bench_clock.h"

bool counter_event_expects_nonzero(const struct counter_event *event) {
  if (event->backend == COUNTER_TSC) return true;
  if (event->id.type == PERF_TYPE_SOFTWARE)
    return event->id.config == PERF_COUNT_SW_TASK_CLOCK || event->id.config == PERF_COUNT_SW_CPU_CLOCK;
  if (event->id.type == PERF_TYPE_HARDWARE)
    return event->id.config == PERF_COUNT_HW_CPU_CYCLES || event->id.config == PERF_COUNT_HW_INSTRUCTIONS ||
           event->id.config == PERF_COUNT_HW_BRANCH_INSTRUCTIONS || event->id.config == PERF_COUNT_HW_REF_CPU_CYCLES;
  return false;
}

void counter_judge(const struct counter_event *event, int error, bool first, uint64_t raw, uint64_t enabled_ns,
                   uint64_t running_ns, bool expects_nonzero, struct counter_value *value) {
  memset(value, 0, sizeof *value);
  value->name = event->name;
  value->backend = event->backend;
  value->raw = raw;
  value->enabled_ns = enabled_ns;
  value->running_ns = running_ns;
  value->value = (double)raw;
  if (error != 0) {
    value->status = COUNTER_UNAVAILABLE;
    value->value = (double)NAN;
    counter_explain_refusal(event, error, first, value->reason, sizeof value->reason, value->advice,
                            sizeof value->advice);
  } else if (event->backend != COUNTER_TSC && running_ns == 0) {
    value->status = COUNTER_UNAVAILABLE;
    value->value = (double)NAN;
    snprintf(value->reason, sizeof value->reason,
             enabled_ns == 0 ? "it was never enabled" : "it never came onto the PMU: other events hold the counters");
    snprintf(value->advice, sizeof value->advice, "ask for fewer events at a time, or end what else is counting");
  } else if (raw == 0 && expects_nonzero) {
    value->status = COUNTER_SUSPICIOUS;
    snprintf(value->reason, sizeof value->reason,
             "it opened and counted 0, which no real loop does: do not believe it");
  } else if (running_ns < enabled_ns) {
    value->status = COUNTER_SCALED;
    value->value = (double)raw * ((double)enabled_ns / (double)running_ns);
    snprintf(value->reason, sizeof value->reason, "multiplexed: on the PMU for %.1f%% of the time, scaled",
             100.0 * (double)running_ns / (double)enabled_ns);
  }
}

static int perf_open(void *context, struct perf_group *g, const struct perf_event_id *ids, int count, pid_t pid,
                     unsigned flags) {
  (void)context;
  return perf_group_open(g, ids, count, pid, flags);
}
static void perf_enable(void *context, struct perf_group *g) {
  (void)context;
  perf_group_enable(g);
}
static void perf_disable(void *context, struct perf_group *g) {
  (void)context;
  perf_group_disable(g);
}
static int perf_read(void *context, const struct perf_group *g, struct perf_group_sample *s) {
  (void)context;
  if (!g->rdpmc) return perf_group_read(g, s);
  struct perf_group_sample times;
  int rc = perf_group_read_fast(g, s);
  if (rc != 0) return perf_group_read(g, s);
  rc = perf_group_read(g, &times);
  s->enabled_ns = times.enabled_ns;
  s->running_ns = times.running_ns;
  return rc;
}
static void perf_close(void *context, struct perf_group *g) {
  (void)context;
  perf_group_close(g);
}

const struct counter_source counter_source_perf = { "perf_event", perf_open, perf_enable,
                                                    perf_disable, perf_read, perf_close };

enum { HARDWARE, SOFTWARE };

static struct perf_group *group_of(struct counter_set *set, int which) {
  return which == HARDWARE ? &set->hardware : &set->software;
}

static int open_group(struct counter_set *set, int which, pid_t pid) {
  enum counter_backend backend = which == HARDWARE ? COUNTER_HARDWARE : COUNTER_SOFTWARE;
  struct perf_event_id ids[COUNTER_SET_MAX];
  struct perf_group *g = group_of(set, which);
  int n = 0;
  for (int i = 0; i < set->count; i++)
    if (set->events[i].backend == backend) {
      set->slot[i] = n;
      ids[n++] = set->events[i].id;
    }
  g->leader = -1;
  if (n == 0) return 0;
  /* kernel-mode counting of software events needs paranoid <= 1; without it, user mode only */
  int opened = set->source->open(set->context, g, ids, n, pid, which == SOFTWARE ? PERF_GROUP_KERNEL : 0);
  if (opened == 0 && which == SOFTWARE && (g->error[0] == EACCES || g->error[0] == EPERM)) {
    set->source->close(set->context, g);
    opened = set->source->open(set->context, g, ids, n, pid, 0);
    /* these two only ever happen in kernel mode: an honest refusal instead of a 0 */
    for (int i = 0; i < set->count; i++)
      if (set->events[i].backend == COUNTER_SOFTWARE && (set->events[i].id.config == PERF_COUNT_SW_CONTEXT_SWITCHES ||
                                                         set->events[i].id.config == PERF_COUNT_SW_CPU_MIGRATIONS))
        g->error[set->slot[i]] = EACCES;
  }
  return opened;
}

int counter_set_open(struct counter_set *set, const char *names, pid_t pid, const struct counter_source *source,
                     void *context, struct error *err) {
  memset(set, 0, sizeof *set);
  set->count = COUNTER_SET_MAX;
  set->source = source != NULL ? source : &counter_source_perf;
  set->context = context;
  set->hardware.leader = set->software.leader = -1;
  int rc = counter_event_parse_list(names, set->events, &set->count, err);
  if (rc != 0) return rc;
  for (int i = 0; i < set->count; i++) set->overhead[i] = (double)NAN;
  for (int which = HARDWARE; which <= SOFTWARE; which++)
    if (open_group(set, which, pid) > 0) set->source->enable(set->context, group_of(set, which));
  return 0;
}

static void read_groups(struct counter_set *set, struct perf_group_sample *samples, bool hardware_last) {
  for (int k = 0; k < 2; k++) {
    int which = hardware_last ? 1 - k : k;
    const struct perf_group *g = group_of(set, which);
    if (g->opened > 0) {
      int rc = set->source->read(set->context, g, &samples[which]);
      if (rc != 0) set->read_error[which] = rc;
    }
  }
}

/* The hardware group is read nearest to the loop on both sides. */
void counter_set_start(struct counter_set *set) {
  set->read_error[HARDWARE] = set->read_error[SOFTWARE] = 0;
  read_groups(set, set->start, true);
  set->tsc_start = bench_now_tsc();
}

void counter_set_stop(struct counter_set *set) {
  set->tsc_stop = bench_now_tsc();
  read_groups(set, set->stop, false);
}

void counter_set_value(const struct counter_set *set, int index, struct counter_value *value) {
  const struct counter_event *event = &set->events[index];
  bool expects = counter_event_expects_nonzero(event);
  if (event->backend == COUNTER_TSC) {
    counter_judge(event, 0, true, set->tsc_stop - set->tsc_start, 0, 0, expects, value);
    return;
  }
  int which = event->backend == COUNTER_HARDWARE ? HARDWARE : SOFTWARE, slot = set->slot[index];
  const struct perf_group *g = which == HARDWARE ? &set->hardware : &set->software;
  int error = g->error[slot] != 0 ? g->error[slot] : -set->read_error[which];
  counter_judge(event, error, g->leader < 0 || g->leader == slot,
                set->stop[which].value[slot] - set->start[which].value[slot],
                set->stop[which].enabled_ns - set->start[which].enabled_ns,
                set->stop[which].running_ns - set->start[which].running_ns, expects, value);
}

void counter_set_measure_overhead(struct counter_set *set, int tries) {
  for (int t = 0; t < tries; t++) {
    counter_set_start(set);
    counter_set_stop(set);
    for (int i = 0; i < set->count; i++) {
      struct counter_value v;
      counter_set_value(set, i, &v);
      if (v.status != COUNTER_UNAVAILABLE && !(v.value >= set->overhead[i])) set->overhead[i] = v.value;
    }
  }
}

void counter_set_close(struct counter_set *set) {
  for (int which = HARDWARE; which <= SOFTWARE; which++)
    if (group_of(set, which)->opened > 0) {
      set->source->disable(set->context, group_of(set, which));
      set->source->close(set->context, group_of(set, which));
    }
}
