/* SPDX-License-Identifier: GPL-3.0-or-later */
/* round.h: what one measured round says, whoever asked for it: `bench`, `peers`, `ab`, `calibrate`.
 *
 * A round is `ops` steps in each thread. It lasts from the first thread's start to the last one's
 * end, each taken by the thread itself behind the barrier: a thread that gets its CPU late, as with
 * more threads than CPUs, cannot shorten it. bench_record.h and protocol.h say how rounds travel. */
#ifndef HARNESS_RUNNER_ROUND_H
#define HARNESS_RUNNER_ROUND_H

#include <stdint.h>

enum { ROUND_EVENTS_MAX = 8 };
#define ROUND_NOT_MEASURED UINT64_MAX

struct round {
  uint64_t wall_ns;                        /* CLOCK_MONOTONIC */
  uint64_t tsc;                            /* the same by the CPU's constant-rate counter */
  uint64_t ops, allocs, frees, tiny_frees; /* as struct workload_counts, all threads */
  uint64_t pmu[ROUND_EVENTS_MAX];          /* raw counts, not scaled, summed over the threads;
                                              ROUND_NOT_MEASURED for a refused event */
  uint64_t enabled_ns, running_ns;         /* of the event group, summed over the threads */
  uint32_t minor_faults, major_faults, voluntary_switches, involuntary_switches; /* of the process */
  uint32_t cpu;                                                                  /* of thread 0 at the end */
  uint32_t migrated;      /* threads that changed CPU in this round */
  uint32_t toggled, done; /* live toggle: telemetry was off; the round is whole */
  uint64_t wait_ns;       /* that its threads were ready and had no CPU, summed; ROUND_NOT_MEASURED: not told */
  double width;           /* core_probe.h: the larger of before and after, of the widest thread; 0: not probed */
};

#endif
