/* SPDX-License-Identifier: GPL-3.0-or-later */
/* counter_fake.h: a scripted counter source for tests: which events open, what each read says. */
#ifndef HARNESS_COUNTERS_COUNTER_FAKE_H
#define HARNESS_COUNTERS_COUNTER_FAKE_H

#include "harness/counters/counter_set.h"

struct counter_fake {
  int open_error[PERF_GROUP_MAX];        /* positive errno for the n-th event; 0 opens */
  const struct perf_group_sample *reads; /* one for each read, in order; the last repeats */
  int read_count;
  int read_error; /* negative errno from read `fail_at` on */
  int fail_at;    /* -1: never */
  /* what was called */
  int opens, closes, enables, disables, reads_done;
};

extern const struct counter_source counter_source_fake; /* context: struct counter_fake */

#endif
