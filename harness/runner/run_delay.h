/* SPDX-License-Identifier: GPL-3.0-or-later */
/* run_delay.h: how long a thread was ready to run and had no CPU, from the scheduler's own account.
 *
 * Another process on the same CPU takes time from a round; whether it did stands in
 * /proc/thread-self/schedstat (Documentation/scheduler/sched-stats.rst), to the nanosecond, also where
 * the round's process gave its CPU away itself and got it back late, which no count of involuntary
 * switches says. Another guest's work on the same core is not in it. */
#ifndef HARNESS_RUNNER_RUN_DELAY_H
#define HARNESS_RUNNER_RUN_DELAY_H

#include <stdint.h>

/* Of the calling thread; -1: this kernel does not tell it. */
int run_delay_open(void);
/* Nanoseconds since the thread began; ROUND_NOT_MEASURED (round.h) where fd is -1 or says nothing. */
uint64_t run_delay_read(int fd);

#endif
