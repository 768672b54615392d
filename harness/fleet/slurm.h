/* SPDX-License-Identifier: GPL-3.0-or-later */
/* slurm.h: what is asked of Slurm, by its own commands: which nodes there are, an array of jobs, how it goes.
 *
 * sinfo, sbatch, squeue, scontrol and scancel are run as whoever we are; their output is parsed by formats that we
 * give (-o), which Slurm keeps stable, not by what they print for people. */
#ifndef HARNESS_FLEET_SLURM_H
#define HARNESS_FLEET_SLURM_H

#include <stdbool.h>
#include <stddef.h>

#include "harness/core/words.h"

/* Nodes that could take a job now or later, with all the features. -ENOENT: none. ERROR_MISSING: no Slurm. */
int slurm_count_nodes(const char *partition, char *const *features, size_t *count, struct error *err);

/* elements: "1-4" or "2,3". Its number into job (32 bytes). */
int slurm_submit(const char *script, const char *elements, const char *partition, char *const *features,
                 const char *log, char *job, struct error *err);
int slurm_cancel(const char *job, struct error *err);

struct slurm_element {
  long index;
  char state[24]; /* RUNNING, PENDING, COMPLETED, NODE_FAIL … */
  char node[128]; /* "": none yet */
};
/* What squeue still has of it (the end: none), or with ended what scontrol remembers. At most room. */
int slurm_elements(const char *job, bool ended, struct slurm_element *list, size_t room, size_t *count,
                   struct error *err);

#endif
