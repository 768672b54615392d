/* SPDX-License-Identifier: GPL-3.0-or-later */
/* command_counters.h: hardware counters of somebody's command, with all that it starts.
 *
 * Opened on the runner, disabled, inherited and enabled by execve: what the runner itself does between fork and
 * execve is not in them, and neither is what --setup or --prepare left running, for that was forked before. */
#ifndef HARNESS_RUNNER_COMMAND_COUNTERS_H
#define HARNESS_RUNNER_COMMAND_COUNTERS_H

#include <stdint.h>

#include "harness/runner/perf_group.h"
#include "harness/runner/protocol.h"

struct command_counters {
  int fd[AB_PMU_MAX];
  uint32_t count; /* of events that are open: the first so many */
  int error;      /* positive errno of the first that is not; 0: all are */
};

/* Before the fork: those of `events` that this machine has, up to the first that it has not. */
void command_counters_open(struct command_counters *c, const struct perf_event_id *events, uint32_t count);
/* When all have ended: counts of user mode into the round, and how many of them hold; closes. One that had to share
 * the PMU with somebody is none. */
void command_counters_take(struct command_counters *c, struct ab_record *r, struct round *round);

#endif
