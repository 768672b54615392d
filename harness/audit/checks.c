/* SPDX-License-Identifier: GPL-3.0-or-later */
/* checks.c: checks.h. */
#include "harness/audit/checks.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "harness/core/interrupt.h"

enum { PARAMETERS = 24, DEPTH = 6 };

struct check_macro {
  char *parameter[PARAMETERS];
  int count;
  char *body;
};

static bool is_word(char c) { return isalnum((unsigned char)c) || c == '_'; }

static void free_macro(struct check_macro *m) {
  for (int i = 0; i < m->count; i++) free(m->parameter[i]);
  free(m->body);
  free(m);
}

/* `NAME(a, b, ...) body` behind #define; a name without parameters drops nothing. */
static void take_define(struct checks *c, const char *t) {
  size_t n = 0;
  while (is_word(t[n])) n++;
  if (!n || t[n] != '(') return;
  char *word = audit_text("%.*s", (int)n, t);
  const char *name = intern(&c->names, word);
  free(word);
  struct check_macro *m = audit_grow(NULL, sizeof *m);
  memset(m, 0, sizeof *m);
  for (t += n + 1; *t && *t != ')';) {
    while (*t == ' ' || *t == ',') t++;
    n = 0;
    while (is_word(t[n])) n++;
    if (m->count < PARAMETERS && (n || strncmp(t, "...", 3) == 0)) {
      m->parameter[m->count++] = n ? audit_text("%.*s", (int)n, t) : strdup("__VA_ARGS__");
    }
    t += n;
    while (*t == '.') t++;
    if (!n && *t && *t != ',' && *t != ')' && *t != ' ') t++;
  }
  m->body = strdup(*t == ')' ? t + 1 : "");
  struct check_macro *old = map_get(&c->macros, name);
  if (old) free_macro(old);
  map_put(&c->macros, name, m);
}

void checks_load(struct checks *c, const char *preprocessed) {
  FILE *in = fopen(preprocessed, "re");
  char *text = NULL;
  size_t room = 0;
  while (in && getline(&text, &room, in) > 0) {
    text[strcspn(text, "\n")] = '\0';
    if (strncmp(text, "#define ", 8) == 0) take_define(c, text + 8);
  }
  free(text);
  if (in) fclose(in);
}

/* The end of the argument that starts at t: its comma or bracket. */
static const char *argument_end(const char *t) {
  int depth = 0;
  for (; *t; t++) {
    if (*t == '(' || *t == '[' || *t == '{') depth++;
    else if (depth == 0 && (*t == ')' || *t == ',')) return t;
    else if (*t == ')' || *t == ']' || *t == '}') depth--;
  }
  return t;
}

/* Whether the word is code of the text: not thrown away by a macro that it is an argument of, and not behind a
 * constant that is 0. */
static bool survives(struct checks *c, const char *text, const char *word, int depth);

static bool drops(struct checks *c, const struct check_macro *m, int index, int depth) {
  const char *p = index < m->count ? m->parameter[index] : m->count ? m->parameter[m->count - 1] : NULL;
  return depth < DEPTH && (!p || !survives(c, m->body, p, depth + 1));
}

static bool survives(struct checks *c, const char *text, const char *word, int depth) {
  size_t length = strlen(word);
  for (const char *t = text; *t;) {
    size_t n = 0;
    while (is_word(t[n])) n++;
    if (!n) {
      t++;
      continue;
    }
    if (n == length && strncmp(t, word, n) == 0) return true;
    if (n == 6 && strncmp(t, "sizeof", 6) == 0 && t[n] == '(') { /* nothing there is read */
      t = argument_end(t + n + 1);
      continue;
    }
    char *copy = audit_text("%.*s", (int)n, t);
    struct check_macro *m = t[n] == '(' ? map_get(&c->macros, intern(&c->names, copy)) : NULL;
    free(copy);
    t += n;
    for (int i = 0; m && *t && *t != ')'; i++) {
      const char *start = t + 1, *end = argument_end(start);
      char *argument = audit_text("%.*s", (int)(end - start), start);
      bool found = !drops(c, m, i, depth) && survives(c, argument, word, depth + 1);
      free(argument);
      if (found) return true;
      t = end;
    }
  }
  return false;
}

/* Names in an argument that is thrown away. */
static void note_argument(struct sources *s, struct source_file *f, size_t line, const char *text) {
  for (const char *t = text; *t;) {
    size_t n = 0;
    while (is_word(t[n])) n++;
    if (n && !isdigit((unsigned char)*t)) sources_note_read(s, f, line, text, t, n);
    t += n ? n : 1;
  }
}

/* The statement from `line` on, until its brackets close, in one text. */
static char *statement_at(const struct source_file *f, size_t line, const char *from) {
  char *all = strdup(from);
  for (size_t l = line; l < f->count && l < line + 40; l++) {
    int depth = 0;
    for (const char *t = all; *t; t++) depth += *t == '(' ? 1 : *t == ')' ? -1 : 0;
    if (depth <= 0 && strchr(all, '(')) break;
    if (l + 1 >= f->count) break;
    char *more = audit_text("%s %s", all, f->line[l + 1].text);
    free(all);
    all = more;
  }
  return all;
}

static void look_at_line(struct checks *c, struct sources *s, struct source_file *f, size_t line) {
  const char *text = f->line[line].text;
  if (strchr(text, '#')) return;
  for (const char *t = text; *t;) {
    size_t n = 0;
    while (is_word(t[n])) n++;
    const char *open = t + n;
    while (n && *open == ' ') open++;
    char *copy = n && *open == '(' ? audit_text("%.*s", (int)n, t) : NULL;
    struct check_macro *m = copy ? map_get(&c->macros, intern(&c->names, copy)) : NULL;
    free(copy);
    char *all = m ? statement_at(f, line, open) : NULL;
    const char *at = all;
    for (int i = 0; at && *at && *at != ')'; i++) {
      const char *start = at + 1, *end = argument_end(start);
      char *argument = audit_text("%.*s", (int)(end - start), start);
      if (drops(c, m, i, 0)) note_argument(s, f, line, argument);
      free(argument);
      at = end;
    }
    free(all);
    t += n ? n : 1;
  }
}

void checks_find(struct checks *c, struct sources *s) {
  for (size_t i = 0; i < s->count && !interrupt_pending(); i++)
    for (size_t l = 0; l < s->file[i]->count; l++)
      if (s->file[i]->line[l].active) look_at_line(c, s, s->file[i], l);
}

void checks_free(struct checks *c) {
  for (size_t i = 0; i < c->macros.room; i++)
    if (c->macros.keys[i]) free_macro(c->macros.values[i]);
  map_free(&c->macros);
  intern_free(&c->names);
}
