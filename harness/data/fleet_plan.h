/* SPDX-License-Identifier: GPL-3.0-or-later */
/* fleet_plan.h: fleet.json: what a fleet was asked for, for --resume. */
#ifndef HARNESS_DATA_FLEET_PLAN_H
#define HARNESS_DATA_FLEET_PLAN_H

#include "harness/core/fields.h"

struct fleet_plan {
  uint64_t absent;
  char *pack, *hash; /* a copy in the folder; its SHA-256 */
  int64_t elements;  /* one a node */
  double budget_s;   /* NaN: the pack's */
  char *partition;
  LIST_OF(char *) constraints;
  char *harness;        /* on the nodes */
  LIST_OF(char *) jobs; /* Slurm's numbers, one for each submission */
};
extern const struct field_table fleet_plan_fields;

#endif
