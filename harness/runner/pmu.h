/* SPDX-License-Identifier: GPL-3.0-or-later */
/* pmu.h: hardware counters around a round, as one group: cycles, instructions, cache misses,
 * branch misses, in this order, as many as open. */
#ifndef HARNESS_RUNNER_PMU_H
#define HARNESS_RUNNER_PMU_H

#include <stdint.h>

#include "harness/runner/protocol.h"

struct pmu_group {
  int fd;         /* leader, -1 where there is none */
  unsigned count; /* counters in the group */
  int error;      /* why there is none */
};
struct pmu_value {
  uint64_t enabled_ns, running_ns, value[AB_PMU_MAX];
};

void pmu_open(struct pmu_group *g);
int pmu_read(const struct pmu_group *g, struct pmu_value *v);

#endif
