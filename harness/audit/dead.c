/* SPDX-License-Identifier: GPL-3.0-or-later */
/* dead.c: dead.h. */
#include "harness/audit/dead.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "harness/audit/origin.h"
#include "harness/core/interrupt.h"

enum { CALLS = 16, PENDING = 64, COLUMNS = 4096 };

struct places {
  unsigned long *at; /* line * COLUMNS + column */
  size_t count;
};

static unsigned long position(unsigned line, unsigned column) { return (unsigned long)line * COLUMNS + column; }

static const char *text_key(struct dead *d, const char *name, const char *file) {
  char *text = audit_text("%s@%s", name, file);
  const char *key = intern(&d->names, text);
  free(text);
  return key;
}

static const char *place_key(struct dead *d, unsigned line, unsigned column, const char *file) {
  char text[64];
  snprintf(text, sizeof text, "%u:%u", line, column);
  return text_key(d, text, file);
}

static void add_use(struct dead *d, const char *name, const struct place *at) {
  const char *key = text_key(d, name, at->file);
  struct places *p = map_get(&d->used, key);
  if (!p) {
    p = audit_grow(NULL, sizeof *p);
    *p = (struct places){ 0 };
    map_put(&d->used, key, p);
  }
  unsigned long here = position(at->line, at->column);
  if (p->count && p->at[p->count - 1] == here) return;
  audit_room(&p->at, p->count, sizeof *p->at);
  p->at[p->count++] = here;
}

/* A field by its name, or '*' where debug types do not tell it. */
static void use_field(struct dead *d, struct program *p, LLVMTypeRef t, unsigned f, const struct place *at) {
  const char **names = map_get(&d->fields, t);
  if (!names) {
    names = audit_grow(NULL, LLVMCountStructElementTypes(t) * sizeof *names);
    memset(names, 0, LLVMCountStructElementTypes(t) * sizeof *names);
    map_put(&d->fields, t, names);
  }
  if (names[f]) {
    add_use(d, names[f], at);
    return;
  }
  char part[256], name[260];
  LLVMValueRef type = di_type_of_struct(p, t), member = NULL;
  const char *found = type ? di_member(type, LLVMOffsetOfElement(p->layout, t, f), &member, part, sizeof part) : NULL;
  snprintf(name, sizeof name, ".%s", found && strcmp(part, "anonymous") != 0 ? part : "*");
  names[f] = intern(&d->names, name);
  add_use(d, names[f], at);
}

static void use_operand(struct dead *d, struct program *p, LLVMValueRef v, const struct place *at, int depth) {
  if (LLVMIsAGlobalVariable(v) || LLVMIsAGlobalAlias(v)) {
    char *name = audit_text("%s", symbol_of(v));
    name[strcspn(name, "@")] = '\0';
    const char *dot = strrchr(name, '.'); /* a static variable of a function */
    add_use(d, dot ? dot + 1 : name, at);
    free(name);
    return;
  }
  if (is_gep(v)) {
    LLVMTypeRef t = LLVMGetGEPSourceElementType(v);
    for (int o = 2; o < LLVMGetNumOperands(v); o++) {
      LLVMValueRef index = LLVMGetOperand(v, (unsigned)o);
      if (LLVMGetTypeKind(t) == LLVMStructTypeKind && LLVMIsAConstantInt(index)) {
        unsigned f = (unsigned)LLVMConstIntGetZExtValue(index);
        use_field(d, p, t, f, at);
        t = LLVMStructGetTypeAtIndex(t, f);
      } else if (LLVMGetTypeKind(t) == LLVMArrayTypeKind || LLVMGetTypeKind(t) == LLVMVectorTypeKind)
        t = LLVMGetElementType(t);
      else break;
    }
  } else if (is_pointer_cast(v)) add_use(d, ".*", at); /* of a union, perhaps */
  if (depth < 6 && LLVMIsAConstantExpr(v))
    for (int o = 0; o < LLVMGetNumOperands(v); o++) use_operand(d, p, LLVMGetOperand(v, (unsigned)o), at, depth + 1);
}

void dead_note(struct dead *d, struct program *p) {
  for (LLVMValueRef f = next_function(p, NULL); f; f = next_function(p, f))
    for (LLVMBasicBlockRef b = LLVMGetFirstBasicBlock(f); b; b = LLVMGetNextBasicBlock(b))
      for (LLVMValueRef i = LLVMGetFirstInstruction(b); i; i = LLVMGetNextInstruction(i)) {
        struct place at = is_debug_call(i) ? (struct place){ 0 } : spot_of(p, i);
        if (!at.line) continue;
        map_put(&d->exact, place_key(d, at.line, at.column, at.file), (void *)1);
        if (is_gep(i) || is_pointer_cast(i)) use_operand(d, p, i, &at, 0);
        for (int o = 0; o < LLVMGetNumOperands(i); o++) {
          LLVMValueRef v = LLVMGetOperand(i, (unsigned)o);
          if (!LLVMValueIsBasicBlock(v) &&
              (LLVMIsAConstantExpr(v) || LLVMIsAGlobalVariable(v) || LLVMIsAGlobalAlias(v)))
            use_operand(d, p, v, &at, 0);
        }
      }
}

void dead_ask(struct dead *d, const char *name, bool is_field) {
  char *text = audit_text("%s%s", is_field ? "." : "", name);
  map_put(&d->asked, intern(&d->names, text), (void *)1);
  free(text);
}

/* A name that is read, to be looked up when the part of the statement that it stands in has ended. */
struct pending {
  const char *name; /* as asked for */
  size_t line;
  unsigned column, length;
  unsigned long from, call[CALLS]; /* where its part begins; what it is an argument of */
  int calls;
};

/* The reader's place in a file. */
struct reader {
  struct dead *d;
  struct source_file *f;
  struct pending pending[PENDING];
  int count;
  unsigned long part;          /* where the part of a statement began */
  unsigned long call[CALLS];   /* callee names of open brackets, 0: a bracket without one */
  bool blind[CALLS];           /* nothing in there is evaluated */
  int calls, braces, function; /* function: brace depth of its body, 0: outside */
  size_t ended, from;          /* the line behind the last thing at the top; where the function begins */
  bool is_static;              /* the statement defines a static variable, whose initialiser is no code */
  char last;                   /* the last character that is no blank, before the token */
};

static bool is_word(char c) { return isalnum((unsigned char)c) || c == '_'; }

static bool is_used(struct reader *r, const char *name, unsigned long from, unsigned long to) {
  const struct places *p = map_get(&r->d->used, text_key(r->d, name, r->f->name));
  for (size_t i = 0; p && i < p->count; i++)
    if (p->at[i] >= from && p->at[i] <= to) return true;
  return false;
}

static bool is_alive(struct reader *r, const struct pending *n, unsigned long end) {
  unsigned line = (unsigned)n->line + 1;
  if (map_has(&r->d->exact, place_key(r->d, line, n->column, r->f->name)) || is_used(r, n->name, n->from, end))
    return true;
  for (int i = 0; i < n->calls; i++)
    if (is_used(r, n->name, n->call[i], n->call[i]) || (n->name[0] == '.' && is_used(r, ".*", n->call[i], n->call[i])))
      return true;
  return false;
}

static void end_part(struct reader *r, unsigned long end) {
  for (int i = 0; i < r->count; i++) {
    struct pending *n = &r->pending[i];
    const char *line = r->f->line[n->line].text;
    if (!is_alive(r, n, end)) sources_note_dead(r->d->sources, r->f, n->line, line, line + n->column - 1, n->length);
  }
  r->count = 0;
  r->part = end + 1;
}

static bool evaluates_nothing(const char *t, size_t n) {
  static const char *const words[] = { "sizeof",   "offsetof", "__builtin_offsetof", "typeof",   "__typeof__",
                                       "_Alignof", "alignof",  "__alignof__",        "__typeof", "_Static_assert",
                                       NULL };
  for (const char *const *w = words; *w; w++)
    if (strlen(*w) == n && strncmp(t, *w, n) == 0) return true;
  return false;
}

static void see_word(struct reader *r, size_t l, const char *line, const char *t, size_t n) {
  const char *before = t;
  while (before > line && isspace((unsigned char)before[-1])) before--;
  bool dot = before > line && before[-1] == '.', arrow = before > line + 1 && before[-1] == '>' && before[-2] == '-';
  if (dot) {
    const char *base = before - 1;
    while (base > line && isspace((unsigned char)base[-1])) base--;
    if (base == line || strchr("{,(", base[-1])) return; /* a designator */
  }
  if (before - line >= 6 && strncmp(before - 6, "(void)", 6) == 0) return;
  if (before - line >= 6 && strncmp(before - 6, "sizeof", 6) == 0) return;
  char *text = audit_text("%s%.*s", dot || arrow ? "." : "", (int)n, t);
  const char *name = intern(&r->d->names, text);
  free(text);
  if (!map_has(&r->d->asked, name) || r->count == PENDING) return;
  for (int i = 0; i < r->calls && i < CALLS; i++)
    if (r->blind[i]) return;
  if (!dot && !arrow && sources_is_local(r->d->sources, r->f, r->from, l, t, n)) return;
  struct pending *p = &r->pending[r->count++];
  *p = (struct pending){ name, l, (unsigned)(t - line) + 1, (unsigned)n, r->part, { 0 }, 0 };
  for (int i = 0; i < r->calls && i < CALLS; i++)
    if (r->call[i]) p->call[p->calls++] = r->call[i];
}

static void see_sign(struct reader *r, size_t l, const char *line, const char *t, unsigned long here,
                     unsigned long word, bool blind) {
  switch (*t) {
  case '(':
    if (r->calls < CALLS) {
      r->call[r->calls] = word;
      r->blind[r->calls] = blind;
    }
    r->calls++;
    break;
  case ')': r->calls -= r->calls > 0; break;
  case '{':
    end_part(r, here);
    r->braces++;
    if (!r->function && r->last == ')') {
      r->function = r->braces;
      r->from = r->ended < l ? r->ended : l;
    }
    if (r->function) r->is_static &= r->last == '=';
    break;
  case '}':
    end_part(r, here);
    if (r->function == r->braces) r->function = r->calls = 0;
    r->braces -= r->braces > 0;
    if (t == line) r->braces = r->function = r->calls = 0; /* the end of what was at the top */
    if (!r->braces) r->ended = l + 1;
    break;
  case ';':
    end_part(r, here);
    r->is_static = false;
    if (!r->braces) r->ended = l + 1;
    break;
  case '?':
  case ':': end_part(r, here); break;
  case '&':
  case '|':
    if (t[1] == *t) end_part(r, here);
    break;
  default: break;
  }
}

static void read_line(struct reader *r, size_t l) {
  const char *line = r->f->line[l].text;
  unsigned long word = 0; /* the word just before */
  bool blind = false;
  for (const char *t = line; *t && t - line < COLUMNS - 1;) {
    unsigned long here = position((unsigned)l + 1, (unsigned)(t - line) + 1);
    size_t n = 0;
    while (is_word(t[n])) n++;
    if (n && !isdigit((unsigned char)*t)) {
      if (n == 6 && strncmp(t, "static", n) == 0) r->is_static = true;
      if (r->function && !r->is_static) see_word(r, l, line, t, n);
      word = here;
      blind = evaluates_nothing(t, n);
      r->last = t[n - 1];
    } else if (!n && !isspace((unsigned char)*t)) {
      see_sign(r, l, line, t, here, word, blind);
      word = 0;
      blind = false;
      r->last = *t;
    }
    t += n ? n : 1;
  }
}

static bool goes_on(const char *text) {
  size_t n = strlen(text);
  return n && text[n - 1] == '\\';
}

void dead_find(struct dead *d, struct sources *s) {
  d->sources = s;
  for (size_t i = 0; i < s->count && !interrupt_pending() && d->asked.count; i++) {
    struct reader r = { .d = d, .f = s->file[i] };
    bool directive = false;
    for (size_t l = 0; l < r.f->count; l++) {
      const char *text = r.f->line[l].text, *first = text + strspn(text, " \t");
      bool skip = directive || *first == '#';
      directive = skip && goes_on(text);
      if (!skip && !sources_left_out(r.f, l)) read_line(&r, l);
    }
    end_part(&r, position((unsigned)r.f->count + 1, 0));
  }
}

void dead_free(struct dead *d) {
  for (size_t i = 0; i < d->used.room; i++)
    if (d->used.keys[i]) {
      struct places *p = d->used.values[i];
      free(p->at);
      free(p);
    }
  for (size_t i = 0; i < d->fields.room; i++)
    if (d->fields.keys[i]) free(d->fields.values[i]);
  map_free(&d->fields);
  map_free(&d->used);
  map_free(&d->exact);
  map_free(&d->asked);
  intern_free(&d->names);
}
