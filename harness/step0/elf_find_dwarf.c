/* SPDX-License-Identifier: GPL-3.0-or-later */
/* elf_find_dwarf.c: what the debug information tells: copies of functions inlined into others, functions
 * that no symbol names, rows of lines; and which of it could not be read. */
#include <dwarf.h>
#include <elfutils/libdw.h>
#include <gelf.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "harness/core/debug_file.h"
#include "harness/step0/elf_find_internal.h"

/* Which questions an abstract function answers; functions are asked about once. */
struct origin {
  const void *die;
  size_t *query;
  size_t count;
};

/* Code of a function or inlined copy. */
struct interval {
  uint64_t start, end;
  Dwarf_Off scope;
  unsigned depth;
  int line; /* that the function begins on, and its file */
  const char *file;
};

/* A function without code. */
struct hollow {
  const char *name, *file;
  int line;
};

struct reading {
  struct finder *f;
  Dwarf_Die unit;
  const char *source;    /* that the unit was compiled from; NULL: not told */
  struct origin *origin; /* open hash, a power of two */
  size_t origins, room;
  struct interval *interval; /* of the unit */
  size_t intervals, interval_room;
  struct hollow *hollow; /* of the unit */
  size_t hollows;
  bool has_code;           /* the unit */
  const void *within[520]; /* abstract functions whose instances the walk is in, by depth */
  bool plain;              /* the unit was compiled without optimisation */
  bool split;    /* the unit's tree is in a .dwo, whose table of files libdw (0.188) does not find: it crashes */
  int64_t shift; /* from addresses of the debug information to the object's */
};

static bool add_range(struct code_range **list, size_t *count, uint64_t start, uint64_t end) {
  if ((*count & (*count - 1)) == 0) { /* full at each power of two */
    struct code_range *grown = reallocarray(*list, *count != 0 ? 2 * *count : 1, sizeof *grown);
    if (grown == NULL) return false;
    *list = grown;
  }
  (*list)[(*count)++] = (struct code_range){ start, end };
  return true;
}

/* 0, 1 and the two last numbers stand where the linker dropped what they were the address of. */
static bool is_code(const struct reading *r, Dwarf_Addr address) {
  return address > 1 && address < UINT64_MAX - 1 && find_is_code(r->f, address + (uint64_t)r->shift);
}

static size_t ranges_of(const struct reading *r, Dwarf_Die *die, struct code_range **list) {
  Dwarf_Addr base, start, end;
  size_t count = 0;
  for (ptrdiff_t at = 0; (at = dwarf_ranges(die, at, &base, &start, &end)) > 0;)
    if (end > start && is_code(r, start) &&
        !add_range(list, &count, start + (uint64_t)r->shift, end + (uint64_t)r->shift))
      break;
  return count;
}

static bool die_matches(Dwarf_Die *die, const char *wanted) {
  Dwarf_Attribute attr;
  Dwarf_Attribute *found = dwarf_attr_integrate(die, DW_AT_linkage_name, &attr);
  if (found == NULL) found = dwarf_attr_integrate(die, DW_AT_MIPS_linkage_name, &attr);
  const char *linkage = found != NULL ? dwarf_formstring(found) : NULL;
  if (linkage != NULL) return find_name_matches(wanted, linkage);
  const char *name = dwarf_diename(die);
  return name != NULL && find_name_matches(wanted, name);
}

static struct origin *origin_slot(struct reading *r, const void *die) {
  size_t at = ((uintptr_t)die >> 1) * 2654435761u & (r->room - 1);
  while (r->origin[at].die != NULL && r->origin[at].die != die) at = (at + 1) & (r->room - 1);
  return &r->origin[at];
}

static const struct origin *origin_of(struct reading *r, Dwarf_Die *die) {
  if (2 * (r->origins + 1) > r->room) {
    struct origin *old = r->origin;
    size_t room = r->room;
    r->room = room != 0 ? 2 * room : 1024;
    r->origin = calloc(r->room, sizeof *r->origin);
    if (r->origin == NULL) _exit(1); /* out of memory: the reading process ends, and its asker hears of it */
    for (size_t i = 0; i < room; i++)
      if (old[i].die != NULL) *origin_slot(r, old[i].die) = old[i];
    free(old);
  }
  struct origin *o = origin_slot(r, die->addr);
  if (o->die != NULL) return o;
  o->die = die->addr;
  r->origins++;
  const char *name = dwarf_diename(die);
  for (size_t q = 0; q < r->f->count; q++) {
    if (r->f->query[q].kind != FIND_SYMBOL) continue;
    if (!die_matches(die, r->f->query[q].name)) {
      if (name != NULL) find_note_near(r->f, q, r->f->query[q].name, name);
      continue;
    }
    size_t *grown = reallocarray(o->query, o->count + 1, sizeof *grown);
    if (grown == NULL) break;
    o->query = grown;
    o->query[o->count++] = q;
  }
  return o;
}

static const char *decl_file(const struct reading *r, Dwarf_Die *die) { return r->split ? NULL : dwarf_decl_file(die); }

static uint64_t entry_of(const struct reading *r, Dwarf_Die *die) {
  Dwarf_Attribute attr;
  Dwarf_Addr address, low;
  Dwarf_Word offset;
  if (dwarf_attr(die, DW_AT_entry_pc, &attr) == NULL) return 0;
  if (dwarf_formaddr(&attr, &address) == 0) return address + (uint64_t)r->shift;
  if (dwarf_formudata(&attr, &offset) == 0 && dwarf_lowpc(die, &low) == 0) return low + offset + (uint64_t)r->shift;
  return 0;
}

static void call_site(const struct reading *r, Dwarf_Die *die, struct find_spot *s) {
  Dwarf_Attribute attr;
  Dwarf_Word value;
  Dwarf_Files *files;
  size_t count;
  if (dwarf_attr(die, DW_AT_call_line, &attr) != NULL && dwarf_formudata(&attr, &value) == 0) s->line = (int)value;
  Dwarf_Die unit = r->unit;
  if (!r->split && dwarf_attr(die, DW_AT_call_file, &attr) != NULL && dwarf_formudata(&attr, &value) == 0 &&
      dwarf_getsrcfiles(&unit, &files, &count) == 0 && value < count)
    s->file = (char *)dwarf_filesrc(files, value, NULL, NULL);
}

/* gcc splits a function into a test and the rest, and where it joins them again the rest is a copy of the
 * function within itself, "called" on its first line: no call of anybody's. */
static bool is_rest_of_itself(const struct reading *r, Dwarf_Die *die, Dwarf_Die *origin, unsigned depth) {
  Dwarf_Attribute attr;
  Dwarf_Word line;
  int first = 0;
  if (dwarf_attr(die, DW_AT_call_line, &attr) == NULL || dwarf_formudata(&attr, &line) != 0) return false;
  if (dwarf_decl_line(origin, &first) != 0 || (Dwarf_Word)first != line) return false;
  for (unsigned i = 0; i < depth; i++)
    if (r->within[i] == origin->addr) return true;
  return false;
}

static void see_inlined(struct reading *r, Dwarf_Die *die, unsigned depth) {
  Dwarf_Attribute attr;
  Dwarf_Die origin;
  Dwarf_Addr base, start, end;
  if (dwarf_attr(die, DW_AT_abstract_origin, &attr) == NULL || dwarf_formref_die(&attr, &origin) == NULL) return;
  const struct origin *o = origin_of(r, &origin);
  r->within[depth] = origin.addr;
  if (o->count == 0 || is_rest_of_itself(r, die, &origin, depth)) return;
  struct find_spot s = { .kind = SPOT_INLINED, .scope = dwarf_dieoffset(die), .address = entry_of(r, die) };
  s.ranges = ranges_of(r, die, &s.range);
  call_site(r, die, &s);
  for (size_t i = 0; i < o->count; i++) {
    r->f->in_symbols[o->query[i]] = true;
    if (s.ranges == 0) {
      /* else it was removed with the function that it is in */
      r->f->bodiless[o->query[i]] |= dwarf_ranges(die, 0, &base, &start, &end) <= 0;
      continue;
    }
    s.query = o->query[i];
    r->f->copied[s.query] = true;
    s.function = NULL;
    find_say_in_function(r->f, &s, s.address != 0 ? s.address : s.range[0].start);
  }
  free(s.range);
}

/* A function that is none of another unit's, nor inlined, and has no code: its calls were dropped, or are those of
 * another one. */
static bool is_hollow(Dwarf_Die *die) {
  return !dwarf_hasattr(die, DW_AT_declaration) && !dwarf_hasattr(die, DW_AT_inline) &&
         !dwarf_hasattr(die, DW_AT_abstract_origin) && !dwarf_hasattr(die, DW_AT_low_pc) &&
         !dwarf_hasattr(die, DW_AT_ranges) && !dwarf_hasattr(die, DW_AT_entry_pc);
}

static bool has_ranges(const struct reading *r, Dwarf_Die *die) {
  struct code_range *list = NULL;
  size_t n = ranges_of(r, die, &list);
  free(list);
  return n > 0;
}

/* For the lines in it. With -flto no unit of the sources has code, and this tells nothing. */
static void note_hollow(struct reading *r, Dwarf_Die *die) {
  int line = 0;
  const char *name = dwarf_diename(die), *file = decl_file(r, die);
  if (!r->has_code || !is_hollow(die) || name == NULL || file == NULL || dwarf_decl_line(die, &line) != 0) return;
  if ((r->hollows & (r->hollows - 1)) == 0) { /* full at each power of two */
    struct hollow *grown = reallocarray(r->hollow, r->hollows != 0 ? 2 * r->hollows : 1, sizeof *grown);
    if (grown == NULL) _exit(1); /* out of memory: the asker hears of it */
    r->hollow = grown;
  }
  r->hollow[r->hollows++] = (struct hollow){ name, file, line };
}

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

/* Has the unit a body for it, of which the compiler or the linker may have kept none? An inline function of a header
 * that is for inlining alone (gnu_inline) has none. */
static void note_defined(struct reading *r, Dwarf_Die *die) {
  Dwarf_Attribute attr;
  Dwarf_Addr low = 0;
  Dwarf_Word inlined = 0;
  int line = 0;
  if (r->f->shared_starts == 0 || dwarf_hasattr(die, DW_AT_declaration)) return;
  if (dwarf_attr(die, DW_AT_inline, &attr) != NULL) dwarf_formudata(&attr, &inlined);
  if ((inlined == DW_INL_declared_inlined || inlined == DW_INL_declared_not_inlined) &&
      dwarf_hasattr_integrate(die, DW_AT_external))
    return;
  uint64_t start = dwarf_entrypc(die, &low) == 0 && is_code(r, low) ? low + (uint64_t)r->shift : 0;
  Dwarf_Attribute *found = dwarf_attr_integrate(die, DW_AT_linkage_name, &attr);
  const char *name = found != NULL ? dwarf_formstring(found) : dwarf_diename(die);
  dwarf_decl_line(die, &line);
  if (name != NULL) find_note_defined(r->f, name, start, decl_file(r, die), line);
}

static void see_function(struct reading *r, Dwarf_Die *die, bool abstract, unsigned depth) {
  Dwarf_Attribute attr;
  Dwarf_Die origin;
  Dwarf_Addr entry;
  Dwarf_Word inlined = 0;
  const struct origin *o =
      dwarf_attr(die, DW_AT_abstract_origin, &attr) != NULL && dwarf_formref_die(&attr, &origin) != NULL
          ? origin_of(r, &origin)
          : origin_of(r, die);
  r->within[depth] = o->die;
  if (o->count == 0) return;
  if (dwarf_attr(die, DW_AT_inline, &attr) != NULL) dwarf_formudata(&attr, &inlined);
  bool has_code = !abstract && dwarf_entrypc(die, &entry) == 0, removed = has_code && !is_code(r, entry);
  if (!abstract && !has_code && dwarf_hasattr(die, DW_AT_ranges)) removed = !has_ranges(r, die);
  has_code &= !removed;
  entry += (Dwarf_Addr)r->shift;
  for (size_t i = 0; i < o->count; i++) {
    size_t q = o->query[i];
    if (inlined == DW_INL_declared_not_inlined || inlined == DW_INL_declared_inlined) r->f->header[q] = true;
    if (inlined != 0 || has_code || removed) r->f->in_symbols[q] = true;
    r->f->removed[q] |= removed;
    r->f->hollow[q] |= !abstract && is_hollow(die);
    if (inlined == DW_INL_inlined || inlined == DW_INL_declared_inlined) r->f->inlined[q] = true;
    if (!has_code) continue;
    const struct find_function *g = find_function_at(r->f, entry);
    if (g != NULL && g->start == entry && find_name_matches(r->f->query[q].name, g->name))
      continue; /* the symbol says it */
    struct find_spot s = { .query = q, .kind = SPOT_ENTRY, .address = entry, .scope = entry };
    s.function = (char *)dwarf_diename(die);
    s.file = (char *)decl_file(r, die);
    dwarf_decl_line(die, &s.line);
    find_say_in_function(r->f, &s, entry);
  }
}

static void note_code(struct reading *r, Dwarf_Die *die, unsigned depth) {
  struct code_range *list = NULL;
  int line = 0;
  size_t n = ranges_of(r, die, &list);
  const char *file = n > 0 ? decl_file(r, die) : NULL;
  if (n > 0) dwarf_decl_line(die, &line);
  for (size_t i = 0; i < n; i++) {
    if (r->intervals == r->interval_room) {
      size_t room = r->interval_room != 0 ? 2 * r->interval_room : 256;
      struct interval *grown = reallocarray(r->interval, room, sizeof *grown);
      if (grown == NULL) break;
      r->interval = grown;
      r->interval_room = room;
    }
    r->interval[r->intervals++] =
        (struct interval){ list[i].start, list[i].end, dwarf_dieoffset(die), depth, line, file };
  }
  free(list);
}

static void walk(struct reading *r, Dwarf_Die *die, bool abstract, unsigned depth) {
  Dwarf_Die child;
  if (depth > 512 || dwarf_child(die, &child) != 0) return;
  do {
    bool within = abstract;
    r->within[depth] = NULL;
    switch (dwarf_tag(&child)) {
    case DW_TAG_subprogram:
      within = abstract || dwarf_hasattr(&child, DW_AT_inline);
      note_defined(r, &child);
      if (!within) note_hollow(r, &child);
      see_function(r, &child, within, depth);
      note_code(r, &child, depth);
      break;
    case DW_TAG_inlined_subroutine:
      if (!abstract) see_inlined(r, &child, depth);
      note_code(r, &child, depth);
      break;
    case DW_TAG_lexical_block:
    case DW_TAG_namespace:
    case DW_TAG_structure_type:
    case DW_TAG_class_type:
    case DW_TAG_union_type:
    case DW_TAG_enumeration_type: /* of Rust, with functions of their own */
    case DW_TAG_module:
    case DW_TAG_try_block:
    case DW_TAG_catch_block: break;
    default: continue;
    }
    walk(r, &child, within, depth + 1);
  } while (dwarf_siblingof(&child, &child) == 0);
}

/* --- lines ------------------------------------------------------------------------------------ */

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

/* Lines that are next to what was asked for, and have code. */
struct neighbours {
  int below, above;
};

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
                     Dwarf_Lines *lines, size_t count, struct neighbours *near) {
  struct finder *f = r->f;
  int wanted = f->query[q].line;
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
      if (number < wanted && number > near->below) near->below = number;
      if (number > wanted && (near->above == 0 || number < near->above)) near->above = number;
      continue;
    }
    dwarf_linebeginstatement(l, &statement);
    uint64_t at = address + (uint64_t)r->shift;
    if (!is_code(r, address)) continue; /* a function that the linker dropped */
    if ((rows & (rows - 1)) == 0) {     /* full at each power of two */
      struct find_spot *grown = reallocarray(row, rows != 0 ? 2 * rows : 1, sizeof *grown);
      if (grown == NULL) _exit(1); /* out of memory: the asker hears of it */
      row = grown;
    }
    struct find_spot *s = &row[rows++];
    *s = (struct find_spot){ .query = q,
                             .kind = statement && owns_code(lines, count, i, number, name) ? SPOT_ROW : SPOT_ROW_BARE,
                             .address = at,
                             .scope = scope_of_row(r, at, name, number),
                             .line = number,
                             .plain = r->plain,
                             .file = (char *)name };
    uint64_t behind = end_of_row(lines, count, i, address);
    if (behind > address) add_range(&s->range, &s->ranges, at, at + (behind - address));
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

static void see_lines(struct reading *r, Dwarf_Die *unit, struct neighbours *near) {
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
    f->namesakes[q] += r->source != NULL && strcmp(find_last_part(r->source), find_last_part(f->query[q].name)) == 0;
    if (last == NULL || strcmp(last, f->query[q].name) != 0) {
      any = false;
      for (size_t k = 0; k < file_count; k++) {
        const char *path = dwarf_filesrc(files, k, NULL, NULL);
        is_it[k] = path != NULL && find_file_matches(f->query[q].name, path, dir);
        if (path != NULL && !is_it[k] && !f->file_seen[q])
          find_note_near(f, q, find_last_part(f->query[q].name), find_last_part(path));
        any |= is_it[k];
      }
      last = f->query[q].name;
    }
    if (!any) continue;
    f->file_seen[q] = true;
    for (size_t k = 0; k < file_count; k++)
      if (is_it[k]) {
        const char *path = dwarf_filesrc(files, k, NULL, NULL);
        f->shared[q] |= is_included(r, path, dir, files);
        find_say_word(f, 'F', q, path);
        const char *hollow = hollow_at(r, path, f->query[q].line);
        if (hollow != NULL) f->hollow_line[q] = hollow;
      }
    see_rows(r, q, is_it, files, file_count, lines, count, &near[q]);
  }
  free(is_it);
}

/* --- completeness ----------------------------------------------------------------------------- */

static int by_start(const void *a, const void *b) {
  const struct code_range *x = a, *y = b;
  return x->start < y->start ? -1 : x->start > y->start;
}

/* Functions of the start files: every program has them, and nothing is inlined into them. */
static bool of_start_files(const char *name) {
  static const char *const names[] = { "_start",
                                       "_init",
                                       "_fini",
                                       "deregister_tm_clones",
                                       "register_tm_clones",
                                       "__do_global_dtors_aux",
                                       "frame_dummy",
                                       "_dl_relocate_static_pie",
                                       "__libc_csu_init",
                                       "__libc_csu_fini",
                                       "__clang_call_terminate" };
  for (size_t i = 0; i < sizeof names / sizeof *names; i++)
    if (strcmp(name, names[i]) == 0) return true;
  return false;
}

static void count_uncovered(struct finder *f) {
  if (f->unit_codes > 0) qsort(f->unit_code, f->unit_codes, sizeof *f->unit_code, by_start);
  size_t at = 0;
  uint64_t reach = 0;
  for (size_t i = 0; i < f->functions; i++) {
    const struct find_function *g = &f->function[i];
    for (; at < f->unit_codes && f->unit_code[at].start <= g->start; at++)
      if (f->unit_code[at].end > reach) reach = f->unit_code[at].end;
    if (g->start < reach || g->end == g->start || of_start_files(g->name)) continue;
    if (f->uncovered++ == 0) snprintf(f->uncovered_name, sizeof f->uncovered_name, "%s", g->name);
  }
}

static bool has_section(Elf *elf, const char *wanted) {
  size_t names;
  Elf_Scn *scn = NULL;
  if (elf == NULL || elf_getshdrstrndx(elf, &names) != 0) return false;
  while ((scn = elf_nextscn(elf, scn)) != NULL) {
    GElf_Shdr sh;
    const char *name = gelf_getshdr(scn, &sh) != NULL ? elf_strptr(elf, names, sh.sh_name) : NULL;
    if (name != NULL && strcmp(name, wanted) == 0) return true;
  }
  return false;
}

static void gap_of_symbols(struct finder *f, const char *why) {
  for (size_t q = 0; q < f->count; q++)
    if (f->query[q].kind == FIND_SYMBOL) find_say_gap(f, q, "inlined copies", why);
}

/* gcc tells its options, without an -O where it was given none. */
static bool is_plain(struct finder *f, Dwarf_Die *unit) {
  Dwarf_Attribute attr;
  const char *producer = dwarf_attr(unit, DW_AT_producer, &attr) != NULL ? dwarf_formstring(&attr) : NULL;
  if (producer != NULL && (strstr(producer, "clang") != NULL || strstr(producer, "LLVM") != NULL)) f->llvm = true;
  if (producer == NULL || strncmp(producer, "GNU ", 4) != 0) return false;
  for (const char *o = producer; (o = strstr(o, " -O")) != NULL; o += 3)
    if (o[3] != '0') return false;
  return true;
}

int find_dwarf(struct finder *f) {
  struct reading r = { .f = f, .shift = (int64_t)(f->dwarf_bias - f->bias) };
  Dwarf_CU *cu = NULL;
  Dwarf_Die split;
  uint8_t type;
  char why[200];
  size_t missing = 0;
  int rc;
  if (f->dwarf == NULL) return 0;
  struct neighbours *near = calloc(f->count, sizeof *near);
  if (near == NULL) return -ENOMEM;
  memset(&split, 0, sizeof split);
  const char *debug_path = NULL;
  dwfl_module_info(f->module, NULL, NULL, NULL, NULL, NULL, NULL, &debug_path);
  bool trap = debug_file_split_is_trap(f->dwarf, f->object->path) ||
              (debug_path != NULL && debug_file_split_is_trap(f->dwarf, debug_path));
  while ((rc = dwarf_get_units(f->dwarf, cu, &cu, NULL, &type, &r.unit, trap ? NULL : &split)) == 0) {
    struct code_range *list = NULL;
    size_t n = ranges_of(&r, &r.unit, &list);
    for (size_t i = 0; i < n; i++) add_range(&f->unit_code, &f->unit_codes, list[i].start, list[i].end);
    free(list);
    r.intervals = r.hollows = 0;
    r.has_code = n > 0;
    r.split = type == DW_UT_skeleton;
    r.plain = is_plain(f, &r.unit);
    r.source = dwarf_diename(split.addr != NULL ? &split : &r.unit);
    if (type == DW_UT_skeleton) {
      if (split.addr == NULL) missing++;
      else walk(&r, &split, false, 1);
    } else walk(&r, &r.unit, false, 1);
    see_lines(&r, &r.unit, near);
    memset(&split, 0, sizeof split);
  }
  if (rc < 0) {
    snprintf(why, sizeof why, "its debug information is damaged: %.120s", dwarf_errmsg(-1));
    for (size_t q = 0; q < f->count; q++) find_say_gap(f, q, "debug information", why);
  }
  if (missing > 0) {
    if (trap) snprintf(why, sizeof why, "what %zu of its units name as their .dwo or .dwp file is not a file", missing);
    else
      snprintf(why, sizeof why,
               "the .dwo files of %zu of its units are not there, or packed as .dwp: put them where they were built",
               missing);
    gap_of_symbols(f, why);
  }
  if (has_section(dwarf_getelf(f->dwarf), ".gnu_debugaltlink") && dwarf_getalt(f->dwarf) == NULL)
    gap_of_symbols(f,
                   "the common file of its debug information (dwz, .gnu_debugaltlink) could not be read: install it");
  count_uncovered(f);
  for (size_t q = 0; q < f->count; q++) {
    char text[64];
    if (f->query[q].kind != FIND_LINE || f->found[q] > 0 || (near[q].below == 0 && near[q].above == 0)) continue;
    if (near[q].below > 0) snprintf(text, sizeof text, "%d", near[q].below), find_say_word(f, 'N', q, text);
    if (near[q].above > 0) snprintf(text, sizeof text, "%d", near[q].above), find_say_word(f, 'N', q, text);
  }
  free(near);
  return 0;
}
