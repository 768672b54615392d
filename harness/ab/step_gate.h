/* SPDX-License-Identifier: GPL-3.0-or-later */
/* step_gate.h: what must hold before anything is timed: Step 0 (the sites run in this workload)
 * and Step 1 (they are telemetry). */
#ifndef HARNESS_AB_STEP_GATE_H
#define HARNESS_AB_STEP_GATE_H

#include <stdint.h>

#include "harness/ab/subject.h"
#include "harness/data/ab_result.h"

enum step_decision {
  STEP_PROCEED,
  STEP_NO_OP,   /* Step 0: no site runs: there is nothing to measure */
  STEP_NOT_RUN, /* no answer: nothing may be timed */
  STEP_REFUSED, /* Step 1: not telemetry */
};

struct step_workload {
  const char *workload;
  unsigned threads;
  uint64_t slots, seed;
  const struct trace_facts *trace; /* of replay:FILE, else NULL */
  char *const *env;
  const char *user;
  const char *bench; /* the program that runs it, of a pack; NULL: this harness's */
};

/* Step 0 on the research variant with its markers, in this workload. step0, which fields_init has
 * seen, receives what the result quotes; reason (at least 512 bytes) what to say where it is not PROCEED. */
enum step_decision ab_gate_step0(const struct subject *s, const struct step_workload *w, struct ab_step0 *step0,
                                 char *reason, size_t size);
/* The same on a marked library that is there already; of s, which has not to be built, the gates alone are read. */
enum step_decision ab_library_step0(const struct subject *s, const char *library, const struct step_workload *w,
                                    struct ab_step0 *step0, char *reason, size_t size);
/* own_sources: those of this build, which can be audited; else the gate table's class stands in, and
 * the result says so. */
enum step_decision ab_gate_step1(const struct subject *s, bool own_sources, struct ab_step1 *step1, char *reason,
                                 size_t size);

#endif
