/* SPDX-License-Identifier: GPL-3.0-or-later */
/* elf_find_internal.h: between the elf_find*.c: what the reading process shares. */
#ifndef HARNESS_STEP0_ELF_FIND_INTERNAL_H
#define HARNESS_STEP0_ELF_FIND_INTERNAL_H

#include <elfutils/libdwfl.h>
#include <stdio.h>

#include "harness/step0/elf_find.h"

/* A function of the symbol table. */
struct find_function {
  uint64_t start, end;
  const char *name;
  bool ifunc, local;
  bool
      defined; /* it shares its start with another one, and a unit says that it has a body of its own, declared here: */
  const char *file;
  int line;
};

/* A function that another one begins at the same address with, by its name without what clones have behind it. */
struct find_namesake {
  char *name;
  size_t function;
};
/* The beginning of a function that a place of a query is in. */
struct find_start {
  size_t query;
  uint64_t start;
};

/* Names like one that was asked for, the nearest first. They are the symbols' or the debug information's own. */
enum { FIND_NEAR_MAX = 4, FIND_NEAR_QUERIES_MAX = 16 };
struct find_near {
  const char *text[FIND_NEAR_MAX];
  int apart[FIND_NEAR_MAX];
  size_t count;
};

/* What is known of one query. */
struct find_asked {
  size_t found; /* spots */
  struct find_near near;
  bool in_symbols, header, file_seen, bodiless;
  bool inlined, copied;       /* said to be inlined; an inlined copy was found */
  bool removed, hollow;       /* the linker removed its code; the compiler left none, nor a symbol */
  const char *hollow_line;    /* of a line: such a function that it is in; NULL: none */
  bool shared;                /* of a line: other units than that whose own source the file is have it, too */
  int line_below, line_above; /* of a line: those next to it that have code */
  size_t namesakes;           /* of a line: units whose source has its name */
};

struct finder {
  const struct elf_object *object;
  const struct find_query *query;
  size_t count;
  FILE *out;
  Dwfl_Module *module;
  GElf_Addr bias; /* of the module's addresses, and of its debug information's */
  Dwarf_Addr dwarf_bias;
  Dwarf *dwarf;                   /* NULL: none */
  struct find_function *function; /* sorted by start */
  size_t functions;
  bool whole_table; /* a .symtab was read, or .gnu_debugdata */
  size_t unnamed;   /* functions of the unwind table that no symbol names */
  bool llvm;        /* some unit was compiled by clang or rustc */
  size_t uncovered; /* functions of the symbol table that no unit describes */
  char uncovered_name[96];
  struct find_namesake *shared_start; /* sorted by name */
  size_t shared_starts;
  struct find_start *said; /* of the places that were said */
  size_t saids;
  struct code_range *unit_code; /* of all units, as they come */
  size_t unit_codes;
  struct find_asked *asked; /* for each query */
  const char **source;      /* of the symbol table's units: their sources, without folders */
  size_t sources;
};

/* elf_find_names.c. Does a query name this function? `raw` as in the symbol table. */
bool find_name_matches(const char *wanted, const char *raw);
enum clone_kind { CLONE_WHOLE, CLONE_PART, CLONE_COLD };
enum clone_kind find_clone_kind(const char *raw);
/* Does the path end in, or equal, what was asked for? */
bool find_file_matches(const char *wanted, const char *path, const char *comp_dir);
/* Are both the same file, each as a unit that was compiled in comp_dir names it? */
bool find_same_file(const char *a, const char *b, const char *comp_dir);
const char *find_last_part(const char *path);
/* How far apart two names are, 0: equal; more than 3 is not near. */
int find_distance(const char *a, const char *b);

/* Keeps the name where it is near what query q asked for: not where very many are asked for at once. */
void find_note_near(struct finder *f, size_t q, const char *wanted, const char *name);

/* elf_find_symbols.c */
int find_read_symbols(struct finder *f);
void find_symbols(struct finder *f);
const struct find_function *find_function_at(const struct finder *f, uint64_t address);
void find_unnamed(struct finder *f);
/* The section of the name, or where that is NULL of the type, that has bytes in the file; NULL: none. */
Elf_Scn *find_section(Elf *elf, GElf_Word type, const char *wanted);
/* Is there code at an address? Not at what stands in place of one that the linker dropped. */
bool find_is_code(const struct finder *f, uint64_t address);
/* Says a place, with the body of the function that holds the address. */
void find_say_in_function(struct finder *f, struct find_spot *s, uint64_t address);

/* elf_find_folded.c: functions of different names that are one piece of code. */
int find_read_shared_starts(struct finder *f);
/* A unit has a body for the name, at `start`; 0: at no place that was kept. */
void find_note_defined(struct finder *f, const char *name, uint64_t start, const char *file, int line);
void find_note_said(struct finder *f, size_t query, uint64_t start);
void find_say_folded(struct finder *f);

/* elf_find_dwarf.c */
int find_dwarf(struct finder *f);

/* elf_find.c: room for one more in a list, which is doubled at each power of two; list: the address of the pointer to
 * it. Where there is no memory the reading process ends with FIND_NO_MEMORY, from which its asker knows. */
enum { FIND_NO_MEMORY = 3 };
void find_room(void *list, size_t count, size_t size);

/* elf_find.c: answers. `scope`: see elf_find.h. */
void find_say_spot(struct finder *f, const struct find_spot *s);
void find_say_gap(struct finder *f, size_t query, const char *what, const char *why);
void find_say_word(struct finder *f, char tag, size_t query, const char *text);
void find_say_twin(struct finder *f, size_t query, uint64_t start, const char *name);

#endif
