/* SPDX-License-Identifier: GPL-3.0-or-later */
/* phase_table.h: the phases of the source document, with its figures, from phases.def. */
#ifndef HARNESS_PHASE_PHASE_TABLE_H
#define HARNESS_PHASE_PHASE_TABLE_H

#include <stdbool.h>
#include <stddef.h>

#include "harness/data/verdict.h"

enum phase_kind {
  PHASE_MEASURED,    /* gates: Steps 0 to 4 */
  PHASE_CORRECTNESS, /* no gate: Step 1 decides */
  PHASE_PROCEDURE,   /* the audit of the whole tree */
};

struct phase {
  const char *id, *name;
  enum phase_kind kind;
  const char *gates;                         /* "a,b", "" none */
  enum verdict stopped;                      /* where Step 0 or 1 ends it */
  const char *with;                          /* feature in both sides, "" none */
  const char *open_env, *open_workload;      /* what opens its run-time gate, "" none */
  double out_mops, in_mops, out_dev, in_dev; /* the source's; NaN: not given */
  double out_median_mops, in_median_mops;
  double printed_pct, printed_median_pct;
  double expected_low_pct, expected_high_pct;
  const char *source_verdict; /* "" none */
  int atomics;                /* -1: not said */
  const char *text;
};

size_t phase_count(void);
const struct phase *phase_at(size_t index);
const struct phase *phase_find(const char *id); /* letters in either case; NULL */
/* (out - in) / in in percent, from the source's ops/s; NaN where it gives none. */
double phase_source_pct(const struct phase *p, bool median);
/* Whether what the source printed is off by more than the rounding of its own ops/s (half a unit
 * of their last digit each) and of the percentage allow. */
bool phase_source_disagrees(const struct phase *p, bool median);
/* The ids, NULL-terminated, for near names. */
const char *const *phase_ids(void);
/* Whether the row is in the sum of the parts: measured, and no other row (26 of 26A to 26E) has its gates. */
bool phase_is_part(const struct phase *p);

/* What the source claims of all phases together. */
#define PHASE_SOURCE_SUM_PCT 2.74
#define PHASE_SOURCE_SUM_ATOMICS 19

#endif
