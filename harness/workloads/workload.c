/* SPDX-License-Identifier: GPL-3.0-or-later */
/* workload.c: the list of workloads. */
#include "harness/workloads/workload.h"

#include <stddef.h>
#include <string.h>

#define WORKLOAD(name) extern const struct workload workload_##name;
#include "harness/workloads/workloads.def"
#undef WORKLOAD

const struct workload *const workload_list[] = {
#define WORKLOAD(name) &workload_##name,
#include "harness/workloads/workloads.def"
#undef WORKLOAD
  NULL,
};

const struct workload *workload_find(const char *name) {
  for (const struct workload *const *w = workload_list; *w != NULL; w++)
    if (strcmp((*w)->name, name) == 0) return *w;
  return NULL;
}
