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

static bool starts_with_any(const char *text, const char *const *list) {
  for (; *list; list++)
    if (strncmp(text, *list, strlen(*list)) == 0) return true;
  return false;
}

/* Whether a statement begins at t of a text. */
static bool begins_statement(const char *text, const char *t) {
  while (t > text && (isspace((unsigned char)t[-1]) || t[-1] == '\\')) t--; /* the body of a macro goes on */
  if (t - text >= 6 && strncmp(t - 6, "(void)", 6) == 0) t -= 6;
  while (t > text && isspace((unsigned char)t[-1])) t--;
  return t == text || strchr(";{}", t[-1]) || (t - text >= 4 && strncmp(t - 4, "else", 4) == 0);
}

/* A statement that only changes or declares the name: nothing depends on it. */
static bool only_writes(const char *line, const char *at, size_t n) {
  static const char *const writers[] = { "atomic_fetch_",   "__atomic_fetch_",    "__atomic_add_fetch",
                                         "atomic_store",    "__atomic_sub_fetch", "__atomic_store",
                                         "__atomic_fetch_", "__sync_fetch_and_",  NULL };
  static const char *const declares[] = { "extern ", "_Atomic ", "static _Atomic", NULL };
  const char *first = line + strspn(line, " \t"), *after = at + n, *back = at;
  while (isspace((unsigned char)*after)) after++;
  if (starts_with_any(first, declares) && strchr(first, ';') && !strchr(strchr(first, ';') + 1, ';')) return true;
  int index = 0; /* within brackets it is read */
  for (; back > line && (is_word(back[-1]) || strchr(".->&[]* \t", back[-1])); back--)
    index += back[-1] == '[' ? 1 : back[-1] == ']' ? -1 : 0;
  if (index > 0) return false;
  if (back > line && back[-1] == '(') {
    const char *callee = back - 1;
    while (callee > line && is_word(callee[-1])) callee--;
    int depth = 1;
    while (*after && depth > 0) depth += *after == '(' ? 1 : *after == ')' ? -1 : 0, after++;
    while (isspace((unsigned char)*after)) after++;
    return starts_with_any(callee, writers) && *after == ';' && begins_statement(line, callee);
  }
  if (!begins_statement(line, back)) return false;
  if (strncmp(after, "++", 2) == 0 || strncmp(after, "--", 2) == 0) return after[2 + strspn(after + 2, " ")] == ';';
  return strncmp(after, "+=", 2) == 0 || strncmp(after, "-=", 2) == 0 || (after[0] == '=' && after[1] != '=');
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

/* The type of the nearest declaration of the name at or before line l, not before line `from`, within the
 * function and its parameters; NULL: none is found. *found: one is, whatever its type. */
static const char *find_declared(struct sources *s, const struct source_file *f, size_t l, const char *name, size_t n,
                                 size_t from, bool *found) {
  *found = false;
  for (size_t at = l + 1; at-- > from;) {
    const char *line = f->line[at].text;
    if (at < l && line[0] == '}') return NULL;
    for (const char *t = line; (t = strstr(t, name)) != NULL; t++) {
      if ((t > line && is_word(t[-1])) || is_word(t[n])) continue;
      const char *after = t + n;
      while (*after == ' ') after++;
      if (!strchr(",;)=[:", *after) || strncmp(after, "==", 2) == 0) continue;
      bool listed;
      const char *type = type_before(s, at ? f->line[at - 1].text : "", line, t, &listed);
      *found = type || listed;
      if (*found) return type;
    }
  }
  return NULL;
}

static const char *declared_type(struct sources *s, const struct source_file *f, size_t l, const char *name, size_t n) {
  bool found;
  return find_declared(s, f, l, name, n, 0, &found);
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

/* line: the text that t is in, of which the type of a field is asked only where it is the file's own. */
static void note_read(struct sources *s, struct source_file *f, size_t l, const char *line, const char *t, size_t n,
                      enum source_why why) {
  bool own = line == f->line[l].text;
  if (only_writes(line, t, n)) return;
  const char *before = t;
  while (before > line && isspace((unsigned char)before[-1])) before--;
  if (before == line && l && own) { /* a dot at the end of the line above */
    own = false;
    line = f->line[l - 1].text;
    before = line + strlen(line);
    while (before > line && isspace((unsigned char)before[-1])) before--;
  }
  bool dot = before > line && before[-1] == '.', arrow = before > line + 1 && before[-1] == '>' && before[-2] == '-';
  char *word = audit_text("%s%.*s", dot || arrow ? "." : "", (int)n, t);
  const char *key = intern(&s->names, word);
  free(word);
  const char *type = (dot || arrow) && own ? type_of_base(s, f, l, before - (arrow ? 2 : 1)) : NULL;
  struct source_use *first = map_get(&s->inactive, key);
  if (first && first->file == f->name && first->type == type && first->line == (unsigned)l + 1) return;
  struct source_use *use = audit_grow(NULL, sizeof *use);
  *use = (struct source_use){ f->name, (unsigned)l + 1, type, why, first };
  map_put(&s->inactive, key, use);
}

void sources_note_read(struct sources *s, struct source_file *f, size_t line, const char *text, const char *at,
                       size_t n) {
  note_read(s, f, line, text, at, n, WHY_DROPPED);
}

void sources_note_dead(struct sources *s, struct source_file *f, size_t line, const char *text, const char *at,
                       size_t n) {
  note_read(s, f, line, text, at, n, WHY_DEAD);
}

bool sources_is_local(struct sources *s, const struct source_file *f, size_t from, size_t l, const char *name,
                      size_t n) {
  char *copy = audit_text("%.*s", (int)n, name);
  bool local;
  find_declared(s, f, l, copy, n, from, &local);
  free(copy);
  return local;
}

/* The body with its parameters replaced by the arguments behind the name at `use`, and ## closed up. */
static char *expanded(const char *body, const char *use) {
  char *text = NULL;
  const char *parameter[16], *argument[16];
  size_t length[16], size[16], count = 0, used = 0;
  const char *t = body, *a = use;
  while (isspace((unsigned char)*a)) a++;
  if (*t == '(' && *a == '(') {
    for (t++, a++; *t && *t != ')' && count < 16; count++) {
      t += strspn(t, " ,");
      parameter[count] = t;
      length[count] = strcspn(t, ",) ");
      t += length[count] + strspn(t + length[count], " ,");
      int depth = 0;
      for (argument[count] = a; *a && (depth > 0 || (*a != ',' && *a != ')')); a++)
        depth += *a == '(' ? 1 : *a == ')' ? -1 : 0;
      size[count] = (size_t)(a - argument[count]);
      a += *a == ',';
    }
    t += *t == ')';
  }
  size_t room = strlen(t) + 1;
  for (size_t i = 0; i < count; i++) room += size[i] * 8;
  text = audit_grow(NULL, room);
  while (*t && used + 1 < room) {
    size_t n = 0;
    while (is_word(t[n])) n++;
    size_t i = 0;
    while (i < count && !(n && n == length[i] && strncmp(t, parameter[i], n) == 0)) i++;
    const char *from = i < count ? argument[i] : t;
    size_t more = i < count ? size[i] : n ? n : 1;
    if (!n && t[0] == '#' && t[1] == '#') {
      while (used && isspace((unsigned char)text[used - 1])) used--;
      t += 2 + strspn(t + 2, " ");
      continue;
    }
    if (more > room - used - 1) more = room - used - 1;
    memcpy(text + used, from, more);
    used += more;
    t += n ? n : 1;
  }
  text[used] = '\0';
  return text;
}

/* What a macro's use at t reads, by its body. */
static void note_expansion(struct sources *s, struct source_file *f, size_t l, const char *t, size_t n, int depth) {
  char *word = audit_text("%.*s", (int)n, t);
  struct macro *m = depth < 4 ? map_get(&s->macros, intern(&s->names, word)) : NULL;
  free(word);
  if (!m) return;
  char *body = expanded(m->body, t + n);
  const char *at = body;
  for (size_t k; (k = next_word(&at)) > 0; at += k) {
    note_read(s, f, l, body, at, k, WHY_ARM);
    note_expansion(s, f, l, at, k, depth + 1);
  }
  free(body);
}

/* `#if 0` is how C comments code out: no configuration has it. */
static bool is_never(const char *gate) {
  for (const char *t = gate; t && *t; t = strstr(t, " && "), t = t ? t + 4 : NULL)
    if (*t == '0' && (t[1] == '\0' || t[1] == ' ')) return true;
  return false;
}

static void note_inactive(struct sources *s, struct source_file *f, size_t l) {
  if (is_never(f->line[l].gate)) return;
  const char *line = f->line[l].text, *t = line + strspn(line, " \t");
  if (*t == '#') { /* what it defines is no use of what is defined elsewhere */
    t += 1 + strspn(t + 1, " \t");
    t += strcspn(t, " \t");
    next_word(&t);
    while (is_word(*t)) t++;
  }
  for (size_t n; (n = next_word(&t)) > 0; t += n) {
    note_read(s, f, l, line, t, n, WHY_ARM);
    note_expansion(s, f, l, t, n, 0);
  }
}

bool sources_left_out(const struct source_file *f, size_t l) {
  for (int a = f->line[l].arm; a >= 0; a = f->arm[a].parent)
    if (f->arm[a].has_text && !f->arm[a].active) return true;
  return false;
}

size_t sources_defined_name(const char **line) {
  const char *at = *line + strspn(*line, " \t");
  if (*at++ != '#') return 0;
  at += strspn(at, " \t");
  if (strncmp(at, "define", 6) != 0 || !isspace((unsigned char)at[6])) return 0;
  at += 6 + strspn(at + 6, " \t");
  size_t n = 0;
  while (is_word(at[n])) n++;
  if (n) *line = at;
  return n;
}

static void note_macro(struct sources *s, struct source_file *f, size_t l) {
  const char *t = f->line[l].text;
  size_t n = sources_defined_name(&t);
  if (!n) return;
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
  for (int pass = 0; pass < 2; pass++) /* macros first: arms use them before they are defined */
    for (size_t i = 0; i < s->count; i++)
      for (size_t l = 0; l < s->file[i]->count; l++) {
        bool out = sources_left_out(s->file[i], l);
        if (out && pass) note_inactive(s, s->file[i], l);
        else if (!out && !pass) note_macro(s, s->file[i], l);
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
