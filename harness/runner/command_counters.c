/* SPDX-License-Identifier: GPL-3.0-or-later */
/* command_counters.c: see command_counters.h. */
#include "harness/runner/command_counters.h"

#include <errno.h>
#include <linux/perf_event.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

void command_counters_open(struct command_counters *c, const struct perf_event_id *events, uint32_t count) {
  memset(c, 0, sizeof *c);
  for (uint32_t i = 0; i < count && i < AB_PMU_MAX; i++) {
    struct perf_event_attr a;
    memset(&a, 0, sizeof a);
    a.size = sizeof a;
    a.type = events[i].type;
    a.config = events[i].config;
    a.read_format = PERF_FORMAT_TOTAL_TIME_ENABLED | PERF_FORMAT_TOTAL_TIME_RUNNING;
    a.disabled = a.inherit = a.enable_on_exec = 1;
    a.exclude_kernel = a.exclude_hv = 1;
    long fd = syscall(SYS_perf_event_open, &a, 0, -1, -1, PERF_FLAG_FD_CLOEXEC);
    if (fd < 0) {
      c->error = errno;
      return;
    }
    c->fd[c->count++] = (int)fd;
  }
}

void command_counters_take(struct command_counters *c, struct ab_record *r, struct round *round) {
  uint32_t valid = 0;
  r->pmu_errno = c->error;
  for (uint32_t i = 0; i < c->count; i++) {
    uint64_t v[3]; /* value, enabled, running */
    bool whole = read(c->fd[i], v, sizeof v) == (ssize_t)sizeof v && v[1] > 0 && v[2] == v[1];
    close(c->fd[i]);
    if (valid != i) continue;
    if (!whole) {
      r->pmu_errno = EAGAIN;
      continue;
    }
    round->pmu[valid++] = v[0];
    round->enabled_ns = v[1];
    round->running_ns = v[2];
  }
  c->count = 0;
  r->pmu_count = valid;
}
