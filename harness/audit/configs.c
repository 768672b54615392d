/* SPDX-License-Identifier: GPL-3.0-or-later */
/* configs.c: a second configuration beside the one that was given (view.h). */
#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "harness/audit/view.h"
#include "harness/core/interrupt.h"

enum { MOST_MACROS = 48 };

/* Macros to turn, each to what it is first asked to be. */
struct turning {
  struct map done; /* interned name */
  struct intern names;
  struct words *all, *fewer;
  int rc;
};

static bool is_word(char c) { return isalnum((unsigned char)c) || c == '_'; }

static bool is_of_checks(const char *name) {
  return strstr(name, "DEBUG") || strstr(name, "ASSERT") || strstr(name, "CHECK") || strstr(name, "debug");
}

/* What the compiler or a platform says of itself is no choice of who configures. */
static void turn(struct turning *t, const char *name, size_t n, bool on, long value) {
  if (n == 0 || name[0] == '_' || isdigit((unsigned char)*name) || t->done.count >= MOST_MACROS) return;
  char *copy = audit_text("%.*s", (int)n, name);
  const char *key = intern(&t->names, copy);
  free(copy);
  if (!map_put(&t->done, key, (void *)1)) return;
  struct words *lists[] = { t->all, is_of_checks(key) ? t->fewer : NULL };
  for (int i = 0; i < 2; i++) {
    if (!lists[i]) continue;
    t->rc = t->rc ? t->rc : words_add(lists[i], "-U%s", key);
    if (on) t->rc = t->rc ? t->rc : words_add(lists[i], "-D%s=%ld", key, value);
  }
}

static size_t outer(const char *t, const char *between);

/* Makes a condition hold, as far as a plain macro decides it: NAME, !NAME, defined(NAME), NAME >= 2, and the first
 * of several that are joined by `||`. */
static void satisfy(struct turning *t, const char *text, bool want, int depth) {
  if (depth > 8) return;
  while (isspace((unsigned char)*text)) text++;
  size_t n = strlen(text);
  while (n && isspace((unsigned char)text[n - 1])) n--;
  char *all = audit_text("%.*s", (int)n, text), *c = all;
  size_t either = outer(c, "||"), both = outer(c, "&&");
  if (c[either] || c[both]) {
    /* of what is joined by && all has to hold, of what is joined by || one; the other way round where it must not */
    size_t at = c[either] ? either : both;
    bool every = c[either] ? !want : want;
    c[at] = '\0';
    size_t before = t->done.count;
    satisfy(t, c, want, depth + 1);
    if (every || t->done.count == before) satisfy(t, c + at + 2, want, depth + 1);
  } else if (*c == '!' && c[1] != '=') satisfy(t, c + 1, !want, depth + 1);
  else if (*c == '(' && outer(c + 1, ")") == n - 2) {
    c[n - 1] = '\0';
    satisfy(t, c + 1, want, depth + 1);
  } else {
    if (strncmp(c, "defined", 7) == 0 && !is_word(c[7])) c += 7 + strspn(c + 7, " (");
    size_t length = 0;
    while (is_word(c[length])) length++;
    const char *op = c + length + strspn(c + length, " )");
    char *end = NULL;
    long number = *op ? strtol(op + strspn(op, "<>=! "), &end, 10) : 1;
    bool compares = *op && end && !end[strspn(end, " )")];
    if (!*op) turn(t, c, length, want, 1);
    else if (compares && want && (strncmp(op, ">=", 2) == 0 || strncmp(op, "==", 2) == 0))
      turn(t, c, length, true, number);
    else if (compares && want && *op == '>') turn(t, c, length, true, number + 1);
    else if (compares && strncmp(op, "!=", 2) == 0 && number == 0) turn(t, c, length, want, 1);
  }
  free(all);
}

/* Where `between` stands outside of brackets; the length of the text where it does not. */
static size_t outer(const char *t, const char *between) {
  int depth = 0;
  size_t i = 0;
  for (; t[i]; i++) {
    if (depth == 0 && strncmp(t + i, between, strlen(between)) == 0) return i;
    depth += t[i] == '(' ? 1 : t[i] == ')' ? -1 : 0;
  }
  return i;
}

static void satisfy_place(struct turning *t, struct view *v, const char *file, unsigned line) {
  const struct source_file *f = map_get(&v->src.by_name, intern(&v->src.names, file));
  if (f && line >= 1 && line <= f->count && f->line[line - 1].gate) satisfy(t, f->line[line - 1].gate, true, 0);
}

/* The names on a line of the source. */
static void note_names(struct turning *t, struct view *v, const struct source_use *use, struct map *names) {
  const struct source_file *f = map_get(&v->src.by_name, intern(&v->src.names, use->file));
  const char *at = f && use->line >= 1 && use->line <= f->count ? f->line[use->line - 1].text : "";
  for (size_t n; *at; at += n ? n : 1) {
    n = 0;
    while (is_word(at[n])) n++;
    char *name = n ? audit_text("%.*s", (int)n, at) : NULL;
    if (name) map_put(names, intern(&t->names, name), (void *)1);
    free(name);
  }
}

/* Where a macro that drops its argument here is defined otherwise. */
static void turn_definitions(struct turning *t, struct view *v, const struct map *names) {
  for (size_t i = 0; i < v->src.count; i++) {
    const struct source_file *f = v->src.file[i];
    for (size_t l = 0; l < f->count; l++) {
      const char *at = f->line[l].text;
      size_t n = f->line[l].gate ? sources_defined_name(&at) : 0;
      if (!n || !sources_left_out(f, l)) continue;
      char *name = audit_text("%.*s", (int)n, at);
      if (map_has(names, intern(&t->names, name))) satisfy(t, f->line[l].gate, true, 0);
      free(name);
    }
  }
}

/* Checks are switched by macros that say so. */
static void turn_checks(struct turning *t, struct view *v) {
  t->rc = t->rc ? t->rc : words_add(t->all, "-UNDEBUG");
  t->rc = t->rc ? t->rc : words_add(t->fewer, "-UNDEBUG");
  map_put(&t->done, intern(&t->names, "NDEBUG"), (void *)1);
  for (size_t i = 0; i < v->src.count; i++) {
    const struct source_file *f = v->src.file[i];
    const char *last = NULL;
    for (size_t l = 0; f->name[0] != '/' && l < f->count; l++) {
      if (f->line[l].gate == last) continue;
      last = f->line[l].gate;
      if (last && is_of_checks(last) && !strstr(last, "||") && sources_left_out(f, l)) satisfy(t, last, true, 0);
    }
  }
}

int configs_words(struct view *v, struct words *all, struct words *fewer) {
  struct turning t = { .all = all, .fewer = fewer };
  struct map names = { 0 };
  bool arms = false, checks = false;
  for (int pass = 0; pass < 2; pass++) {
    for (size_t i = 0; i < v->j.count; i++) {
      const struct judged *n = &v->j.item[i];
      if (!n->key || !n->key->floor_of_source || n->cls != AUDIT_UNKNOWN) continue;
      for (const struct source_use *use = NULL; (use = view_left_out(v, n->key, use)) != NULL;) {
        arms |= use->why == WHY_ARM;
        checks |= use->why != WHY_ARM;
        if (use->why == WHY_DROPPED) note_names(&t, v, use, &names);
        if (pass) satisfy_place(&t, v, use->file, use->line);
      }
    }
    if (!pass && checks) turn_checks(&t, v);
    if (!pass) turn_definitions(&t, v, &names);
    if (!pass && !arms && !checks) break;
  }
  map_free(&names);
  map_free(&t.done);
  intern_free(&t.names);
  return t.rc;
}

static char *shown_words(const struct words *w) {
  enum { SHOWN = 4 };
  char *text = strdup("");
  size_t shown = 0;
  for (size_t i = 0; i < w->count; i++) {
    const char *name = w->word[i] + 2, *next = i + 1 < w->count ? w->word[i + 1] + 2 : "";
    /* -UX before its own -DX= only clears the way */
    if (w->word[i][1] == 'U' && strncmp(name, next, strlen(name)) == 0 && next[strlen(name)] == '=') continue;
    if (shown++ >= SHOWN) continue;
    char *more = audit_text("%s%s%s", text, *text ? " " : "", w->word[i]);
    free(text);
    text = more;
  }
  if (shown > SHOWN) {
    char *more = audit_text("%s …", text);
    free(text);
    text = more;
  }
  return text;
}

static bool is_named(const struct key *k) { return k && !k->local && !k->loose && k->part == KEY_ONE; }

/* Locations that one of them judges are judged in the other too; true: there were any. */
static bool judge_same(struct view *from, struct view *to) {
  bool any = false;
  for (size_t i = 0; i < from->j.count && !interrupt_pending(); i++) {
    const struct key *k = from->j.item[i].key;
    if (!is_named(k)) continue;
    struct key *same = map_get(&to->p.keys, intern(&to->p.names, k->name));
    if (!same || map_has(&to->j.of_key, same)) continue;
    judge_also(&to->j, same);
    any = true;
  }
  return any;
}

/* A load by its place and what it reads. */
static const char *load_name(struct view *in, struct intern *names, const struct site *s, const struct key *k) {
  struct place at = place_of(&in->p, s->inst);
  char *text = audit_text("%s:%u:%u:%s", at.file, at.line, at.column, k->name);
  const char *kept = intern(names, text);
  free(text);
  return kept;
}

static bool take(struct view *from, size_t index, struct view *to, size_t at, const char *words) {
  struct judged *mine = &to->j.item[at];
  const struct judged *theirs = &from->j.item[index];
  if (theirs->cls <= mine->outer || theirs->cls <= mine->cls) return false;
  char *why = judge_reason(&from->j, index);
  free(mine->outer_why);
  mine->outer = theirs->cls;
  mine->outer_why = words ? audit_text("with %s: %s", words, why) : strdup(why);
  free(why);
  return true;
}

static bool take_worse(struct view *from, struct view *to, const char *words) {
  bool any = false;
  struct map loads = { 0 };
  struct intern names = { 0 };
  for (size_t i = 0; i < from->j.count; i++) {
    const struct key *k = from->j.item[i].key;
    struct key *same = is_named(k) ? map_get(&to->p.keys, intern(&to->p.names, k->name)) : NULL;
    size_t at = same ? (size_t)map_get(&to->j.of_key, same) : 0;
    if (at) any |= take(from, i, to, at - 1, words);
  }
  for (int which = 0; which < 2; which++) {
    struct view *v = which ? to : from;
    for (size_t s = 0; s < v->p.site_count; s++)
      for (size_t k = 0; v->j.site_item[s] && k < v->p.site[s].keys.count; k++) {
        const char *name = load_name(v, &names, &v->p.site[s], v->p.site[s].keys.key[k]);
        size_t own = v->j.site_item[s], theirs = (size_t)map_get(&loads, name);
        if (which && theirs) any |= take(from, theirs - 1, to, own - 1, words);
        else if (!which && (!theirs || from->j.item[theirs - 1].cls < from->j.item[own - 1].cls))
          map_put(&loads, name, (void *)own);
      }
  }
  map_free(&loads);
  intern_free(&names);
  return any;
}

void configs_join(struct view *v, struct view *other, const struct words *words) {
  char *shown = shown_words(words);
  while (judge_same(v, other) | judge_same(other, v)) continue;
  /* names that matter in one are looked for in the texts of both */
  for (size_t i = 0; i < v->dead.asked.room; i++)
    if (v->dead.asked.keys[i]) {
      const char *name = v->dead.asked.keys[i];
      dead_ask(&other->dead, name + (name[0] == '.'), name[0] == '.');
    }
  view_judge(other);
  view_judge(v);
  if (!other->p.incomplete || v->p.incomplete) {
    v->src.other = &other->src;
    other->src.other = &v->src;
    view_judge(other);
    view_judge(v);
  }
  for (bool any = true; any && !interrupt_pending();) {
    any = take_worse(other, v, shown);
    judge_spread(&v->j);
    any |= take_worse(v, other, NULL);
    judge_spread(&other->j);
  }
  v->src.other = other->src.other = NULL;
  free(shown);
}
