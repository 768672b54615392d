/* SPDX-License-Identifier: GPL-3.0-or-later */
/* sources.c: the files of the program, and which of their lines are compiled (sources.h). */
#include "harness/audit/sources.h"

#include <ctype.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct source_file *file_of(struct sources *s, const struct units *u, const char *directory, const char *name) {
  char joined[PATH_MAX * 2], real[PATH_MAX];
  snprintf(joined, sizeof joined, "%s%s%s", name[0] == '/' ? "" : directory, name[0] == '/' ? "" : "/", name);
  const char *key = intern(&s->names, joined);
  if (map_has(&s->paths, key)) return map_get(&s->paths, key);
  struct source_file *f = NULL;
  if (realpath(joined, real)) {
    size_t n = strlen(u->root);
    const char *shown = intern(&s->names, strncmp(real, u->root, n) == 0 && real[n] == '/' ? real + n + 1 : real);
    f = map_get(&s->by_name, shown);
    if (!f) {
      f = audit_grow(NULL, sizeof *f);
      memset(f, 0, sizeof *f);
      f->name = shown;
      f->path = strdup(real);
      if (source_scan(s, f)) {
        map_put(&s->by_name, shown, f);
        audit_room(&s->file, s->count, sizeof *s->file);
        s->file[s->count++] = f;
      } else {
        free(f->path);
        free(f);
        f = NULL;
      }
    }
  }
  map_put(&s->paths, key, f);
  return f;
}

static bool is_blank(const char *t) {
  while (isspace((unsigned char)*t)) t++;
  return *t == '\0';
}

/* Marks what a unit's preprocessed text has: lines after each `# N "file" flags`, flag 3 standing
 * for system headers. Definitions are in it too (-dD). */
static void mark_active(struct sources *s, const struct units *u, const struct unit *n) {
  FILE *in = fopen(n->preprocessed, "re");
  if (!in) return;
  char *text = NULL;
  size_t room = 0;
  struct source_file *f = NULL;
  unsigned long line = 0;
  while (getline(&text, &room, in) > 0) {
    char *end = NULL;
    unsigned long number = text[0] == '#' && text[1] == ' ' ? strtoul(text + 2, &end, 10) : 0;
    char *quote = end && end != text + 2 ? strchr(end, '"') : NULL, *close = quote ? strrchr(quote + 1, '"') : NULL;
    if (close) {
      *close = '\0';
      f = quote[1] == '<' || strstr(close + 1, " 3") ? NULL : file_of(s, u, n->directory, quote + 1);
      line = number;
      continue;
    }
    if (f && line >= 1 && line <= f->count && !is_blank(text)) f->line[line - 1].active = true;
    line++;
  }
  free(text);
  fclose(in);
}

static void settle_arms(struct source_file *f) {
  for (size_t i = 0; i < f->count; i++)
    for (int a = f->line[i].arm; a >= 0; a = f->arm[a].parent) {
      f->arm[a].has_text |= !is_blank(f->line[i].text);
      f->arm[a].active |= f->line[i].active;
    }
}

void sources_load(struct sources *s, const struct units *u) {
  memset(s, 0, sizeof *s);
  for (size_t i = 0; i < u->count; i++)
    if (u->unit[i].preprocessed) mark_active(s, u, &u->unit[i]);
}

bool sources_mark(struct sources *s, const struct units *u, const char *file, unsigned line) {
  struct source_file *f = file_of(s, u, u->root, file);
  if (f && line >= 1 && line <= f->count) f->line[line - 1].active = true;
  return f != NULL;
}

void sources_settle(struct sources *s) {
  for (size_t i = 0; i < s->count; i++) settle_arms(s->file[i]);
  sources_words(s);
}

/* Whether the text has the name, n long, with a bracket behind it. */
static bool calls(const char *text, const char *name, size_t n) {
  for (const char *t = text; (t = strstr(t, name)) != NULL; t++) {
    bool word = (t == text || (!isalnum((unsigned char)t[-1]) && t[-1] != '_')) && t[n + strspn(t + n, " ")] == '(';
    if (word) return true;
  }
  return false;
}

/* Whether a macro that the place calls has a definition that neither configuration compiles. */
static bool has_unseen_definition(struct sources *s, const char *text) {
  for (size_t i = 0; i < s->count; i++) {
    const struct source_file *f = s->file[i];
    const struct source_file *o = map_get(&s->other->by_name, intern(&s->other->names, f->name));
    for (size_t l = 0; l < f->count; l++) {
      const char *t = f->line[l].text;
      size_t n = sources_defined_name(&t);
      if (!n || t[n] != '(' || !sources_left_out(f, l) || (o && l < o->count && o->line[l].active)) continue;
      char *name = strndup(t, n);
      bool found = calls(text, name, n);
      free(name);
      if (found) return true;
    }
  }
  return false;
}

/* Whether the second configuration compiled the place, and did not leave the name out there too. */
static bool compiled_elsewhere(struct sources *s, const char *text, const struct source_use *use) {
  if (!s->other) return false;
  const struct source_file *f = map_get(&s->other->by_name, intern(&s->other->names, use->file));
  if (!f || use->line > f->count || !f->line[use->line - 1].active) return false;
  for (const struct source_use *o = map_get(&s->other->inactive, intern(&s->other->names, text)); o; o = o->next)
    if (o->line == use->line && strcmp(o->file, use->file) == 0) return false;
  return use->why != WHY_DROPPED || !has_unseen_definition(s, f->line[use->line - 1].text);
}

const struct source_use *sources_inactive_read(struct sources *s, const char *name, bool is_field,
                                               const char *only_file, bool (*may_be)(void *arg, const char *type),
                                               void *arg, const struct source_use *after) {
  char text[512];
  snprintf(text, sizeof text, "%s%s", is_field ? "." : "", name);
  const struct source_use *use = after ? after->next : map_get(&s->inactive, intern(&s->names, text));
  while (use && ((only_file && strcmp(use->file, only_file) != 0) || (may_be && use->type && !may_be(arg, use->type)) ||
                 compiled_elsewhere(s, text, use)))
    use = use->next;
  return use;
}

static void free_values(struct map *m) {
  for (size_t i = 0; i < m->room; i++)
    if (m->keys[i]) free(m->values[i]);
  map_free(m);
}

void sources_free(struct sources *s) {
  for (size_t i = 0; i < s->count; i++) {
    struct source_file *f = s->file[i];
    for (size_t l = 0; l < f->count; l++) free(f->line[l].text);
    free(f->line);
    free(f->arm);
    free(f->path);
    free(f);
  }
  free(s->file);
  map_free(&s->by_name);
  map_free(&s->paths);
  for (size_t i = 0; i < s->inactive.room; i++)
    for (struct source_use *use = s->inactive.keys[i] ? s->inactive.values[i] : NULL, *next; use; use = next) {
      next = use->next;
      free(use);
    }
  map_free(&s->inactive);
  free_values(&s->macros);
  intern_free(&s->names);
  memset(s, 0, sizeof *s);
}
