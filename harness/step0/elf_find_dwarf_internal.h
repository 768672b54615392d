/* SPDX-License-Identifier: GPL-3.0-or-later */
/* elf_find_dwarf_internal.h: between the elf_find_dwarf*.c: a unit of the debug information while it is read. */
#ifndef HARNESS_STEP0_ELF_FIND_DWARF_INTERNAL_H
#define HARNESS_STEP0_ELF_FIND_DWARF_INTERNAL_H

#include "harness/step0/elf_find_internal.h"

struct origin; /* elf_find_dwarf_functions.c */

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
  size_t intervals;
  struct hollow *hollow; /* of the unit */
  size_t hollows;
  bool has_code;           /* the unit */
  const void *within[520]; /* abstract functions whose instances the walk is in, by depth */
  bool plain;              /* the unit was compiled without optimisation */
  bool split;    /* the unit's tree is in a .dwo, whose table of files libdw (0.188) does not find: it crashes */
  int64_t shift; /* from addresses of the debug information to the object's */
};

/* elf_find_dwarf.c */
void find_add_range(struct code_range **list, size_t *count, uint64_t start, uint64_t end);
/* Not what stands in place of an address that the linker dropped. */
bool reading_is_code(const struct reading *r, Dwarf_Addr address);
/* Of what the linker kept; *list is to be freed. */
size_t reading_code_of(const struct reading *r, Dwarf_Die *die, struct code_range **list);

/* elf_find_dwarf_functions.c: says the unit's functions and inlined copies, and fills what is `of the unit`. */
void reading_see_functions(struct reading *r, Dwarf_Die *unit);
/* elf_find_dwarf_lines.c: says the rows of the lines that were asked for. */
void reading_see_lines(struct reading *r, Dwarf_Die *unit);

#endif
