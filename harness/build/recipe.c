/* SPDX-License-Identifier: GPL-3.0-or-later */
/* recipe.c: reads the recipe (variant.h): lines `key value…`, # for comments. */
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "harness/build/variant.h"
#include "harness/core/locate.h"

void recipe_free(struct recipe *r) {
  words_free(&r->compiler);
  words_free(&r->cppflags);
  words_free(&r->cflags);
  words_free(&r->linkflags);
  words_free(&r->sources);
  free(r->linker);
  free(r->source_root);
  free(r->build_root);
  memset(r, 0, sizeof *r);
}

/* @SRC@ and @BUILD@ stand for the two roots, so that a recipe can be installed. */
static int expand(struct words *w, const struct recipe *r) {
  for (size_t i = 0; i < w->count; i++)
    for (int which = 0; which < 2; which++) {
      const char *tag = which ? "@BUILD@" : "@SRC@", *value = which ? r->build_root : r->source_root;
      char *at = strstr(w->word[i], tag), *text;
      if (!at) continue;
      if (asprintf(&text, "%.*s%s%s", (int)(at - w->word[i]), w->word[i], value, at + strlen(tag)) < 0) return -ENOMEM;
      free(w->word[i]);
      w->word[i] = text;
    }
  return 0;
}

static int parse_line(struct recipe *r, char *line, struct error *err) {
  char *value = line + strcspn(line, " \t\n");
  if (*value) *value++ = '\0';
  value += strspn(value, " \t");
  value[strcspn(value, "\n")] = '\0';
  if (line[0] == '#' || line[0] == '\0') return 0;
  if (strcmp(line, "compiler") == 0) return words_split(&r->compiler, value, err);
  if (strcmp(line, "cppflags") == 0) return words_split(&r->cppflags, value, err);
  if (strcmp(line, "cflags") == 0) return words_split(&r->cflags, value, err);
  if (strcmp(line, "linkflags") == 0) return words_split(&r->linkflags, value, err);
  if (strcmp(line, "sources") == 0) return words_split(&r->sources, value, err);
  if (strcmp(line, "linker") == 0) {
    free(r->linker);
    r->linker = *value ? strdup(value) : NULL;
    return 0;
  }
  return error_raise(err, ERROR_USAGE, -EINVAL, "unknown word '%s'", line);
}

static int recipe_read(struct recipe *r, const char *path, struct error *err) {
  FILE *f = fopen(path, "re");
  if (!f) return error_set_errno(err, -errno, "cannot read how the allocator is compiled: %s", path);
  char *line = NULL;
  size_t room = 0;
  int rc = 0, number = 0;
  while (rc == 0 && getline(&line, &room, f) > 0) {
    number++;
    rc = parse_line(r, line, err);
    if (rc) error_prefix(err, "%s:%d", path, number);
  }
  free(line);
  fclose(f);
  if (rc == 0 && (r->compiler.count == 0 || r->sources.count == 0))
    rc = error_raise(err, ERROR_USAGE, -EINVAL, "%s names no compiler or no sources", path);
  return rc;
}

int recipe_load(struct recipe *r, const char *source_dir, struct error *err) {
  char path[PATH_MAX], own[PATH_MAX], source[PATH_MAX];
  memset(r, 0, sizeof *r);
  int rc = locate(LOCATE_VARIANT_RECIPE, path, sizeof path, err);
  if (rc == 0 && source_dir) {
    if (!realpath(source_dir, source)) {
      rc = error_set_errno(err, -errno, "cannot find the sources in %s", source_dir);
      if (rc == -ENOENT) error_set_kind(err, ERROR_USAGE);
      return rc;
    }
    snprintf(own, sizeof own, "%.4000s/variant.recipe", source);
  } else if (rc == 0) {
    rc = locate(LOCATE_SOURCE_DIR, source, sizeof source, err);
    own[0] = '\0';
  }
  if (rc) return rc;
  char *slash = strrchr(path, '/');
  r->source_root = strdup(source);
  r->build_root = strndup(path, (size_t)(slash - path));
  rc = recipe_read(r, own[0] && access(own, R_OK) == 0 ? own : path, err);
  if (rc == 0 && (expand(&r->cppflags, r) || expand(&r->cflags, r) || expand(&r->linkflags, r)))
    rc = error_set_errno(err, -ENOMEM, "recipe");
  for (size_t i = 0; rc == 0 && i < r->sources.count; i++) {
    char file[PATH_MAX];
    snprintf(file, sizeof file, "%.2000s/%.2000s", r->source_root, r->sources.word[i]);
    if (access(file, R_OK) == 0) continue;
    rc = error_set_errno(err, -errno, "a source of the allocator is missing: %s", file);
    if (rc == -ENOENT && source_dir) error_set_kind(err, ERROR_USAGE);
  }
  if (rc) recipe_free(r);
  return rc;
}
