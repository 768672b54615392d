/* SPDX-License-Identifier: GPL-3.0-or-later */
/* cmd_sites.c: `hakmem-harness sites`: the gates of the table and what is compiled in. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "harness/core/command.h"
#include "harness/core/json_out.h"
#include "harness/core/registry.h"
#include "harness/step0/elf_object.h"

/* "ready", or "needs GATE" */
static const char *state_of(const struct gate *g, char *buf, size_t size) {
  snprintf(buf, size, "%s%s", g->needs != NULL ? "needs " : "ready", g->needs != NULL ? g->needs : "");
  return buf;
}

static json_t *site_json(const struct gate *g) {
  json_t *s = json_object();
  char option[80], state[80];
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
  json_object_set_new(s, "path", json_text(gate_path_name(g->path)));
  json_object_set_new(s, "class", json_text(gate_class_name(g->class)));
  json_object_set_new(s, "state", json_text(state_of(g, state, sizeof state)));
  json_object_set_new(s, "notes", json_text(g->text));
  return s;
}

/* --- the USDT notes of any binary ------------------------------------------------------------ */

struct note {
  char name[192];
  size_t copies;
  uint64_t first; /* address of the first copy */
  bool semaphore;
};
struct notes {
  struct note *note;
  size_t count;
};

static int see_note(void *context, const char *provider, const char *name, const struct elf_place *place) {
  struct notes *n = context;
  char full[192];
  snprintf(full, sizeof full, "%s:%s", provider, name);
  for (size_t i = 0; i < n->count; i++)
    if (strcmp(n->note[i].name, full) == 0) {
      n->note[i].copies++;
      return 0;
    }
  struct note *grown = reallocarray(n->note, n->count + 1, sizeof *grown);
  if (grown == NULL) return -ENOMEM;
  n->note = grown;
  n->note[n->count] = (struct note){ .copies = 1, .first = place->address, .semaphore = place->semaphore_offset != 0 };
  snprintf(n->note[n->count++].name, sizeof n->note[0].name, "%s", full);
  return 0;
}

static json_t *note_json(const struct note *n, const char *function) {
  static const char *const unknown[] = { "option", "flag", "phase", "env", "path", "notes" };
  json_t *s = json_object();
  json_object_set_new(s, "name", json_text(n->name));
  json_object_set_new(s, "function", json_text(function[0] ? function : NULL));
  json_object_set_new(s, "compiled", json_true());
  json_object_set_new(s, "copies", json_integer((json_int_t)n->copies));
  for (size_t i = 0; i < sizeof unknown / sizeof *unknown; i++) json_object_set_new(s, unknown[i], json_null());
  return s;
}

static int sites_of_binary(const struct invocation *inv, const char *path) {
  struct error err = { 0 };
  struct elf_object object;
  struct notes notes = { 0 };
  if (elf_object_open(&object, path, &err) != 0) return command_fail(&err);
  int rc = elf_object_walk_notes(&object, see_note, &notes, &err), code = EXIT_DONE;
  if (rc != 0) code = command_fail(&err);
  json_t *list = json_array();
  if (rc == 0 && !inv->json)
    printf("%-40s %-7s %-10s %s\n", "USDT note", "copies", "semaphore", "function of the first");
  for (size_t i = 0; rc == 0 && i < notes.count; i++) {
    char function[128];
    const struct note *n = &notes.note[i];
    elf_object_function_at(&object, n->first, function, sizeof function);
    if (inv->json) json_array_append_new(list, note_json(n, function));
    else
      printf("%-40s %-7zu %-10s %s\n", n->name, n->copies, n->semaphore ? "yes" : "no", function[0] ? function : "?");
  }
  if (rc == 0 && inv->json) {
    json_t *o = json_result("sites");
    json_object_set_new(o, "binary", json_text(object.path));
    json_object_set(o, "sites", list);
    if (json_print(o) != 0) code = EXIT_INTERNAL;
    json_decref(o);
  }
  json_decref(list);
  free(notes.note);
  elf_object_close(&object);
  return code;
}

static int run_sites(const struct invocation *inv) {
  if (option_is_set(inv, "binary")) return sites_of_binary(inv, option_string(inv, "binary"));
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
    char env[96] = "-", state[80];
    if (g->env_name != NULL) snprintf(env, sizeof env, "%s (default %s)", g->env_name, g->env_default);
    printf("%-22s %-15s %-14s %-5s %-9s %-8s %s%s%s\n", g->name, g->function, g->phase ? g->phase : "-",
           gate_path_name(g->path), gate_class_name(g->class), g->compiled ? "yes" : "no", env,
           g->needs != NULL ? "  " : "", g->needs != NULL ? state_of(g, state, sizeof state) : "");
  }
  return EXIT_DONE;
}

static const char *const synopsis[] = { "[--binary F] [--json]", NULL };
static const struct option_spec options[] = {
  { "binary", 0, OPTION_STRING, "F", "list the USDT notes of this executable or shared library", NULL },
  { NULL, 0, OPTION_FLAG, NULL, NULL, NULL },
};

const struct command cmd_sites = {
  .name = "sites",
  .summary = "list the gates and their sites",
  .synopsis = synopsis,
  .description = "Each gate is a line of probes/gates.def and a configure option --enable-GATE. `verify`\n"
                 "takes the name of a gate, or of a function for all of its gates.",
  .options = options,
  .common = "jq",
  .run = run_sites,
};
