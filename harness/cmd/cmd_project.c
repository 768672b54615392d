/* SPDX-License-Identifier: GPL-3.0-or-later */
/* cmd_project.c: `hakmem-harness project check|gates|clean FILE`: what a project file gives. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "harness/core/command.h"
#include "harness/core/json_out.h"
#include "harness/core/names.h"
#include "harness/core/units.h"
#include "harness/project/project_builtin.h"
#include "harness/project/project_compare.h"
#include "harness/project/project_macro.h"

static const char *const actions[] = { "check", "gates", "clean", NULL };
enum action { CHECK, GATES, CLEAN };

static json_t *texts(const struct words *w) {
  json_t *list = json_array();
  for (size_t i = 0; i < w->count; i++) json_array_append_new(list, json_text(w->word[i]));
  return list;
}

static json_t *start(const struct project *p, const char *action) {
  json_t *o = json_result("project");
  json_object_set_new(o, "action", json_text(action));
  json_object_set_new(o, "file", json_text(p->path));
  return o;
}

static int finish(const struct invocation *inv, json_t *o, int code) {
  int rc = inv->json ? json_print(o) : 0;
  json_decref(o);
  return rc == 0 ? code : EXIT_INTERNAL;
}

/* --- check ------------------------------------------------------------------------------------ */

static void say_image(const char *image, const struct code_set *set, const struct words *lost) {
  printf("image %s: %zu function%s, %zu of them cannot be moved\n", image, set->functions,
         units_plural(set->functions, "", "s"), set->unmovable);
  size_t shown = 0;
  for (size_t i = 0; i < set->count && shown < 10; i++) {
    const struct code_item *item = &set->item[i];
    if (!item->is_code || item->is_movable) continue;
    printf("  stays where it is: %s%s%s\n", item->file, item->file[0] != '\0' ? ":" : "", item->name);
    shown++;
  }
  if (set->unmovable > shown) printf("  and %zu more (--json has all)\n", set->unmovable - shown);
  for (size_t i = 0; i < lost->count; i++) printf("  not kept, so not known: %s\n", lost->word[i]);
}

static json_t *image_json(const char *image, const struct code_set *set, const struct words *lost) {
  json_t *o = json_object(), *stays = json_array();
  for (size_t i = 0; i < set->count; i++) {
    const struct code_item *item = &set->item[i];
    if (!item->is_code || item->is_movable) continue;
    json_t *one = json_object();
    json_object_set_new(one, "file", json_text(item->file));
    json_object_set_new(one, "function", json_text(item->name));
    json_array_append_new(stays, one);
  }
  json_object_set_new(o, "name", json_text(image));
  json_object_set_new(o, "functions", json_integer((json_int_t)set->functions));
  json_object_set_new(o, "unmovable", stays);
  json_object_set_new(o, "lost", texts(lost));
  return o;
}

static int check(const struct invocation *inv, const struct project *p, struct error *err) {
  struct project_tree t;
  command_note(inv, "building %s once, in a copy", p->source);
  int rc = project_build(p, NULL, false, &t, err);
  if (rc != 0) return command_fail(err);
  json_t *o = start(p, "check"), *images = json_array();
  size_t functions = 0;
  for (size_t i = 0; rc == 0 && i < p->image.count; i++) {
    struct code_set set;
    struct words lost = { 0 };
    rc = project_code(&t, p->image.text[i], &set, &lost, err);
    if (rc == 0) {
      functions += set.functions;
      if (!inv->json) say_image(p->image.text[i], &set, &lost);
      json_array_append_new(images, image_json(p->image.text[i], &set, &lost));
    }
    code_set_free(&set);
    words_free(&lost);
  }
  if (rc == 0 && !inv->json)
    printf("%zu unit%s compiled, %s; %zu gate%s, %zu workload%s\n", t.capture.units,
           units_plural(t.capture.units, "", "s"), t.reused ? "built before" : "built now", p->gates,
           units_plural(p->gates, "", "s"), p->workloads, units_plural(p->workloads, "", "s"));
  if (rc == 0 && t.capture.damaged > 0)
    command_note(inv, "left out, for they are damaged: %zu record%s of the build", t.capture.damaged,
                 units_plural(t.capture.damaged, "", "s"));
  json_object_set_new(o, "images", images);
  json_object_set_new(o, "units", json_integer((json_int_t)t.capture.units));
  json_object_set_new(o, "functions", json_integer((json_int_t)functions));
  json_object_set_new(o, "gates", json_integer((json_int_t)p->gates));
  json_object_set_new(o, "workloads", json_integer((json_int_t)p->workloads));
  json_object_set_new(o, "folder", json_text(t.folder));
  json_object_set_new(o, "build_s", json_number(t.build_s));
  project_tree_free(&t);
  if (rc == 0) return finish(inv, o, EXIT_DONE);
  json_decref(o);
  return command_fail(err);
}

/* --- gates ------------------------------------------------------------------------------------ */

static void say_list(const char *what, const struct words *w) {
  for (size_t i = 0; i < w->count && i < 12; i++) printf("  %s %s\n", what, w->word[i]);
  if (w->count > 12) printf("  and %zu more (--json has all)\n", w->count - 12);
}

static void say_gate(const struct project *p, const struct project_gate *g, const struct project_difference *d) {
  const struct code_set_diff *diff = &d->diff;
  size_t functions = diff->functions.count + diff->only_in.count + diff->only_out.count;
  if (diff->identical) {
    char text[512];
    struct error why = { 0 };
    bool unknown = project_identical(p, g, text, sizeof text, &why) != 0;
    printf("%s: identical code and data: it changes nothing in the images%s%s\n", g->name, unknown ? "; " : "",
           unknown ? why.text : "");
    return;
  }
  if (diff->data_only) printf("%s: data only: a run-time default, no code behind this gate\n", g->name);
  else
    printf("%s: %zu of %zu function%s %s (%zu only with it, %zu only without)\n", g->name, functions, d->functions,
           units_plural(d->functions, "", "s"), units_plural(functions, "differs", "differ"), diff->only_in.count,
           diff->only_out.count);
  say_list("differs     ", &diff->functions);
  say_list("only with   ", &diff->only_in);
  say_list("only without", &diff->only_out);
  say_list("data        ", &diff->data);
  say_list("not known   ", &d->lost);
}

static json_t *gate_json(const struct project_gate *g, const struct project_difference *d) {
  const struct code_set_diff *diff = &d->diff;
  json_t *o = json_object();
  json_object_set_new(o, "name", json_text(g->name));
  json_object_set_new(o, "identical", json_boolean(diff->identical));
  json_object_set_new(o, "data_only", json_boolean(diff->data_only));
  json_object_set_new(o, "functions_differ", texts(&diff->functions));
  json_object_set_new(o, "only_in", texts(&diff->only_in));
  json_object_set_new(o, "only_out", texts(&diff->only_out));
  json_object_set_new(o, "data", texts(&diff->data));
  json_object_set_new(o, "lost", texts(&d->lost));
  return o;
}

static int gates(const struct invocation *inv, const struct project *p, struct error *err) {
  const struct project_gate *only = NULL;
  if (inv->positional_count > 2 && (only = project_find_gate(p, inv->positional[2], err)) == NULL)
    return command_fail(err);
  if (p->gates == 0 && project_find_gate(p, NULL, err) == NULL) return command_fail(err);
  json_t *o = start(p, "gates"), *list = json_array();
  int rc = 0;
  for (size_t i = 0; rc == 0 && i < p->gates; i++) {
    const struct project_gate *g = &p->gate[i];
    struct project_difference d;
    if (only != NULL && g != only) continue;
    command_note(inv, "building with and without %s", g->name);
    rc = project_compare(p, g, &d, err);
    if (rc != 0) break;
    if (!inv->json) say_gate(p, g, &d);
    json_array_append_new(list, gate_json(g, &d));
    project_difference_free(&d);
  }
  json_object_set_new(o, "gates", list);
  if (rc == 0) return finish(inv, o, EXIT_DONE);
  json_decref(o);
  return command_fail(err);
}

static int clean(const struct invocation *inv, const struct project *p, struct error *err) {
  uint64_t bytes = 0;
  size_t used = 0;
  if (project_clean(p, &bytes, &used, err) != 0) return command_fail(err);
  if (used > 0) command_note(inv, "left alone, because a harness that runs uses it: %zu", used);
  json_t *o = start(p, "clean");
  json_object_set_new(o, "bytes", json_integer((json_int_t)bytes));
  if (!inv->json) printf("removed %.1f MB of builds of %s\n", (double)bytes / 1e6, p->source);
  return finish(inv, o, EXIT_DONE);
}

static int run_project(const struct invocation *inv) {
  struct error err = { 0 };
  struct project p;
  int action = 0;
  while (actions[action] != NULL && strcmp(actions[action], inv->positional[0]) != 0) action++;
  if (actions[action] == NULL) {
    names_unknown(&err, "action", inv->positional[0], actions);
    return command_fail(&err);
  }
  if (inv->positional_count > 2 && action != GATES) return command_usage(inv, "%s takes one file", actions[action]);
  if (project_open(&p, inv->positional[1], NULL, &err) != 0) return command_fail(&err);
  int code = action == CHECK ? check(inv, &p, &err) : action == GATES ? gates(inv, &p, &err) : clean(inv, &p, &err);
  project_free(&p);
  return code;
}

static const char *const synopsis[] = { "check FILE [--json]", "gates FILE [GATE] [--json]", "clean FILE [--json]",
                                        NULL };

const struct command cmd_project = {
  .name = "project",
  .summary = "say what a project file gives: its images, and what each gate changes in them",
  .synopsis = synopsis,
  .description =
      "A project file names the sources of a C or C++ program, how they are built, the images that come of it,\n"
      "and its gates: a macro, a configure option, a patch or a pair of commits (doc/projects.md). check builds\n"
      "once and lists images, functions, and which of these a linker cannot move. gates builds each gate both\n"
      "ways and compares the functions by what they mean, not by offsets: the answer may be that nothing\n"
      "differs, or data alone. clean removes what was built. The build command is run by /bin/sh, as the\n"
      "invoking user, in a copy of the sources: look at the file before.",
  .common = "jq",
  .positional_min = 2,
  .positional_max = 3,
  .run = run_project,
};
