/* SPDX-License-Identifier: GPL-3.0-or-later */
/* sources_words.c: names read in left-out arms, macros that hold atomics, and the gate of a line
 * (sources.h). */
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "harness/audit/sources.h"

struct macro {
  const char *gate;
  char body[2000];
};

static bool is_word(char c) { return isalnum((unsigned char)c) || c == '_'; }

/* The next identifier at or after *t; its length, 0 at the end. */
static size_t next_word(const char **t) {
  while (**t) {
    if (isalpha((unsigned char)**t) || **t == '_') {
      size_t n = 0;
      while (is_word((*t)[n])) n++;
      return n;
    }
    if (isdigit((unsigned char)**t))
      while (is_word(**t)) (*t)++;
    else (*t)++;
  }
  return 0;
}

/* A statement that only changes or declares the name: nothing depends on it. */
static bool only_writes(const char *line, const char *at, size_t n) {
  static const char *const starts[] = { "atomic_fetch_",
                                        "__atomic_fetch_",
                                        "__atomic_add_fetch",
                                        "__atomic_sub_fetch",
                                        "__atomic_store",
                                        "atomic_store",
                                        "__sync_fetch_and_",
                                        "extern ",
                                        "_Atomic ",
                                        "static _Atomic",
                                        "(void)atomic_fetch",
                                        "(void)__atomic_fetch",
                                        NULL };
  while (isspace((unsigned char)*line)) line++;
  const char *after = at + n;
  while (isspace((unsigned char)*after)) after++;
  if (line == at && (strncmp(after, "++", 2) == 0 || strncmp(after, "+=", 2) == 0 || strncmp(after, "--", 2) == 0 ||
                     (after[0] == '=' && after[1] != '=')))
    return true;
  for (const char *const *s = starts; *s; s++)
    if (strncmp(line, *s, strlen(*s)) == 0 && strchr(line, ';') && strchr(strchr(line, ';') + 1, ';') == NULL)
      return true;
  return false;
}

/* The type before the declared name at v of a line: "struct T" or "T" of a typedef, NULL: the name
 * is not declared there. *listed: its type stands elsewhere, as of one of several declared at once. */
static const char *type_before(struct sources *s, const char *above, const char *line, const char *v, bool *listed) {
  const char *end = v;
  while (end > line && (end[-1] == ' ' || end[-1] == '*')) end--;
  const char *start = end;
  while (start > line && is_word(start[-1])) start--;
  size_t n = (size_t)(end - start), above_length = strlen(above);
  *listed = end > line ? end[-1] == ',' && !strchr(line, '(') : above_length && above[above_length - 1] == ',';
  *listed |= (n == 5 && strncmp(start, "const", n) == 0) || (n == 8 && strncmp(start, "volatile", n) == 0);
  if (*listed || end == v || n == 0 || isdigit((unsigned char)*start)) return NULL;
  static const char *const no_types[] = { "return", "else", "goto", "case", "sizeof", "do", NULL };
  for (const char *const *k = no_types; *k; k++)
    if (n == strlen(*k) && strncmp(start, *k, n) == 0) return NULL;
  bool tagged = start - line >= 7 && strncmp(start - 7, "struct ", 7) == 0;
  char *text = audit_text("%s%.*s", tagged ? "struct " : "", (int)n, start);
  const char *kept = intern(&s->names, text);
  free(text);
  return kept;
}

/* The type of the nearest declaration of the name at or before line l, within the function and its
 * parameters; NULL: none is found. */
static const char *declared_type(struct sources *s, const struct source_file *f, size_t l, const char *name, size_t n) {
  for (size_t at = l + 1; at-- > 0;) {
    const char *line = f->line[at].text;
    if (at < l && line[0] == '}') return NULL;
    for (const char *t = line; (t = strstr(t, name)) != NULL; t++) {
      if ((t > line && is_word(t[-1])) || is_word(t[n])) continue;
      const char *after = t + n;
      while (*after == ' ') after++;
      if (!strchr(",;)=[:", *after) || strncmp(after, "==", 2) == 0) continue;
      bool listed;
      const char *type = type_before(s, at ? f->line[at - 1].text : "", line, t, &listed);
      if (type || listed) return type;
    }
  }
  return NULL;
}

/* Of `base->word` or `base.part.word`: the type of base, with ".part" behind it; NULL where base is
 * no plain name, or stands in a macro, whose arguments are not variables. */
static const char *type_of_base(struct sources *s, const struct source_file *f, size_t l, const char *arrow) {
  const char *line = f->line[l].text, *end = arrow;
  size_t length = strlen(line);
  bool macro = (length && line[length - 1] == '\\') ||
               (l && f->line[l - 1].text[0] && f->line[l - 1].text[strlen(f->line[l - 1].text) - 1] == '\\');
  if (macro || strchr(line, '#')) return NULL;
  const char *start = end;
  while (start > line && is_word(start[-1])) start--;
  if (start == end) return NULL;
  char *name = strndup(start, (size_t)(end - start));
  bool dot = start > line && start[-1] == '.', to = start > line + 1 && start[-1] == '>' && start[-2] == '-';
  const char *outer =
      dot || to ? type_of_base(s, f, l, start - (to ? 2 : 1)) : declared_type(s, f, l, name, strlen(name));
  if (outer && (dot || to)) {
    char *text = audit_text("%s.%s", outer, name);
    outer = intern(&s->names, text);
    free(text);
  }
  free(name);
  return outer;
}

static void note_read(struct sources *s, struct source_file *f, size_t l, const char *line, const char *t, size_t n,
                      bool dropped) {
  const char *before = t;
  while (before > line && isspace((unsigned char)before[-1])) before--;
  bool dot = before > line && before[-1] == '.', arrow = before > line + 1 && before[-1] == '>' && before[-2] == '-';
  if (only_writes(line, t, n)) return;
  char *word = audit_text("%s%.*s", dot || arrow ? "." : "", (int)n, t);
  const char *key = intern(&s->names, word);
  free(word);
  const char *type = (dot || arrow) && !dropped ? type_of_base(s, f, l, before - (arrow ? 2 : 1)) : NULL;
  struct source_use *first = map_get(&s->inactive, key);
  if (first && first->file == f->name && first->type == type) return;
  struct source_use *use = audit_grow(NULL, sizeof *use);
  *use = (struct source_use){ f->name, (unsigned)l + 1, type, dropped, first };
  map_put(&s->inactive, key, use);
}

void sources_note_read(struct sources *s, struct source_file *f, size_t line, const char *text, const char *at,
                       size_t n) {
  note_read(s, f, line, text, at, n, true);
}

static void note_inactive(struct sources *s, struct source_file *f, size_t l) {
  const char *line = f->line[l].text;
  const char *t = line;
  for (size_t n; (n = next_word(&t)) > 0; t += n) note_read(s, f, l, line, t, n, false);
}

static bool left_out(const struct source_file *f, size_t l) {
  for (int a = f->line[l].arm; a >= 0; a = f->arm[a].parent)
    if (f->arm[a].has_text && !f->arm[a].active) return true;
  return false;
}

static void note_macro(struct sources *s, struct source_file *f, size_t l) {
  const char *t = f->line[l].text;
  while (isspace((unsigned char)*t)) t++;
  if (*t++ != '#') return;
  while (isspace((unsigned char)*t)) t++;
  if (strncmp(t, "define", 6) != 0 || !isspace((unsigned char)t[6])) return;
  t += 6;
  size_t n = next_word(&t);
  struct macro *m = audit_grow(NULL, sizeof *m);
  m->gate = f->line[l].gate;
  char *name = audit_text("%.*s", (int)n, t);
  size_t used = (size_t)snprintf(m->body, sizeof m->body, "%s", t + n);
  while (l + 1 < f->count && strlen(f->line[l].text) && f->line[l].text[strlen(f->line[l].text) - 1] == '\\' &&
         used < sizeof m->body)
    used += (size_t)snprintf(m->body + used, sizeof m->body - used, " %s", f->line[++l].text);
  const char *key = intern(&s->names, name);
  free(name);
  free(map_get(&s->macros, key));
  map_put(&s->macros, key, m);
}

void sources_words(struct sources *s) {
  for (size_t i = 0; i < s->count; i++)
    for (size_t l = 0; l < s->file[i]->count; l++) {
      if (left_out(s->file[i], l)) note_inactive(s, s->file[i], l);
      else note_macro(s, s->file[i], l);
    }
}

/* Whether the text does an atomic, through macros; *gate: the first condition on the way. */
static bool does_atomic(struct sources *s, const char *text, const char **gate, int depth) {
  if (strstr(text, "__atomic_") || strstr(text, "atomic_") || strstr(text, "__sync_")) return true;
  const char *t = text;
  for (size_t n; depth < 5 && (n = next_word(&t)) > 0; t += n) {
    char *word = audit_text("%.*s", (int)n, t);
    struct macro *m = map_get(&s->macros, intern(&s->names, word));
    free(word);
    const char *inner = NULL;
    if (m && does_atomic(s, m->body, &inner, depth + 1)) {
      *gate = m->gate ? m->gate : inner;
      return true;
    }
  }
  return false;
}

const char *sources_gate(struct sources *s, const char *file, unsigned line) {
  struct source_file *f = map_get(&s->by_name, intern(&s->names, file));
  if (!f || line < 1 || line > f->count) return NULL;
  const char *own = f->line[line - 1].gate, *inner = NULL;
  does_atomic(s, f->line[line - 1].text, &inner, 0);
  if (!own || !inner) return own ? own : inner;
  char *both = audit_text("%s && %s", own, inner);
  const char *kept = intern(&s->names, both);
  free(both);
  return kept;
}
