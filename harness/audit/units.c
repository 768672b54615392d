/* SPDX-License-Identifier: GPL-3.0-or-later */
/* units.c: collecting the units (units.h). */
#include "harness/audit/units.h"

#include <ftw.h>
#include <jansson.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "harness/audit/map.h"
#include "harness/build/variant.h"
#include "harness/core/registry.h"

static struct unit *add_unit(struct units *u, const char *directory, const char *file) {
  char joined[PATH_MAX * 2], real[PATH_MAX];
  snprintf(joined, sizeof joined, "%s%s%s", file[0] == '/' ? "" : directory, file[0] == '/' ? "" : "/", file);
  const char *path = realpath(joined, real) ? real : joined;
  for (size_t i = 0; i < u->count; i++)
    if (strcmp(u->unit[i].file, path) == 0) return NULL; /* the same source once more, as libtool compiles it */
  audit_room(&u->unit, u->count, sizeof *u->unit);
  struct unit *n = &u->unit[u->count++];
  memset(n, 0, sizeof *n);
  n->file = strdup(path);
  n->directory = strdup(directory);
  return n;
}

static bool starts(const char *s, const char *prefix) { return strncmp(s, prefix, strlen(prefix)) == 0; }

/* Options that change what the source means, and that clang knows. */
static int keep_flags(struct words *out, char *const *words, size_t count) {
  static const char *const with_value[] = { "-D",       "-U",       "-I", "-isystem",  "-iquote", "-idirafter",
                                            "-include", "-imacros", "-x", "--sysroot", NULL };
  static const char *const prefixes[] = { "-std=",
                                          "-fvisibility",
                                          "-fno-builtin",
                                          "-fbuiltin",
                                          "-fsigned-char",
                                          "-funsigned-char",
                                          "-fno-signed-char",
                                          "-fwrapv",
                                          "-fshort-enums",
                                          "-fgnu89-inline",
                                          "-fcommon",
                                          "-fno-common",
                                          "-ffreestanding",
                                          "-fhosted",
                                          "-fms-extensions",
                                          "-fno-strict-aliasing",
                                          "-fPIC",
                                          "-fpic",
                                          "-fPIE",
                                          "-fpie",
                                          "-ftls-model=",
                                          "-m32",
                                          "-m64",
                                          "-march=",
                                          "-mtune=",
                                          "-msse",
                                          "-mavx",
                                          "-mcx16",
                                          "-maes",
                                          "-nostdinc",
                                          "-pthread",
                                          "-ansi",
                                          "--target=",
                                          NULL };
  for (size_t i = 0; i < count; i++) {
    bool kept = false;
    for (size_t k = 0; with_value[k] && !kept; k++)
      if (starts(words[i], with_value[k])) {
        kept = true;
        if (words_add(out, "%s", words[i])) return -ENOMEM;
        if (strcmp(words[i], with_value[k]) == 0 && i + 1 < count && words_add(out, "%s", words[++i])) return -ENOMEM;
      }
    for (size_t k = 0; prefixes[k] && !kept; k++)
      if (starts(words[i], prefixes[k])) {
        kept = true;
        if (words_add(out, "%s", words[i])) return -ENOMEM;
      }
  }
  return 0;
}

static int add_entry(struct units *u, const json_t *entry, struct error *err) {
  const char *file = json_string_value(json_object_get(entry, "file"));
  const char *directory = json_string_value(json_object_get(entry, "directory"));
  const char *command = json_string_value(json_object_get(entry, "command"));
  const json_t *arguments = json_object_get(entry, "arguments");
  if (!file || (!command && !json_is_array(arguments)))
    return error_set(err, -EINVAL, "an entry has no \"file\", or neither \"command\" nor \"arguments\"");
  struct words words = { 0 };
  int rc = command ? words_split(&words, command, err) : 0;
  for (size_t i = 0; rc == 0 && !command && i < json_array_size(arguments); i++)
    rc = words_add(&words, "%s", json_string_value(json_array_get(arguments, i)));
  if (rc == 0) {
    struct unit *n = add_unit(u, directory ? directory : u->root, file);
    if (n) rc = keep_flags(&n->flags, words.word, words.count);
  }
  words_free(&words);
  return rc;
}

static int read_commands(struct units *u, const char *path, struct error *err) {
  json_error_t je;
  json_t *list = json_load_file(path, 0, &je);
  if (!json_is_array(list)) {
    json_decref(list);
    error_set(err, access(path, R_OK) == 0 ? -EINVAL : -ENOENT, "cannot read compile commands from %s: %s", path,
              list ? "not a list" : je.text);
    return error_advise(err,
                        "make them with `bear -- make` (package bear) or cmake -DCMAKE_EXPORT_COMPILE_COMMANDS=ON, "
                        "or name them with --compile-commands");
  }
  int rc = 0;
  for (size_t i = 0; rc == 0 && i < json_array_size(list); i++) {
    rc = add_entry(u, json_array_get(list, i), err);
    if (rc) error_prefix(err, "%s: entry %zu", path, i + 1);
  }
  json_decref(list);
  if (rc == 0 && u->count == 0) rc = error_set(err, -EINVAL, "%s names no units", path);
  return rc;
}

static bool is_listed(char *const *list, const char *name) {
  for (; list && *list; list++)
    if (strcmp(*list, name) == 0) return true;
  return false;
}

/* HAKMEM itself, with the gates of this build or all telemetry gates. */
static int own_build(struct units *u, const struct audit_options *o, struct error *err) {
  struct recipe r;
  int rc = recipe_load(&r, NULL, err);
  if (rc) return rc;
  free(u->root);
  char *real = realpath(r.source_root, NULL);
  u->root = real ? real : strdup(r.source_root);
  for (size_t i = 0; rc == 0 && i < r.sources.count; i++) {
    struct unit *n = add_unit(u, r.source_root, r.sources.word[i]);
    if (!n) continue;
    rc = keep_flags(&n->flags, r.cppflags.word, r.cppflags.count);
    rc = rc ? rc : keep_flags(&n->flags, r.cflags.word, r.cflags.count);
    rc = rc ? rc : words_add(&n->flags, "-fvisibility=hidden");
    for (size_t g = 0; rc == 0 && g < registry_count(); g++) {
      const struct gate *gate = registry_gate(g);
      bool telemetry = gate->class == GATE_TELEMETRY;
      bool on = gate->compiled || (telemetry ? o->all_gates : is_listed(o->features, gate->name));
      if (on) rc = words_add(&n->flags, "-D%s=1", gate->flag);
    }
  }
  recipe_free(&r);
  return rc ? error_set_errno(err, rc, "collecting the units of HAKMEM") : 0;
}

static struct units *walk_units;
static int on_file(const char *path, const struct stat *st, int type, struct FTW *ftw) {
  (void)st;
  (void)ftw;
  size_t n = strlen(path);
  if (type == FTW_F && n > 3 && strcmp(path + n - 3, ".bc") == 0) {
    struct unit *u = add_unit(walk_units, walk_units->root, path);
    if (u) {
      u->bitcode = strdup(u->file);
      u->own_bitcode = true;
    }
  }
  return 0;
}

int units_collect(struct units *u, const struct audit_options *o, struct error *err) {
  memset(u, 0, sizeof *u);
  char real[PATH_MAX], path[PATH_MAX + 32];
  if (o->dir && !realpath(o->dir, real)) return error_set_errno(err, -errno, "cannot find %s", o->dir);
  if (!o->dir && !realpath(".", real)) return error_set_errno(err, -errno, "cannot find the working folder");
  u->root = strdup(real);
  if (!o->dir && !o->compile_commands) return own_build(u, o, err);
  snprintf(path, sizeof path, "%s/compile_commands.json", real);
  if (!o->compile_commands && access(path, F_OK) != 0) {
    walk_units = u;
    nftw(real, on_file, 16, FTW_PHYS);
    if (u->count) return 0;
  }
  return read_commands(u, o->compile_commands ? o->compile_commands : path, err);
}

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *ftw) {
  (void)st;
  (void)type;
  (void)ftw;
  return remove(path);
}

void units_free(struct units *u) {
  for (size_t i = 0; i < u->count; i++) {
    struct unit *n = &u->unit[i];
    free(n->file);
    free(n->directory);
    words_free(&n->flags);
    free(n->bitcode);
    free(n->preprocessed);
    free(n->failure);
  }
  free(u->unit);
  free(u->root);
  if (u->work) nftw(u->work, remove_one, 16, FTW_DEPTH | FTW_PHYS);
  free(u->work);
  memset(u, 0, sizeof *u);
}
