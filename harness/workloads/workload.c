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

/* What stands in `name` behind that of the workload: "" or ":FILE"; NULL: it is another one. */
static const char *behind_name(const struct workload *w, const char *name) {
  const char *a = w->name;
  while (*a != '\0' && (*a == *name || (*a == '-' && *name == '_') || (*a == '_' && *name == '-'))) a++, name++;
  return *a == '\0' && (*name == '\0' || (w->needs_file && *name == ':')) ? name : NULL;
}

const struct workload *workload_find(const char *name) {
  for (const struct workload *const *w = workload_list; *w != NULL; w++)
    if (behind_name(*w, name) != NULL) return *w;
  return NULL;
}

const char *workload_file(const char *name) {
  const struct workload *w = workload_find(name);
  const char *file = w != NULL ? behind_name(w, name) : "";
  return *file == ':' && file[1] != '\0' ? file + 1 : NULL;
}
