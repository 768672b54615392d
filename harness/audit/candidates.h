/* SPDX-License-Identifier: GPL-3.0-or-later */
/* candidates.h: which gates to try next: class (Step 1) x executions (Step 0) x cost. */
#ifndef HARNESS_AUDIT_CANDIDATES_H
#define HARNESS_AUDIT_CANDIDATES_H

#include <stddef.h>

#include "harness/audit/audit.h"

struct candidate {
  const char *site;       /* gate */
  const char *class_name; /* TELEMETRY, UNKNOWN, CORRECTNESS, or NULL: no atomic behind the gate */
  double hits_per_op;     /* NaN: not measured */
  double expected_pct;    /* time of the workload that goes into it; NaN: something is not measured */
  const char *priority;   /* high, medium, low, none, unmeasured */
  char *reason;
  int order; /* among equals */
};

struct candidates {
  struct candidate *item; /* best first */
  size_t count;
  double atomic_ns; /* one uncontended relaxed add, measured here */
  double ns_per_op; /* newest bench of random_mixed, NaN: none */
};

/* results_dir: where verify and bench left their results. Errors as audit_run. */
int candidates_make(struct candidates *c, const char *results_dir, struct error *err);
void candidates_free(struct candidates *c);

/* For others who make a list: the best first; what one atomic add takes where nobody else has its line. */
void candidates_rank(struct candidates *c);
double candidates_atomic_ns(void);

#endif
