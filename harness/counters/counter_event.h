/* SPDX-License-Identifier: GPL-3.0-or-later */
/* counter_event.h: names of events, and why one is not available.
 *
 * A name is what libpfm4 knows (cycles, instructions, cache-misses, model-specific ones with
 * their unit masks), rHEX for a raw code, a software event of the kernel (task-clock,
 * page-faults, …), or tsc. That a name encodes does not mean that it opens: libpfm4 finds the
 * CPU's model in a virtual machine that has no PMU. */
#ifndef HARNESS_COUNTERS_COUNTER_EVENT_H
#define HARNESS_COUNTERS_COUNTER_EVENT_H

#include <stddef.h>

#include "harness/core/error.h"
#include "harness/runner/perf_group.h"

enum counter_backend {
  COUNTER_HARDWARE, /* the PMU, through perf_event */
  COUNTER_SOFTWARE, /* the kernel's own counts, through perf_event */
  COUNTER_TSC,      /* the CPU's constant-rate counter */
};

struct counter_event {
  char name[64];
  enum counter_backend backend;
  struct perf_event_id id;
};

/* -ENOENT: nobody knows the name; the near ones are in the advice. */
int counter_event_parse(const char *name, struct counter_event *event, struct error *err);
/* A list "a,b,c", in which libpfm4's own commas do not occur. *count in: room, out: events. */
int counter_event_parse_list(const char *list, struct counter_event *events, int *count, struct error *err);
const char *counter_backend_name(enum counter_backend backend);

/* Why perf_event_open refused (error: positive errno), as one sentence for a person, and what
 * to do about it. `first`: the event was the first of its group. */
void counter_explain_refusal(const struct counter_event *event, int error, int first, char *reason, size_t reason_size,
                             char *advice, size_t advice_size);
/* kernel.perf_event_paranoid, or -100 where it cannot be read. */
int counter_paranoid_level(void);

#endif
