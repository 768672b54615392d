/* SPDX-License-Identifier: GPL-3.0-or-later */
/* cmd_sites.c: `hakmem-harness sites`: the gates of the table and what is compiled in. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "harness/core/command.h"
#include "harness/core/json_out.h"
#include "harness/core/registry.h"

static json_t *site_json(const struct gate *g) {
  json_t *s = json_object();
  char option[80];
  snprintf(option, sizeof option, "--enable-%s", g->name);
  json_object_set_new(s, "name", json_text(g->name));
  json_object_set_new(s, "function", json_text(g->function));
  json_object_set_new(s, "option", json_text(option));
  json_object_set_new(s, "flag", json_text(g->flag));
  json_object_set_new(s, "phase", json_text(g->phase));
  json_object_set_new(s, "compiled", json_boolean(g->compiled));
  json_t *env = json_null();
  if (g->env_name != NULL) {
    env = json_object();
    json_object_set_new(env, "name", json_text(g->env_name));
    json_object_set_new(env, "default", json_text(g->env_default));
  }
  json_object_set_new(s, "env", env);
  json_object_set_new(s, "path", json_text(g->path));
  json_object_set_new(s, "class", json_text(g->class_name));
  json_object_set_new(s, "state", json_text(g->state));
  json_object_set_new(s, "notes", json_text(g->text));
  return s;
}

static int run_sites(const struct invocation *inv) {
  if (inv->json) {
    json_t *o = json_result("sites"), *list = json_array();
    for (size_t i = 0; i < registry_count(); i++) json_array_append_new(list, site_json(registry_gate(i)));
    json_object_set_new(o, "sites", list);
    int rc = json_print(o);
    json_decref(o);
    return rc == 0 ? EXIT_DONE : EXIT_INTERNAL;
  }
  printf("%-22s %-15s %-14s %-5s %-9s %-8s %s\n", "gate", "function", "phase", "path", "class", "compiled", "ENV gate");
  for (size_t i = 0; i < registry_count(); i++) {
    const struct gate *g = registry_gate(i);
    char env[96] = "-";
    if (g->env_name != NULL) snprintf(env, sizeof env, "%s (default %s)", g->env_name, g->env_default);
    printf("%-22s %-15s %-14s %-5s %-9s %-8s %s%s%s\n", g->name, g->function, g->phase ? g->phase : "-", g->path,
           g->class_name, g->compiled ? "yes" : "no", env, strcmp(g->state, "ready") == 0 ? "" : "  ",
           strcmp(g->state, "ready") == 0 ? "" : g->state);
  }
  return EXIT_DONE;
}

static const char *const synopsis[] = { "[--json]", NULL };

const struct command cmd_sites = {
  .name = "sites",
  .summary = "list the gates and their sites",
  .synopsis = synopsis,
  .description = "Each gate is a line of probes/gates.def and a configure option --enable-GATE. `verify`\n"
                 "takes the name of a gate, or of a function for all of its gates.",
  .common = "jq",
  .run = run_sites,
};
