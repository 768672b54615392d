/* SPDX-License-Identifier: GPL-3.0-or-later */
/* elf_find_dwarf_functions.c: what a unit's tree tells: functions that no symbol names, copies of functions inlined
 * into others, functions of which no code is left; and where in the code each of them is. */
#include <dwarf.h>
#include <elfutils/libdw.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "harness/step0/elf_find_dwarf_internal.h"

/* Which questions an abstract function answers; functions are asked about once. */
struct origin {
  const void *die;
  size_t *query;
  size_t count;
};

/* Where the function is declared: in a namespace, while its body may stand outside. */
static Dwarf_Die declaration_of(Dwarf_Die *die) {
  Dwarf_Attribute attr;
  Dwarf_Die at = *die, next;
  for (int steps = 0; steps < 8; steps++) {
    if (dwarf_attr(&at, DW_AT_abstract_origin, &attr) == NULL && dwarf_attr(&at, DW_AT_specification, &attr) == NULL)
      break;
    if (dwarf_formref_die(&attr, &next) == NULL) break;
    at = next;
  }
  return at;
}

/* The name as the source has it, behind as many of the scopes it is in as were given: f, module::f. */
static bool source_name_matches(Dwarf_Die *die, const char *wanted) {
  const char *name = dwarf_diename(die), *last = wanted;
  for (const char *c; (c = strstr(last, "::")) != NULL;) last = c + 2;
  if (name == NULL || !find_name_matches(last, name)) return false;
  if (last == wanted) return true;
  Dwarf_Die at = declaration_of(die), *scope = NULL;
  int scopes = dwarf_getscopes_die(&at, &scope);
  const char *end = last - 2; /* of what is still to be found */
  for (int i = 1; i < scopes && end > wanted; i++) {
    const char *outer = dwarf_diename(&scope[i]);
    size_t n = outer != NULL ? strlen(outer) : 0;
    int tag = dwarf_tag(&scope[i]);
    if (tag == DW_TAG_compile_unit || n == 0) continue;
    if ((size_t)(end - wanted) < n || strncmp(end - n, outer, n) != 0) break;
    end -= n;
    if (end > wanted && (end - wanted < 2 || strncmp(end - 2, "::", 2) != 0)) break;
    if (end > wanted) end -= 2;
  }
  free(scope);
  return end == wanted;
}

/* In a mangled name the function's own stands. In others (Fortran's __module_MOD_f, an asm label, extern "C" in a
 * namespace) it need not, and the source's is asked for as well. */
static bool die_matches(Dwarf_Die *die, const char *wanted) {
  Dwarf_Attribute attr;
  Dwarf_Attribute *found = dwarf_attr_integrate(die, DW_AT_linkage_name, &attr);
  if (found == NULL) found = dwarf_attr_integrate(die, DW_AT_MIPS_linkage_name, &attr);
  const char *linkage = found != NULL ? dwarf_formstring(found) : NULL;
  if (linkage != NULL && find_name_matches(wanted, linkage)) return true;
  if (linkage != NULL && linkage[0] == '_' && (linkage[1] == 'Z' || linkage[1] == 'R')) return false;
  return source_name_matches(die, wanted);
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
    if (r->origin == NULL) _exit(FIND_NO_MEMORY);
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
    find_room(&o->query, o->count, sizeof *o->query);
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
  s.ranges = reading_code_of(r, die, &s.range);
  call_site(r, die, &s);
  for (size_t i = 0; i < o->count; i++) {
    r->f->asked[o->query[i]].in_symbols = true;
    if (s.ranges == 0) {
      /* else it was removed with the function that it is in */
      r->f->asked[o->query[i]].bodiless |= dwarf_ranges(die, 0, &base, &start, &end) <= 0;
      continue;
    }
    s.query = o->query[i];
    r->f->asked[s.query].copied = true;
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
  size_t n = reading_code_of(r, die, &list);
  free(list);
  return n > 0;
}

/* For the lines in it. With -flto no unit of the sources has code, and this tells nothing. */
static void note_hollow(struct reading *r, Dwarf_Die *die) {
  int line = 0;
  const char *name = dwarf_diename(die), *file = decl_file(r, die);
  if (!r->has_code || !is_hollow(die) || name == NULL || file == NULL || dwarf_decl_line(die, &line) != 0) return;
  find_room(&r->hollow, r->hollows, sizeof *r->hollow);
  r->hollow[r->hollows++] = (struct hollow){ name, file, line };
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
  uint64_t start = dwarf_entrypc(die, &low) == 0 && reading_is_code(r, low) ? low + (uint64_t)r->shift : 0;
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
  bool has_code = !abstract && dwarf_entrypc(die, &entry) == 0, removed = has_code && !reading_is_code(r, entry);
  if (!abstract && !has_code && dwarf_hasattr(die, DW_AT_ranges)) removed = !has_ranges(r, die);
  has_code &= !removed;
  entry += (Dwarf_Addr)r->shift;
  for (size_t i = 0; i < o->count; i++) {
    size_t q = o->query[i];
    if (inlined == DW_INL_declared_not_inlined || inlined == DW_INL_declared_inlined) r->f->asked[q].header = true;
    if (inlined != 0 || has_code || removed) r->f->asked[q].in_symbols = true;
    r->f->asked[q].removed |= removed;
    r->f->asked[q].hollow |= !abstract && is_hollow(die);
    if (inlined == DW_INL_inlined || inlined == DW_INL_declared_inlined) r->f->asked[q].inlined = true;
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
  size_t n = reading_code_of(r, die, &list);
  const char *file = n > 0 ? decl_file(r, die) : NULL;
  if (n > 0) dwarf_decl_line(die, &line);
  for (size_t i = 0; i < n; i++) {
    find_room(&r->interval, r->intervals, sizeof *r->interval);
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

void reading_see_functions(struct reading *r, Dwarf_Die *unit) { walk(r, unit, false, 1); }
