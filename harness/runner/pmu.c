/* SPDX-License-Identifier: GPL-3.0-or-later */
/* pmu.c: see pmu.h. Raw perf_event_open: a library would cost more to start than the rounds. */
#include "harness/runner/pmu.h"

#include <errno.h>
#include <linux/perf_event.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

void pmu_open(struct pmu_group *g) {
  static const uint64_t events[AB_PMU_MAX] = { PERF_COUNT_HW_CPU_CYCLES, PERF_COUNT_HW_INSTRUCTIONS,
                                               PERF_COUNT_HW_CACHE_MISSES, PERF_COUNT_HW_BRANCH_MISSES };
  g->fd = -1;
  g->count = 0;
  g->error = 0;
  for (unsigned i = 0; i < AB_PMU_MAX; i++) {
    struct perf_event_attr a;
    memset(&a, 0, sizeof a);
    a.size = sizeof a;
    a.type = PERF_TYPE_HARDWARE;
    a.config = events[i];
    a.exclude_kernel = 1;
    a.exclude_hv = 1;
    a.read_format = PERF_FORMAT_GROUP | PERF_FORMAT_TOTAL_TIME_ENABLED | PERF_FORMAT_TOTAL_TIME_RUNNING;
    int fd = (int)syscall(SYS_perf_event_open, &a, 0, -1, g->fd, PERF_FLAG_FD_CLOEXEC);
    if (fd < 0) {
      if (i == 0) g->error = errno;
      return; /* a group is a prefix of the list, so that values keep their meaning */
    }
    if (i == 0) g->fd = fd;
    g->count++;
  }
}

int pmu_read(const struct pmu_group *g, struct pmu_value *v) {
  uint64_t raw[3 + AB_PMU_MAX];
  if (g->fd < 0 || read(g->fd, raw, sizeof raw) < (ssize_t)((3 + g->count) * sizeof *raw) || raw[0] != g->count)
    return -1;
  v->enabled_ns = raw[1];
  v->running_ns = raw[2];
  memcpy(v->value, raw + 3, g->count * sizeof *raw);
  return 0;
}
