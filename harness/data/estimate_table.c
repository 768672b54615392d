/* SPDX-License-Identifier: GPL-3.0-or-later */
/* estimate_table.c: see estimate_table.h. */
#include "harness/data/estimate_table.h"

#include "harness/data/stats.h"
#include "harness/data/tables.h"

#define S struct estimate
static const struct field estimate[] = {
  NUMBER(S, "estimate", value, 0), NUMBER(S, "low", low, 0),     NUMBER(S, "high", high, 0),
  NUMBER(S, "level", level, 0),    COUNT(S, "n", n, FIELD_OMIT),
};
const struct field_table estimate_fields = { .size = sizeof(S), .stateless = true, FIELDS_OF(estimate) };
#undef S
