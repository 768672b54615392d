/* SPDX-License-Identifier: GPL-3.0-or-later */
/* phase_parts.h: the sum of the parts, beside which all gates together are put. */
#ifndef HARNESS_PHASE_PHASE_PARTS_H
#define HARNESS_PHASE_PHASE_PARTS_H

#include "harness/data/record.h"

struct phase_parts {
  struct estimate sum; /* of the rows' gains in percent; half-widths add in quadrature, as the
                          rows are measured independently. Unknown while a row is. */
  size_t timed, stopped, unknown;
};

/* 24, 25, 26 as one, 27, 29, 31 to 35: rows that Step 0 or Step 1 stopped count as 0. */
struct phase_parts phase_parts_of(const struct record_set *set);

#endif
