/* SPDX-License-Identifier: GPL-3.0-or-later */
/* registry.h: the gates, as probes/gates.def declares them. */
#ifndef HARNESS_CORE_REGISTRY_H
#define HARNESS_CORE_REGISTRY_H

#include <stdbool.h>
#include <stddef.h>

#include "harness/core/error.h"

struct gate {
  const char *name, *flag, *phase, *function, *path, *class_name;
  const char *env_name, *env_default; /* NULL: no run-time gate */
  const char *state;                  /* "ready", or the box that has to come */
  const char *counter;                /* symbol, or NULL */
  const char *text;
  bool compiled; /* in the build that this harness belongs to */
};

size_t registry_count(void);
const struct gate *registry_gate(size_t index);
const struct gate *registry_find(const char *name);
/* Gates of `name`, a gate or a function group (also with a "hak_" prefix). Returns how many,
 * at most max; 0: unknown. */
size_t registry_match(const char *name, const struct gate **gates, size_t max);
/* The names of gates and groups nearest to `name`, as "a, b, c" into buf. */
const char *registry_near(const char *name, char *buf, size_t size);
/* Raises ERROR_USAGE, -ENOENT: no such gate, with the near ones. */
int registry_unknown(struct error *err, const char *name);
/* The marker's name of a gate: - as _. */
void registry_marker_name(const struct gate *gate, char *buf, size_t size);

#endif
