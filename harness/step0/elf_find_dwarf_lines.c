/* SPDX-License-Identifier: GPL-3.0-or-later */
/* elf_find_dwarf_lines.c: what a unit's table of lines tells: rows of the lines that were asked for, each with the code
 * that it is in. */
#include <dwarf.h>
#include <elfutils/libdw.h>
#include <stdlib.h>
#include <string.h>

#include "harness/step0/elf_find_dwarf_internal.h"

/* The hollow function of the unit that a line of a file is in: no function with code begins between. */
static const char *hollow_at(const struct reading *r, const char *file, int line) {
  const char *found = NULL;
  int best = 0;
  for (size_t i = 0; i < r->hollows; i++) {
    const struct hollow *h = &r->hollow[i];
    if (h->line > line || h->line < best || strcmp(h->file, file) != 0) continue;
    best = h->line;
    found = h->name;
  }
  for (size_t i = 0; i < r->intervals && found != NULL; i++) {
    const struct interval *v = &r->interval[i];
    if (v->line > best && v->line <= line && v->file != NULL && strcmp(v->file, file) == 0) found = NULL;
  }
  return found;
}

static const struct interval *innermost_at(const struct reading *r, uint64_t address) {
  const struct interval *found = NULL;
  for (size_t i = 0; i < r->intervals; i++) {
    const struct interval *v = &r->interval[i];
    if (address >= v->start && address < v->end && (found == NULL || v->depth >= found->depth)) found = v;
  }
  return found;
}

/* Of the functions whose code stands at the address, the one that the line is of: it begins last before it. */
static const struct interval *owner_at(const struct reading *r, uint64_t address, const char *file, int line) {
  const struct interval *found = NULL;
  for (size_t i = 0; i < r->intervals; i++) {
    const struct interval *v = &r->interval[i];
    if (address < v->start || address >= v->end || v->line == 0 || v->line > line) continue;
    if (v->file == NULL || strcmp(v->file, file) != 0) continue;
    if (found == NULL || v->line > found->line || (v->line == found->line && v->depth >= found->depth)) found = v;
  }
  return found;
}

/* A row whose address the next one has, too, has no code of its own: the last at an address owns it. */
static bool owns_code(Dwarf_Lines *lines, size_t count, size_t i, int line, const char *file) {
  Dwarf_Addr here = 0, next = 0;
  Dwarf_Line *last = dwarf_onesrcline(lines, i);
  dwarf_lineaddr(last, &here);
  for (size_t k = i + 1; k < count; k++) {
    Dwarf_Line *l = dwarf_onesrcline(lines, k);
    bool end = false;
    if (l == NULL || dwarf_lineaddr(l, &next) != 0 || next != here || dwarf_lineendsequence(l, &end) != 0 || end) break;
    last = l;
  }
  int number = 0;
  dwarf_lineno(last, &number);
  const char *name = dwarf_linesrc(last, NULL, NULL);
  return number == line && name != NULL && (name == file || strcmp(name, file) == 0);
}

static bool scope_holds(const struct reading *r, Dwarf_Off scope, uint64_t address) {
  for (size_t i = 0; i < r->intervals; i++)
    if (r->interval[i].scope == scope && address >= r->interval[i].start && address < r->interval[i].end) return true;
  return false;
}

/* What stands around a copy that has the line's own rows, in code that the line is not of, is a leftover of the
 * same statement (a store that sank behind the caller's code, a mark of where that was): it counts nothing. */
static void say_rows(const struct reading *r, struct find_spot *row, size_t rows) {
  for (size_t i = 0; i < rows; i++) {
    if (row[i].kind != SPOT_ROW_BARE || owner_at(r, row[i].address, row[i].file, row[i].line) != NULL) continue;
    bool proper = false;
    Dwarf_Off within = row[i].scope;
    for (size_t k = 0; k < rows; k++) {
      if (row[k].kind != SPOT_ROW) continue;
      proper |= row[k].scope == row[i].scope;
      if (scope_holds(r, row[i].scope, row[k].address)) within = row[k].scope;
    }
    if (!proper) row[i].scope = within;
  }
  for (size_t i = 0; i < rows; i++) {
    find_say_in_function(r->f, &row[i], row[i].address);
    free(row[i].range);
  }
}

static Dwarf_Off scope_of_row(const struct reading *r, uint64_t address, const char *file, int line) {
  const struct interval *v = owner_at(r, address, file, line);
  if (v == NULL) v = innermost_at(r, address);
  return v != NULL ? v->scope : 0;
}

/* Up to the next row that stands elsewhere. */
static uint64_t end_of_row(Dwarf_Lines *lines, size_t count, size_t i, Dwarf_Addr here) {
  for (size_t k = i + 1; k < count; k++) {
    Dwarf_Addr next;
    Dwarf_Line *l = dwarf_onesrcline(lines, k);
    if (l == NULL || dwarf_lineaddr(l, &next) != 0 || next < here) break;
    if (next > here) return next;
  }
  return here;
}

static void see_rows(struct reading *r, size_t q, const bool *file_is_it, Dwarf_Files *files, size_t file_count,
                     Dwarf_Lines *lines, size_t count) {
  struct find_asked *asked = &r->f->asked[q];
  int wanted = r->f->query[q].line;
  struct find_spot *row = NULL;
  size_t rows = 0;
  for (size_t i = 0; i < count; i++) {
    Dwarf_Line *l = dwarf_onesrcline(lines, i);
    int number = 0;
    Dwarf_Addr address;
    bool statement = false, end = false;
    if (l == NULL || dwarf_lineno(l, &number) != 0 || number == 0) continue;
    if (number != wanted && abs(number - wanted) > 50) continue;
    const char *name = dwarf_linesrc(l, NULL, NULL);
    bool match = false;
    for (size_t k = 0; k < file_count && !match; k++)
      match = file_is_it[k] && name != NULL && strcmp(dwarf_filesrc(files, k, NULL, NULL), name) == 0;
    if (!match || dwarf_lineendsequence(l, &end) != 0 || end || dwarf_lineaddr(l, &address) != 0) continue;
    if (number != wanted) {
      if (number < wanted && number > asked->line_below) asked->line_below = number;
      if (number > wanted && (asked->line_above == 0 || number < asked->line_above)) asked->line_above = number;
      continue;
    }
    dwarf_linebeginstatement(l, &statement);
    uint64_t at = address + (uint64_t)r->shift;
    if (!reading_is_code(r, address)) continue; /* a function that the linker dropped */
    find_room(&row, rows, sizeof *row);
    struct find_spot *s = &row[rows++];
    *s = (struct find_spot){ .query = q,
                             .kind = statement && owns_code(lines, count, i, number, name) ? SPOT_ROW : SPOT_ROW_BARE,
                             .address = at,
                             .scope = scope_of_row(r, at, name, number),
                             .line = number,
                             .plain = r->plain,
                             .file = (char *)name };
    uint64_t behind = end_of_row(lines, count, i, address);
    if (behind > address) find_add_range(&s->range, &s->ranges, at, at + (behind - address));
  }
  say_rows(r, row, rows);
  free(row);
}

/* Is the file one that this unit includes, or else is its own source? */
static bool is_included(const struct reading *r, const char *path, const char *dir, Dwarf_Files *files) {
  if (dwarf_tag((Dwarf_Die *)&r->unit) != DW_TAG_compile_unit &&
      dwarf_tag((Dwarf_Die *)&r->unit) != DW_TAG_skeleton_unit)
    return false; /* of types */
  if (r->source != NULL) return !find_same_file(r->source, path, dir);
  const char *first = dwarf_filesrc(files, 0, NULL, NULL); /* its own source in DWARF 5 */
  return first == NULL || !find_same_file(first, path, dir);
}

void reading_see_lines(struct reading *r, Dwarf_Die *unit) {
  struct finder *f = r->f;
  Dwarf_Lines *lines;
  Dwarf_Files *files;
  size_t count, file_count;
  Dwarf_Attribute attr;
  const char *dir = dwarf_attr(unit, DW_AT_comp_dir, &attr) != NULL ? dwarf_formstring(&attr) : NULL;
  if (dwarf_getsrclines(unit, &lines, &count) != 0 || dwarf_getsrcfiles(unit, &files, &file_count) != 0) return;
  bool *is_it = calloc(file_count + 1, sizeof *is_it);
  const char *last = NULL;
  bool any = false;
  for (size_t q = 0; q < f->count && is_it != NULL; q++) {
    if (f->query[q].kind != FIND_LINE) continue;
    struct find_asked *asked = &f->asked[q];
    asked->namesakes += r->source != NULL && strcmp(find_last_part(r->source), find_last_part(f->query[q].name)) == 0;
    if (last == NULL || strcmp(last, f->query[q].name) != 0) {
      any = false;
      for (size_t k = 0; k < file_count; k++) {
        const char *path = dwarf_filesrc(files, k, NULL, NULL);
        is_it[k] = path != NULL && find_file_matches(f->query[q].name, path, dir);
        if (path != NULL && !is_it[k] && !asked->file_seen)
          find_note_near(f, q, find_last_part(f->query[q].name), find_last_part(path));
        any |= is_it[k];
      }
      last = f->query[q].name;
    }
    if (!any) continue;
    asked->file_seen = true;
    for (size_t k = 0; k < file_count; k++)
      if (is_it[k]) {
        const char *path = dwarf_filesrc(files, k, NULL, NULL);
        asked->shared |= is_included(r, path, dir, files);
        find_say_word(f, 'F', q, path);
        const char *hollow = hollow_at(r, path, f->query[q].line);
        if (hollow != NULL) asked->hollow_line = hollow;
      }
    see_rows(r, q, is_it, files, file_count, lines, count);
  }
  free(is_it);
}
