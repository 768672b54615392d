/* SPDX-License-Identifier: GPL-3.0-or-later */
/* registry.c: see registry.h. The rows come from probes/gates.def at build time. */
#include "harness/core/registry.h"

#include <stdio.h>
#include <string.h>

#include "hakmem_build_flags.h"
#include "harness/core/names.h"

static const struct gate gates[] = {
#include "gate_table.inc"
};

const char *gate_path_name(enum gate_path path) {
  static const char *const names[] = {
#define GATE_PATH(name) #name,
#define GATE_CLASS(name)
#include "gate_kinds.inc"
#undef GATE_PATH
#undef GATE_CLASS
  };
  return names[path];
}

const char *gate_class_name(enum gate_class cls) {
  static const char *const names[] = {
#define GATE_PATH(name)
#define GATE_CLASS(name) #name,
#include "gate_kinds.inc"
#undef GATE_PATH
#undef GATE_CLASS
  };
  return names[cls];
}

const char *const *registry_names(void) {
  static const char *names[sizeof gates / sizeof gates[0] + 1];
  for (size_t i = 0; i < sizeof gates / sizeof gates[0]; i++) names[i] = gates[i].name;
  return names;
}

size_t registry_count(void) { return sizeof gates / sizeof gates[0]; }

const struct gate *registry_gate(size_t index) { return index < registry_count() ? &gates[index] : NULL; }

const struct gate *registry_find(const char *name) {
  for (size_t i = 0; i < registry_count(); i++)
    if (strcmp(gates[i].name, name) == 0) return &gates[i];
  return NULL;
}

const struct gate *registry_needs(const struct gate *gate) {
  return gate->needs != NULL ? registry_find(gate->needs) : NULL;
}

size_t registry_match(const char *name, const struct gate **out, size_t max) {
  const struct gate *one = registry_find(name);
  if (one != NULL && max > 0) {
    out[0] = one;
    return 1;
  }
  const char *function = strncmp(name, "hak_", 4) == 0 ? name + 4 : name;
  size_t n = 0;
  for (size_t i = 0; i < registry_count() && n < max; i++)
    if (strcmp(gates[i].function, function) == 0) out[n++] = &gates[i];
  return n;
}

void registry_marker_name(const struct gate *gate, char *buf, size_t size) {
  snprintf(buf, size, "%s", gate->name);
  for (char *p = buf; *p; p++)
    if (*p == '-') *p = '_';
}

/* Every gate, then every function; ended by NULL. */
static const char *const *all_names(void) {
  static const char *names[2 * (sizeof gates / sizeof gates[0]) + 1];
  size_t n = 0;
  for (size_t i = 0; i < registry_count(); i++) names[n++] = gates[i].name;
  for (size_t i = 0; i < registry_count(); i++) names[n++] = gates[i].function;
  return names;
}

const char *registry_near(const char *name, char *buf, size_t size) { return names_near(all_names(), name, buf, size); }

int registry_unknown(struct error *err, const char *name) { return names_unknown(err, "gate", name, all_names()); }
