/* SPDX-License-Identifier: GPL-3.0-or-later */
/* fleet_plan.c: the table of fleet_plan.h. */
#include "harness/data/fleet_plan.h"

#include "harness/data/tables.h"

#define S struct fleet_plan
static const struct field plan[] = {
  TEXT(S, "pack", pack, 0),           TEXT(S, "hash", hash, 0),           COUNT(S, "elements", elements, 0),
  NUMBER(S, "budget_s", budget_s, 0), TEXT(S, "partition", partition, 0), TEXTS(S, "constraints", constraints, 0),
  TEXT(S, "harness", harness, 0),     TEXTS(S, "jobs", jobs, 0),
};
const struct field_table fleet_plan_fields = {
  .schema = "fleet-plan", .title = "fleet.json of a fleet", .size = sizeof(S), FIELDS_OF(plan)
};
#undef S
