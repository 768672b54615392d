/* SPDX-License-Identifier: GPL-3.0-or-later */
/* project_builtin.c: see project_builtin.h. */
#include "harness/project/project_builtin.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "harness/build/variant.h"
#include "harness/core/locate.h"
#include "harness/core/registry.h"

bool project_is_builtin(const char *path) { return strcmp(path, PROJECT_BUILTIN) == 0 && access(path, F_OK) != 0; }

/* For a shell, of what our own recipe holds. */
static void put_quoted(FILE *f, const char *word) {
  fputc('\'', f);
  for (; *word != '\0'; word++)
    if (*word == '\'') fputs("'\"'\"'", f);
    else fputc(*word, f);
  fputs("' ", f);
}

static void put_words(FILE *f, const struct words *w) {
  for (size_t i = 0; i < w->count; i++) put_quoted(f, w->word[i]);
}

/* Its own headers come before those of the folder that was copied: lines are found in the copy. */
static int put_build(FILE *f, const struct recipe *r, const char *sources, struct error *err) {
  size_t root = strlen(r->source_root);
  if (strncmp(sources, r->source_root, root) != 0 || sources[root] != '/')
    return error_raise(err, ERROR_INTERNAL, -EINVAL, "the recipe's sources are not in %.300s", sources);
  const char *below = sources + root + 1;
  size_t n = strlen(below);
  fputs("build ", f);
  put_words(f, &r->compiler);
  fputs("-I. ", f);
  put_words(f, &r->cppflags);
  put_words(f, &r->cflags);
  fputs("-w -fvisibility=hidden -fPIC @gate@ -shared -Wl,-z,now -Wl,-soname,libhakmem.so ", f);
  if (r->linker != NULL) fprintf(f, "-fuse-ld=%s ", r->linker);
  put_words(f, &r->linkflags);
  for (size_t i = 0; i < r->sources.count; i++) {
    const char *source = r->sources.word[i];
    if (strncmp(source, below, n) != 0 || source[n] != '/')
      return error_raise(err, ERROR_INTERNAL, -EINVAL, "a source of the recipe is not in %.300s: %.300s", sources,
                         source);
    put_quoted(f, source + n + 1);
  }
  fputs("-o libhakmem.so\n", f);
  return 0;
}

static void put_gate(FILE *f, const struct gate *g) {
  const struct gate *needed = g->needs != NULL ? registry_find(g->needs) : NULL;
  const char *need = needed != NULL ? needed->flag : NULL;
  fprintf(f, "gate %s\n  option -D%s=1", g->name, g->flag);
  if (need != NULL) fprintf(f, " -D%s=1", need);
  fprintf(f, " | -D%s=0", g->flag);
  if (need != NULL) fprintf(f, " -D%s=1", need);
  fputc('\n', f);
  if (g->class == GATE_TELEMETRY) fputs("  class telemetry\n", f);
}

int project_builtin_text(char **text, struct error *err) {
  struct recipe r;
  char bench[PATH_MAX], sources[PATH_MAX + 8];
  size_t size = 0;
  *text = NULL;
  int rc = locate(LOCATE_BENCH, bench, sizeof bench, err);
  if (rc != 0 || (rc = recipe_load(&r, NULL, err)) != 0) return rc;
  FILE *f = open_memstream(text, &size);
  if (f == NULL) rc = error_set_errno(err, -ENOMEM, "the built-in project");
  snprintf(sources, sizeof sources, "%.4000s/src", r.source_root);
  if (rc == 0) {
    fprintf(f, "# HAKMEM: made from the gate table and the recipe of this build\nsource %s\nimage libhakmem.so\n",
            sources);
    rc = put_build(f, &r, sources, err);
    for (size_t i = 0; i < registry_count(); i++) put_gate(f, registry_gate(i));
    /* sizes are seeds: each pair has its own sequence of operations */
    fprintf(
        f,
        "workload random_mixed\n  run '%s' random_mixed ops=2000000 seed=@size@\n  preload @image@\n  size 1 .. 16\n",
        bench);
  }
  if (f != NULL && fclose(f) != 0 && rc == 0) rc = error_set_errno(err, -ENOMEM, "the built-in project");
  recipe_free(&r);
  if (rc != 0) {
    free(*text);
    *text = NULL;
  }
  return rc;
}

int project_open(struct project *p, const char *path, const char *extra, struct error *err) {
  char *text, *all;
  if (!project_is_builtin(path)) return project_file_read(p, path, extra, err);
  int rc = project_builtin_text(&text, err);
  if (rc != 0) return rc;
  if (asprintf(&all, "%s\n%s", text, extra != NULL ? extra : "") < 0) rc = error_set_errno(err, -ENOMEM, "%s", path);
  if (rc == 0) {
    rc = project_file_parse(p, path, all, strlen(all), err);
    p->in_place = true; /* there is nothing beside it */
    free(all);
  }
  free(text);
  return rc;
}
