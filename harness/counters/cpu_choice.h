/* SPDX-License-Identifier: GPL-3.0-or-later */
/* cpu_choice.h: on which CPUs to measure, by hwloc's topology.
 *
 * One CPU for each core first (an SMT sibling shares the pipeline), last cores first (CPU 0
 * takes most interrupts), only among those that this process may use. */
#ifndef HARNESS_COUNTERS_CPU_CHOICE_H
#define HARNESS_COUNTERS_CPU_CHOICE_H

#include <stdbool.h>
#include <stddef.h>

#include "harness/core/error.h"

enum { CPU_CHOICE_MAX = 256 };

struct cpu_choice {
  int cpus[CPU_CHOICE_MAX]; /* in the order in which threads get them */
  unsigned count;           /* distinct CPUs chosen: min(wanted, usable) */
  unsigned cores, usable;   /* of the machine: cores with a usable CPU, usable CPUs */
  bool smt_shared;          /* two of the chosen ones share a core */
};

int cpu_choice_make(unsigned wanted, struct cpu_choice *choice, struct error *err);
/* "0,1" into buf; buf. */
const char *cpu_choice_format(const struct cpu_choice *choice, char *buf, size_t size);
/* "1", "4", "all" as a number of threads; 0: not one of these. */
unsigned cpu_choice_parse_threads(const char *text);

#endif
