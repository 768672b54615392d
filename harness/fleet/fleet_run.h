/* SPDX-License-Identifier: GPL-3.0-or-later */
/* fleet_run.h: a pack on the nodes of a Slurm cluster: submit, follow, collect, merge.
 *
 * The folder of results has to be one that all nodes share; what is kept there is enough to go on (fleet.json). Each
 * element is one `pack run` on one node with a folder of its own, so that nothing that dies takes another with it. */
#ifndef HARNESS_FLEET_FLEET_RUN_H
#define HARNESS_FLEET_FLEET_RUN_H

#include <stdbool.h>

#include "harness/data/fleet_plan.h"
#include "harness/data/merge_result.h"
#include "harness/fleet/pack_open.h"

enum { FLEET_ELEMENTS_MAX = 4096 };

/* A new fleet: plan without pack, hash and jobs. The pack is copied into the new folder. */
int fleet_start(const struct pack *p, struct fleet_plan *plan, const char *out_dir, struct results *results,
                struct error *err);
/* One that was cut off. Frees nothing of plan, which fields_init has seen. */
int fleet_resume(const char *dir, struct fleet_plan *plan, struct results *results, struct error *err);
/* Submits what has no whole result yet, waits, merges into *r, which fields_init has seen, and writes it. With Ctrl-C
 * the jobs are cancelled, and what there is is merged. */
int fleet_run(struct fleet_plan *plan, struct results *results, bool quiet, struct merge_result *r, struct error *err);

#endif
