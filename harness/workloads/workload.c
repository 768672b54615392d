/* SPDX-License-Identifier: GPL-3.0-or-later */
/* workload.c: the list of workloads. */
#include "harness/workloads/workload.h"

#include <stddef.h>

#define WORKLOAD(name) extern const struct workload workload_##name;
#include "harness/workloads/workloads.def"
#undef WORKLOAD

const struct workload *const workload_list[] = {
#define WORKLOAD(name) &workload_##name,
#include "harness/workloads/workloads.def"
#undef WORKLOAD
  NULL,
};

const char *const *workload_names(void) {
  static const char *names[sizeof workload_list / sizeof workload_list[0]];
  for (size_t i = 0; workload_list[i] != NULL; i++) names[i] = workload_list[i]->name;
  return names;
}

static int same_name(const char *a, const char *b) {
  while (*a != '\0' && (*a == *b || (*a == '-' && *b == '_') || (*a == '_' && *b == '-'))) a++, b++;
  return *a == '\0' && *b == '\0';
}

const struct workload *workload_find(const char *name) {
  for (const struct workload *const *w = workload_list; *w != NULL; w++)
    if (same_name((*w)->name, name)) return *w;
  return NULL;
}
