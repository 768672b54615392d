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

#include "harness/audit/flags.h"
#include "harness/audit/map.h"
#include "harness/build/variant.h"
#include "harness/core/foreign_file.h"
#include "harness/core/registry.h"

static char *absolute(const char *directory, const char *file) {
  char real[PATH_MAX];
  char *joined = file[0] == '/' ? strdup(file) : audit_text("%s/%s", directory, file);
  if (!realpath(joined, real)) return joined;
  free(joined);
  return strdup(real);
}

static bool same_words(const struct words *a, const struct words *b) {
  if (a->count != b->count) return false;
  for (size_t i = 0; i < a->count; i++)
    if (strcmp(a->word[i], b->word[i]) != 0) return false;
  return true;
}

/* What tells the two compiles of libtool apart says nothing about the source. */
static bool is_libtools(const char *w) {
  return strcmp(w, "-fPIC") == 0 || strcmp(w, "-fpic") == 0 || strcmp(w, "-fPIE") == 0 || strcmp(w, "-fpie") == 0;
}

static int without_libtools(struct words *out, const struct words *in) {
  for (size_t i = 0; i < in->count; i++)
    if (strcmp(in->word[i], "-D") == 0 && i + 1 < in->count && strcmp(in->word[i + 1], "PIC") == 0) i++;
    else if (!is_libtools(in->word[i]) && words_add(out, "%s", in->word[i])) return -ENOMEM;
  return 0;
}

/* Takes the words. NULL: the same compile once more, which the first stands for. */
static struct unit *add_unit(struct units *u, const char *directory, const char *file, struct words *flags) {
  char *path = absolute(directory, file);
  bool again = false;
  for (size_t i = 0; i < u->count; i++) {
    struct unit *n = &u->unit[i];
    if (strcmp(n->file, path) != 0) continue;
    struct words a = { 0 }, b = { 0 };
    bool same = without_libtools(&a, &n->flags) == 0 && flags && without_libtools(&b, flags) == 0 && same_words(&a, &b);
    words_free(&a);
    words_free(&b);
    if (same || !flags) {
      /* that it is for a library counts, whichever comes first */
      for (size_t w = 0; flags && w < flags->count; w++)
        if (is_libtools(flags->word[w]) && words_add(&n->flags, "%s", flags->word[w])) break;
      free(path);
      if (flags) words_free(flags);
      return NULL;
    }
    again = true;
  }
  audit_room(&u->unit, u->count, sizeof *u->unit);
  struct unit *n = &u->unit[u->count++];
  memset(n, 0, sizeof *n);
  n->file = path;
  n->directory = strdup(directory);
  n->again = again;
  if (flags) n->flags = *flags;
  return n;
}

static int note_once(struct words *list, const char *text) {
  for (size_t i = 0; i < list->count; i++)
    if (strcmp(list->word[i], text) == 0) return 0;
  return words_add(list, "%s", text);
}

static int add_compile(struct units *u, const char *where, const char *file, char *const *words, size_t count) {
  struct flags f = { 0 };
  int rc = flags_sort(&f, words, count, where);
  char *shown = rc == 0 ? absolute(where, file) : NULL;
  if (rc == 0 && f.no_unit) {
    char *note = audit_text("a command for %s is no unit: %s", shown, f.no_unit);
    rc = note_once(&u->notes, note);
    free(note);
  } else if (rc == 0) {
    for (size_t i = 0; rc == 0 && i < f.dropped.count; i++) {
      char *note = audit_text("left out of commands: %s, which the audit's compiler need not know", f.dropped.word[i]);
      rc = note_once(&u->notes, note);
      free(note);
    }
    for (size_t i = 0; rc == 0 && i < f.unknown.count; i++) rc = note_once(&u->unknown, f.unknown.word[i]);
    struct unit *n = rc == 0 ? add_unit(u, where, file, &f.kept) : NULL;
    memset(&f.kept, 0, sizeof f.kept);
    if (n) {
      n->shared = f.shared && f.links;
      n->exports = f.exports && f.links;
      n->foreign = f.cxx;
    }
  }
  free(shown);
  flags_free(&f);
  return rc;
}

static int add_entry(struct units *u, const json_t *entry, const char *home, struct error *err) {
  const char *file = json_string_value(json_object_get(entry, "file"));
  const char *directory = json_string_value(json_object_get(entry, "directory"));
  const char *command = json_string_value(json_object_get(entry, "command"));
  const json_t *arguments = json_object_get(entry, "arguments");
  if (!file || (!command && !json_is_array(arguments)))
    return error_raise(err, ERROR_USAGE, -EINVAL, "an entry has no \"file\", or neither \"command\" nor \"arguments\"");
  struct words words = { 0 };
  int rc = command ? words_split(&words, command, err) : 0;
  for (size_t i = 0; rc == 0 && !command && i < json_array_size(arguments); i++) {
    const char *w = json_string_value(json_array_get(arguments, i));
    rc = w ? words_add(&words, "%s", w) : error_raise(err, ERROR_USAGE, -EINVAL, "a word of \"arguments\" is no text");
  }
  /* relative to the file that says it, wherever the harness was started */
  char *where = absolute(home, directory ? directory : ".");
  if (rc == 0) rc = add_compile(u, where, file, words.word, words.count);
  free(where);
  words_free(&words);
  return rc;
}

/* The compiles that somebody else has seen. */
static int given_sources(struct units *u, const struct audit_options *o, struct error *err) {
  int rc = 0;
  for (size_t i = 0; rc == 0 && i < o->sources; i++)
    rc = add_compile(u, o->source[i].directory, o->source[i].file, o->source[i].words, o->source[i].count);
  return rc ? error_set_errno(err, rc, "the compiles") : 0;
}

static int read_commands(struct units *u, const char *path, struct error *err) {
  struct error why = { 0 };
  json_t *list = foreign_file_json(path, &why);
  if (!json_is_array(list)) {
    bool is_refused = !list && errno == EACCES;
    error_raise(err, is_refused ? ERROR_REFUSED : ERROR_USAGE,
                is_refused ? -EACCES
                : list     ? -EINVAL
                           : -ENOENT,
                "cannot read compile commands from %s: %s", path, list ? "not a list" : why.text);
    json_decref(list);
    return error_advise(err,
                        "make them with `bear -- make` (package bear) or cmake -DCMAKE_EXPORT_COMPILE_COMMANDS=ON, "
                        "or name them with --compile-commands");
  }
  int rc = 0;
  char *real = realpath(path, NULL), *slash = real ? strrchr(real, '/') : NULL;
  if (slash) *(slash == real ? slash + 1 : slash) = '\0';
  for (size_t i = 0; rc == 0 && i < json_array_size(list); i++) {
    rc = add_entry(u, json_array_get(list, i), real ? real : u->root, err);
    if (rc) error_prefix(err, "%s: entry %zu", path, i + 1);
  }
  free(real);
  json_decref(list);
  if (rc == 0 && u->count == 0) rc = error_raise(err, ERROR_USAGE, -EINVAL, "%s names no units", path);
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
    struct words all = { 0 };
    struct flags f = { 0 };
    rc = words_add(&all, "cc") ? -ENOMEM : 0;
    for (size_t w = 0; rc == 0 && w < r.cppflags.count; w++) rc = words_add(&all, "%s", r.cppflags.word[w]);
    for (size_t w = 0; rc == 0 && w < r.cflags.count; w++) rc = words_add(&all, "%s", r.cflags.word[w]);
    rc = rc ? rc : flags_sort(&f, all.word, all.count, r.source_root);
    struct unit *n = rc == 0 ? add_unit(u, r.source_root, r.sources.word[i], &f.kept) : NULL;
    memset(&f.kept, 0, sizeof f.kept);
    flags_free(&f);
    words_free(&all);
    if (!n) continue;
    rc = rc ? rc : words_add(&n->flags, "-fvisibility=hidden");
    for (size_t g = 0; rc == 0 && g < registry_count(); g++) {
      const struct gate *gate = registry_gate(g);
      bool telemetry = gate->class == GATE_TELEMETRY;
      bool on = gate->compiled || (telemetry ? o->all_gates : is_listed(o->features, gate->name));
      if (on) rc = words_add(&n->flags, "-D%s=1", gate->flag);
    }
  }
  recipe_free(&r);
  return rc ? error_raise(err, ERROR_INTERNAL, rc, "collecting the units of HAKMEM: %s", strerror(-rc)) : 0;
}

static struct units *walk_units;
static int on_file(const char *path, const struct stat *st, int type, struct FTW *ftw) {
  (void)st;
  (void)ftw;
  size_t n = strlen(path);
  if (type == FTW_F && n > 3 && strcmp(path + n - 3, ".bc") == 0) {
    struct unit *u = add_unit(walk_units, walk_units->root, path, NULL);
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
  if (o->dir && !realpath(o->dir, real))
    return error_raise(err, ERROR_USAGE, -errno, "cannot find %s: %s", o->dir, strerror(errno));
  if (!o->dir && !realpath(".", real))
    return error_raise(err, ERROR_INTERNAL, -errno, "cannot find the working folder: %s", strerror(errno));
  u->root = strdup(real);
  if (o->sources) return given_sources(u, o, err);
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
  words_free(&u->notes);
  words_free(&u->unknown);
  if (u->work) nftw(u->work, remove_one, 16, FTW_DEPTH | FTW_PHYS);
  free(u->work);
  memset(u, 0, sizeof *u);
}
