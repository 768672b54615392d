/* SPDX-License-Identifier: GPL-3.0-or-later */
/* fleet_print.h: a pack on many machines without our help: recipes for GNU parallel, Kubernetes and plain sbatch. */
#ifndef HARNESS_FLEET_FLEET_PRINT_H
#define HARNESS_FLEET_FLEET_PRINT_H

#include <stdio.h>

struct fleet_recipe {
  const char *pack, *hash, *harness, *out_dir; /* absolute paths in a folder that all nodes share */
  double budget_s;                             /* 0: the pack's */
  long nodes;
  const char *partition;
  char *const *constraints;
};
enum fleet_engine { ENGINE_PARALLEL, ENGINE_K8S, ENGINE_SBATCH };
extern const char *const fleet_engine_names[];

void fleet_print(FILE *f, enum fleet_engine engine, const struct fleet_recipe *r);
/* The same as a script for sbatch, which fleet itself submits: each element into a folder of its own. */
void fleet_element_script(FILE *f, const struct fleet_recipe *r);

#endif
