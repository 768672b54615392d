/* SPDX-License-Identifier: GPL-3.0-or-later */
/* estimate_table.h: a struct estimate (stats.h) in JSON. */
#ifndef HARNESS_DATA_ESTIMATE_TABLE_H
#define HARNESS_DATA_ESTIMATE_TABLE_H

#include "harness/core/fields.h"

/* {estimate, low, high, level, n}; the object is null where there is none. */
extern const struct field_table estimate_fields;

#endif
