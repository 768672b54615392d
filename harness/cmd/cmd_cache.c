/* SPDX-License-Identifier: GPL-3.0-or-later */
/* cmd_cache.c: `hakmem-harness cache [list|check|clean]`: what was built and is kept. */
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "harness/core/cache.h"
#include "harness/core/command.h"
#include "harness/core/json_out.h"
#include "harness/core/names.h"
#include "harness/core/units.h"
#include "harness/project/project_build.h"
#include "harness/project/project_builtin.h"

static const char *const actions[] = { "list", "check", "clean", NULL };
enum action { LIST, CHECK, CLEAN };

static const char *const *action_names(void) { return actions; }

/* Seconds since then; a clock that was put back makes no negative ones. */
static int64_t since(int64_t then) {
  int64_t now = time(NULL);
  return now > then ? now - then : 0;
}

/* "3 d", "2 h", "5 min", "10 s"; "-" where nobody knows. */
static const char *age(int64_t then, char *buf, size_t size) {
  int64_t s = since(then);
  if (then < 0) snprintf(buf, size, "-");
  else if (s >= 86400) snprintf(buf, size, "%lld d", (long long)(s / 86400));
  else if (s >= 3600) snprintf(buf, size, "%lld h", (long long)(s / 3600));
  else if (s >= 60) snprintf(buf, size, "%lld min", (long long)(s / 60));
  else snprintf(buf, size, "%lld s", (long long)s);
  return buf;
}

static json_t *entry_json(const struct cache_entry *e) {
  json_t *o = json_object();
  json_object_set_new(o, "kind", json_text(cache_kind_names[e->kind]));
  json_object_set_new(o, "path", json_text(e->path));
  json_object_set_new(o, "what", json_text(e->what[0] != '\0' ? e->what : NULL));
  json_object_set_new(o, "state", json_text(cache_state_names[e->state]));
  json_object_set_new(o, "bytes", json_integer((json_int_t)e->bytes));
  json_object_set_new(o, "age_s", json_count(e->made >= 0, (uint64_t)since(e->made)));
  json_object_set_new(o, "unused_s", json_integer((json_int_t)since(e->used)));
  json_object_set_new(o, "in_use", json_boolean(e->is_used));
  json_object_set_new(o, "removed", json_boolean(e->removed));
  return o;
}

struct answer {
  enum action action;
  uint64_t bytes, max, removed_bytes;
  size_t removed, used, damaged;
};

static void sum_up(const struct cache_list *list, struct answer *a) {
  for (size_t i = 0; i < list->count; i++) {
    const struct cache_entry *e = &list->entry[i];
    a->removed += e->removed;
    if (e->removed) continue;
    a->bytes += e->bytes;
    a->used += e->is_used;
    a->damaged += e->state == CACHE_DAMAGED;
  }
}

static int print_json(const struct cache_list *list, const struct answer *a) {
  json_t *o = json_result("cache"), *entries = json_array(), *alone = json_array(), *folders = json_array();
  for (size_t i = 0; i < list->count; i++) json_array_append_new(entries, entry_json(&list->entry[i]));
  for (size_t i = 0; i < list->strangers.count; i++) json_array_append_new(alone, json_text(list->strangers.word[i]));
  for (int place = 0; place < CACHE_PLACES; place++) {
    char path[PATH_MAX];
    if (cache_place((enum cache_place)place, path, sizeof path, NULL) == 0)
      json_array_append_new(folders, json_text(path));
  }
  json_object_set_new(o, "action", json_text(actions[a->action]));
  json_object_set_new(o, "folders", folders);
  json_object_set_new(o, "bytes", json_integer((json_int_t)a->bytes));
  json_object_set_new(o, "max_bytes", json_integer((json_int_t)a->max));
  json_object_set_new(o, "damaged", json_integer((json_int_t)a->damaged));
  json_object_set_new(o, "removed", json_integer((json_int_t)a->removed));
  json_object_set_new(o, "removed_bytes", json_integer((json_int_t)a->removed_bytes));
  json_object_set_new(o, "entries", entries);
  json_object_set_new(o, "left_alone", alone);
  int rc = json_print(o);
  json_decref(o);
  return rc;
}

static void say_entry(FILE *f, const struct cache_entry *e) {
  char size[32], made[32], used[32], *what = units_visible(e->what, false);
  char *name = units_visible(strrchr(e->path, '/') + 1, false);
  fprintf(f, "%-12.12s %-7s %-10s %8s %7s %7s%s%s%s\n", name != NULL ? name : "", cache_kind_names[e->kind],
          cache_state_names[e->state], units_bytes((double)e->bytes, size, sizeof size),
          age(e->made, made, sizeof made), age(e->used, used, sizeof used), e->is_used ? "  in use" : "",
          e->what[0] != '\0' ? "  " : "", what != NULL ? what : "");
  free(name);
  free(what);
}

static void say(const struct cache_list *list, const struct answer *a) {
  char *text = NULL, of[32], max[32];
  size_t length = 0;
  FILE *f = open_memstream(&text, &length);
  if (f == NULL) return;
  size_t there = list->count - a->removed;
  if (a->action == CLEAN)
    fprintf(f, "removed %zu of %zu %s, %s\n", a->removed, list->count, units_plural(list->count, "entry", "entries"),
            units_bytes((double)a->removed_bytes, of, sizeof of));
  fprintf(f, "%zu %s, %s of %s at most; %zu in use, %zu damaged\n", there, units_plural(there, "entry", "entries"),
          units_bytes((double)a->bytes, of, sizeof of), units_bytes((double)a->max, max, sizeof max), a->used,
          a->damaged);
  bool head = false;
  for (size_t i = 0; i < list->count; i++) {
    const struct cache_entry *e = &list->entry[i];
    if (a->action == CLEAN || (a->action == CHECK && e->state != CACHE_DAMAGED)) continue;
    if (!head) fprintf(f, "%-12s %-7s %-10s %8s %7s %7s  what\n", "entry", "kind", "state", "size", "age", "unused");
    head = true;
    say_entry(f, e);
  }
  if (a->action == CHECK && a->damaged > 0) fprintf(f, "what is damaged is built anew when it is asked for\n");
  for (size_t i = 0; i < list->strangers.count; i++) {
    char *path = units_visible(list->strangers.word[i], false);
    fprintf(f, "no entry of ours, left alone: %s\n", path != NULL ? path : "");
    free(path);
  }
  fclose(f);
  units_print(stdout, text);
  free(text);
}

/* By what clean was asked for; without a word what is of no use to anybody. What cannot be removed keeps no other. */
static int clean(const struct invocation *inv, struct cache_list *list, struct answer *a, struct error *err) {
  bool by_age = option_is_set(inv, "older");
  bool all = option_is_set(inv, "all") || (option_is_set(inv, "project") && !by_age);
  uint64_t days = option_u64(inv, "older");
  int rc = 0;
  if (option_is_set(inv, "max")) return cache_bound(list, option_u64(inv, "max"), &a->removed_bytes, err);
  for (size_t i = 0; i < list->count; i++) {
    struct cache_entry *e = &list->entry[i];
    int failed = 0;
    if (all || e->state != CACHE_WHOLE || (by_age && (uint64_t)since(e->used) / 86400 >= days))
      failed = cache_remove(e, &a->removed_bytes, rc == 0 ? err : NULL);
    if (rc == 0) rc = failed;
  }
  return rc;
}

static int project_folder(const char *file, char *path, size_t size, struct error *err) {
  struct project p;
  int rc = project_open(&p, file, NULL, err);
  if (rc != 0) return rc;
  rc = project_cache(&p, path, size, err);
  project_free(&p);
  return rc;
}

static int answer(const struct invocation *inv, struct answer *a, struct cache_list *list, struct error *err) {
  char folder[PATH_MAX];
  const char *file = option_string(inv, "project");
  int rc = cache_max(&a->max, err);
  if (rc == 0 && file != NULL) rc = project_folder(file, folder, sizeof folder, err);
  if (rc == 0) rc = cache_list(list, file != NULL ? folder : NULL, true, err);
  if (rc != 0) return rc;
  if (a->action == CLEAN) {
    rc = clean(inv, list, a, err);
    cache_remove_empty();
  }
  sum_up(list, a);
  return rc;
}

static int run_cache(const struct invocation *inv) {
  static const char *const ways[] = { "older", "all", "max" };
  struct error err = { 0 };
  struct cache_list list = { 0 };
  struct answer a = { .action = LIST };
  size_t chosen = 0;
  int action = 0;
  const char *word = inv->positional_count > 0 ? inv->positional[0] : actions[LIST];
  while (actions[action] != NULL && strcmp(actions[action], word) != 0) action++;
  if (actions[action] == NULL) {
    names_unknown(&err, "action", word, actions);
    return command_reject(inv, &err);
  }
  a.action = (enum action)action;
  for (size_t i = 0; i < sizeof ways / sizeof *ways; i++) {
    if (!option_is_set(inv, ways[i])) continue;
    if (a.action != CLEAN) return command_usage(inv, "--%s belongs to clean", ways[i]);
    chosen++;
  }
  if (chosen > 1) return command_usage(inv, "one of --older, --all and --max");
  int code = answer(inv, &a, &list, &err) != 0 ? command_fail(&err) : EXIT_DONE;
  if (code == EXIT_DONE && inv->json && print_json(&list, &a) != 0) code = EXIT_INTERNAL;
  if (code == EXIT_DONE && !inv->json) say(&list, &a);
  if (code == EXIT_DONE && a.action == CHECK && a.damaged > 0) code = EXIT_CLAIM_FALSE;
  cache_list_free(&list);
  return code;
}

static const char *const synopsis[] = { "[list|check] [--project FILE] [--json]",
                                        "clean [--older DAYS|--all|--max BYTES] [--project FILE] [--json]", NULL };
static const struct option_spec options[] = {
  { "older", 0, OPTION_U64, "DAYS", "clean: what was not used for so many days", NULL },
  { "all", 0, OPTION_FLAG, NULL, "clean: everything", NULL },
  { "max", 0, OPTION_U64, "BYTES", "clean: what was not used for the longest time, until this is left (500M, 2G)",
    NULL },
  { "project", 0, OPTION_STRING, "FILE", "only what was built for the sources of this project file; clean: all of it",
    NULL },
  { NULL, 0, OPTION_FLAG, NULL, NULL, NULL },
};

const struct command cmd_cache = {
  .name = "cache",
  .summary = "list, check and clean what was built and is kept",
  .synopsis = synopsis,
  .description =
      "Kept are the allocator's variants, the builds of projects, and while a harness runs its work folders, with\n"
      "the layouts of a project (those of the allocator are in memory). list says size, age, last use and whether\n"
      "an entry is whole: the content that later runs rely on has the hash that the build wrote. check says what\n"
      "is damaged (exit 1); that is not used, but built anew when it is asked for. clean without an option removes\n"
      "what is damaged or was left by a harness that was killed. What a running harness uses stays. After each\n"
      "build what was not used for the longest time goes, until all is below HAKMEM_CACHE_MAX (8G).",
  .options = options,
  .common = "jq",
  .positional_max = 1,
  .names = action_names,
  .run = run_cache,
};
