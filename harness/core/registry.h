/* SPDX-License-Identifier: GPL-3.0-or-later */
/* registry.h: the gates, as probes/gates.def declares them. */
#ifndef HARNESS_CORE_REGISTRY_H
#define HARNESS_CORE_REGISTRY_H

#include <stdbool.h>
#include <stddef.h>

#include "harness/core/error.h"

/* GATE_HOT …: where the gate's site is expected to sit. */
enum gate_path {
#define GATE_PATH(name) GATE_##name,
#define GATE_CLASS(name)
#include "gate_kinds.inc"
#undef GATE_PATH
#undef GATE_CLASS
};
/* GATE_TELEMETRY, or GATE_FEATURE: changes what the allocator does. */
enum gate_class {
#define GATE_PATH(name)
#define GATE_CLASS(name) GATE_##name,
#include "gate_kinds.inc"
#undef GATE_PATH
#undef GATE_CLASS
};

struct gate {
  const char *name, *flag, *phase, *function;
  enum gate_path path;
  enum gate_class class;
  const char *env_name, *env_default; /* NULL: no run-time gate */
  const char *needs;                  /* gate without which there is no such site; NULL: ready by itself */
  const char *counter;                /* symbol, or NULL */
  const char *text;
  bool compiled; /* in the build that this harness belongs to */
};

/* The names of all gates, NULL-terminated. */
const char *const *registry_names(void);
size_t registry_count(void);
/* As the table says them. */
const char *gate_path_name(enum gate_path path);
const char *gate_class_name(enum gate_class cls);
const struct gate *registry_gate(size_t index);
const struct gate *registry_find(const char *name);
/* Gates of `name`, a gate or a function group (also with a "hak_" prefix). Returns how many,
 * at most max; 0: unknown. */
size_t registry_match(const char *name, const struct gate **gates, size_t max);
/* The names of gates and groups nearest to `name`, as "a, b, c" into buf. */
const char *registry_near(const char *name, char *buf, size_t size);
/* Raises ERROR_USAGE, -ENOENT: no such gate, with the near ones. */
int registry_unknown(struct error *err, const char *name);
/* The feature without which the gate's code is not there; NULL: none. */
const struct gate *registry_needs(const struct gate *gate);
/* The marker's name of a gate: - as _. */
void registry_marker_name(const struct gate *gate, char *buf, size_t size);

#endif
