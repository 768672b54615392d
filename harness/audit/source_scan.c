/* SPDX-License-Identifier: GPL-3.0-or-later */
/* source_scan.c: one source file into lines with their #if conditions (sources.h). */
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "harness/audit/sources.h"

enum { NESTING = 64 };

struct level {
  char *condition; /* of the arm that is open, NULL: an include guard */
  char *refused;   /* the arms before it, negated */
  int arm;
};

struct scan {
  struct sources *s;
  struct source_file *f;
  struct level level[NESTING];
  int depth;
  bool in_comment;
  char *guard; /* name of an #ifndef that may be an include guard */
  bool code_seen;
};

/* Blanks out comments and the insides of literals. */
static void strip(struct scan *c, char *t) {
  for (; *t; t++) {
    if (c->in_comment) {
      if (t[0] == '*' && t[1] == '/') {
        c->in_comment = false;
        *t++ = ' ';
      }
      *t = ' ';
    } else if (t[0] == '/' && t[1] == '*') {
      c->in_comment = true;
      t[0] = t[1] = ' ';
      t++;
    } else if (t[0] == '/' && t[1] == '/') {
      *t = '\0';
      return;
    } else if (*t == '"' || *t == '\'') {
      char quote = *t++;
      while (*t && *t != quote) {
        if (*t == '\\' && t[1]) *t++ = ' ';
        *t++ = ' ';
      }
      if (!*t) return;
    }
  }
}

static char *trimmed(const char *t) {
  while (isspace((unsigned char)*t)) t++;
  size_t n = strlen(t);
  while (n && (isspace((unsigned char)t[n - 1]) || t[n - 1] == '\\')) n--;
  return strndup(t, n);
}

static int new_arm(struct scan *c) {
  audit_room(&c->f->arm, c->f->arm_count, sizeof *c->f->arm);
  c->f->arm[c->f->arm_count] = (struct source_arm){ .parent = c->depth > 1 ? c->level[c->depth - 2].arm : -1 };
  return (int)c->f->arm_count++;
}

static char *negated(const char *condition) {
  if (condition[0] == '!' && !strpbrk(condition, "&|<>= ")) return strdup(condition + 1);
  return strpbrk(condition, "&|<>= ") ? audit_text("!(%s)", condition) : audit_text("!%s", condition);
}

static void open_level(struct scan *c, char *condition) {
  if (c->depth >= NESTING) {
    free(condition);
    return;
  }
  struct level *l = &c->level[c->depth++];
  l->condition = condition;
  l->refused = NULL;
  l->arm = new_arm(c);
}

static void next_arm(struct scan *c, char *condition) {
  if (!c->depth) {
    free(condition);
    return;
  }
  struct level *l = &c->level[c->depth - 1];
  if (l->condition) {
    char *no = negated(l->condition);
    char *all = l->refused ? audit_text("%s && %s", l->refused, no) : strdup(no);
    free(no);
    free(l->refused);
    l->refused = all;
  }
  free(l->condition);
  l->condition = condition ? condition : strdup("");
  l->arm = new_arm(c);
}

static void close_level(struct scan *c) {
  if (!c->depth) return;
  struct level *l = &c->level[--c->depth];
  free(l->condition);
  free(l->refused);
}

/* What follows the # of a directive; NULL: the line is none. */
static const char *directive(const char *t) {
  while (isspace((unsigned char)*t)) t++;
  if (*t++ != '#') return NULL;
  while (isspace((unsigned char)*t)) t++;
  return t;
}

static bool word_is(const char *t, const char *word) {
  size_t n = strlen(word);
  return strncmp(t, word, n) == 0 && !isalnum((unsigned char)t[n]) && t[n] != '_';
}

static bool take_directive(struct scan *c, const char *d) {
  if (word_is(d, "ifdef")) {
    open_level(c, trimmed(d + 5));
  } else if (word_is(d, "ifndef")) {
    char *name = trimmed(d + 6);
    if (!c->depth && !c->code_seen) {
      free(c->guard);
      c->guard = strdup(name);
    }
    open_level(c, audit_text("!%s", name));
    free(name);
  } else if (word_is(d, "if")) {
    open_level(c, trimmed(d + 2));
  } else if (word_is(d, "elif")) {
    next_arm(c, trimmed(d + 4));
  } else if (word_is(d, "else")) {
    next_arm(c, NULL);
  } else if (word_is(d, "endif")) {
    close_level(c);
  } else {
    if (word_is(d, "define") && c->guard && c->depth == 1) {
      char *name = trimmed(d + 6);
      if (strcmp(name, c->guard) == 0) {
        free(c->level[0].condition);
        c->level[0].condition = NULL;
      }
      free(name);
    }
    free(c->guard);
    c->guard = NULL;
    return false;
  }
  c->code_seen = true;
  return true;
}

static const char *gate_now(struct scan *c) {
  char *all = NULL;
  for (int i = 0; i < c->depth; i++) {
    const struct level *l = &c->level[i];
    const char *parts[2] = { l->refused, l->condition };
    for (int k = 0; k < 2; k++) {
      if (!parts[k] || !*parts[k]) continue;
      char *more = all ? audit_text("%s && %s", all, parts[k]) : strdup(parts[k]);
      free(all);
      all = more;
    }
  }
  const char *kept = all ? intern(&c->s->names, all) : NULL;
  free(all);
  return kept;
}

bool source_scan(struct sources *s, struct source_file *f) {
  FILE *in = fopen(f->path, "re");
  if (!in) return false;
  struct scan c = { .s = s, .f = f };
  char *text = NULL;
  size_t room = 0;
  const char *gate = NULL;
  while (getline(&text, &room, in) > 0) {
    text[strcspn(text, "\r\n")] = '\0';
    strip(&c, text);
    const char *d = directive(text);
    bool control = d && take_directive(&c, d);
    if (d) gate = gate_now(&c); /* a #define too: it may show an include guard to be one */
    audit_room(&f->line, f->count, sizeof *f->line);
    f->line[f->count++] = (struct source_line){ .text = strdup(control ? "" : text),
                                                .gate = gate,
                                                .arm = c.depth ? c.level[c.depth - 1].arm : -1 };
  }
  while (c.depth) close_level(&c);
  free(c.guard);
  free(text);
  fclose(in);
  return true;
}
