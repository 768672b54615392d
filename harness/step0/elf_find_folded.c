/* SPDX-License-Identifier: GPL-3.0-or-later */
/* elf_find_folded.c: functions that were written as several and are one piece of code, because theirs was equal: gcc
 * (-fipa-icf) and linkers (--icf) fold them, and a hit may have been of either. Names that somebody gave to one
 * function (free and cfree, versions, the constructors C1 and C2) are none.
 *
 * Debug information tells which is which: it has a body for each that was folded, one of them perhaps without an
 * address, and none for an alias. Without it a hidden name, or a linker that folds, is taken for the former where the
 * names are not alike. */
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <libiberty/demangle.h>

#include "harness/step0/elf_find_internal.h"

static int by_name(const void *a, const void *b) {
  const struct find_namesake *x = a, *y = b;
  return strcmp(x->name, y->name);
}

/* Of two symbols at one address: are they names of one function that a compiler made (clones, versions, C1 and C2)? */
static bool same_function(const char *a, const char *b) {
  size_t n = (size_t)(find_clone_suffix(a) - a), m = (size_t)(find_clone_suffix(b) - b);
  if (n == m && strncmp(a, b, n) == 0) return true;
  if (a[0] != '_' || a[1] != 'Z' || b[0] != '_' || b[1] != 'Z') return false;
  char *x = cplus_demangle(a, DMGL_PARAMS | DMGL_ANSI | DMGL_AUTO);
  char *y = cplus_demangle(b, DMGL_PARAMS | DMGL_ANSI | DMGL_AUTO);
  bool same = x != NULL && y != NULL && strcmp(x, y) == 0;
  free(x);
  free(y);
  return same;
}

int find_read_shared_starts(struct finder *f) {
  for (size_t i = 0, end; i < f->functions; i = end) {
    for (end = i + 1; end < f->functions && f->function[end].start == f->function[i].start;) end++;
    for (size_t k = i; k < end && end - i > 1; k++) {
      find_room(&f->shared_start, f->shared_starts, sizeof *f->shared_start);
      const char *raw = f->function[k].name;
      char *name = strndup(raw, (size_t)(find_clone_suffix(raw) - raw));
      if (name == NULL) return -ENOMEM;
      f->shared_start[f->shared_starts++] = (struct find_namesake){ name, k };
    }
  }
  if (f->shared_starts > 0) qsort(f->shared_start, f->shared_starts, sizeof *f->shared_start, by_name);
  return 0;
}

void find_note_defined(struct finder *f, const char *name, uint64_t start, const char *file, int line) {
  size_t low = 0, high = f->shared_starts;
  while (low < high) {
    size_t middle = (low + high) / 2;
    if (strcmp(f->shared_start[middle].name, name) < 0) low = middle + 1;
    else high = middle;
  }
  for (; low < f->shared_starts && strcmp(f->shared_start[low].name, name) == 0; low++) {
    struct find_function *g = &f->function[f->shared_start[low].function];
    if (start != 0 && g->start != start) continue; /* another one of this name */
    g->defined = true;
    if (file == NULL) continue;
    g->file = file;
    g->line = line;
  }
}

void find_note_said(struct finder *f, size_t query, uint64_t start) {
  for (size_t i = f->saids; i-- > 0 && f->saids - i < 8;)
    if (f->said[i].query == query && f->said[i].start == start) return;
  find_room(&f->said, f->saids, sizeof *f->said);
  f->said[f->saids++] = (struct find_start){ query, start };
}

/* One name in the other, but for underscores: free and __libc_free. */
static bool names_are_alike(const char *a, const char *b) {
  a += strspn(a, "_");
  b += strspn(b, "_");
  char x[256], y[256];
  snprintf(x, sizeof x, "%.*s", (int)(find_clone_suffix(a) - a), a);
  snprintf(y, sizeof y, "%.*s", (int)(find_clone_suffix(b) - b), b);
  return strstr(x, y) != NULL || strstr(y, x) != NULL;
}

/* lld, gold and mold leave their names. */
static bool linker_folds(Elf *elf) {
  if (find_section(elf, 0, ".note.gnu.gold-version") != NULL) return true;
  Elf_Scn *comment = find_section(elf, 0, ".comment");
  Elf_Data *d = comment != NULL ? elf_getdata(comment, NULL) : NULL;
  return d != NULL && d->d_buf != NULL &&
         (memmem(d->d_buf, d->d_size, "LLD ", 4) != NULL || memmem(d->d_buf, d->d_size, "mold ", 5) != NULL);
}

struct start_of {
  const struct find_function *first, *end; /* all names of one address */
};

static struct start_of names_at(const struct finder *f, uint64_t start) {
  size_t low = 0, high = f->functions;
  while (low < high) {
    size_t middle = (low + high) / 2;
    if (f->function[middle].start < start) low = middle + 1;
    else high = middle;
  }
  size_t end = low;
  while (end < f->functions && f->function[end].start == start) end++;
  return (struct start_of){ f->function + low, f->function + end };
}

/* Or both like a third one of that address: cfree and __libc_free are like free. */
static bool are_alike(const struct start_of *s, const struct find_function *a, const struct find_function *b) {
  if (names_are_alike(a->name, b->name)) return true;
  for (const struct find_function *c = s->first; c < s->end; c++)
    if (c != a && c != b && names_are_alike(a->name, c->name) && names_are_alike(b->name, c->name)) return true;
  return false;
}

static bool folded(const struct finder *f, const struct start_of *s, const struct find_function *a,
                   const struct find_function *b, bool folds) {
  if (same_function(a->name, b->name)) return false;
  if (a->defined && b->defined) return true;
  /* it tells of all but of those that an asm label gave another name */
  if (f->dwarf != NULL && f->uncovered == 0)
    return ((a->local && !a->defined) || (b->local && !b->defined)) && !are_alike(s, a, b);
  /* a compiler folds within what it compiles: where a unit tells of one, it would of the other */
  bool told = false;
  for (const struct find_function *c = s->first; c < s->end; c++) told |= c->defined;
  return (folds || (!told && (a->local || b->local))) && !are_alike(s, a, b);
}

/* Of a line a twin is what has other lines: instances of one template have the same. */
static bool same_lines(const struct find_function *a, const struct find_function *b) {
  return a->line != 0 && a->line == b->line && a->file != NULL && b->file != NULL && strcmp(a->file, b->file) == 0;
}

static void say_folded_at(struct finder *f, size_t query, uint64_t start, bool folds) {
  struct start_of s = names_at(f, start);
  bool named = false;
  const char *wanted = f->query[query].kind == FIND_SYMBOL ? f->query[query].name : NULL;
  if (s.end - s.first < 2) return;
  for (const struct find_function *a = s.first; a < s.end && wanted != NULL; a++)
    named |= find_name_matches(wanted, a->name);
  /* what was inlined into one of them, and lines, may be of any */
  for (const struct find_function *a = s.first; a < s.end; a++) {
    if (named && !find_name_matches(wanted, a->name)) continue;
    for (const struct find_function *b = s.first; b < s.end; b++) {
      if (b == a || (named && find_name_matches(wanted, b->name)) || !folded(f, &s, a, b, folds)) continue;
      if (!named && same_lines(a, b)) continue;
      find_say_twin(f, query, start, b->name);
      return;
    }
  }
}

void find_say_folded(struct finder *f) {
  if (f->shared_starts == 0) return;
  bool folds = linker_folds(f->object->elf);
  for (size_t i = 0; i < f->saids; i++) say_folded_at(f, f->said[i].query, f->said[i].start, folds);
}
