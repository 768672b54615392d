/* SPDX-License-Identifier: GPL-3.0-or-later */
/* elf_find.h: where functions and lines of an object are: every place of each, and what could not be
 * read.
 *
 * Symbols and debug information are read with libdwfl in a process of its own (elfutils reads beyond
 * its buffers where .debug_line is damaged), from the object itself, .gnu_debugdata, .gnu_debuglink,
 * the build-id tree, and debuginfod where that is configured. All questions are answered in one pass.
 * What was not there to read is a gap: a place that was not found is not known to be absent then. */
#ifndef HARNESS_STEP0_ELF_FIND_H
#define HARNESS_STEP0_ELF_FIND_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "harness/core/error.h"
#include "harness/step0/elf_object.h"

enum find_kind { FIND_SYMBOL, FIND_LINE };

struct find_query {
  enum find_kind kind;
  const char *name; /* function: as in the symbol table or demangled; line: the file, or the end of its path */
  int line;
};

enum spot_kind {
  SPOT_ENTRY,    /* of a function, or of a clone that is a whole function */
  SPOT_PART,     /* of a part that was split off: not every call comes here */
  SPOT_COLD,     /* of a part by its own name: ranges that are jumped into */
  SPOT_IFUNC,    /* of a resolver: its implementations are what runs */
  SPOT_INLINED,  /* a copy within another function: ranges, and an entry where it is known */
  SPOT_ROW,      /* a row of the line table with code of its own */
  SPOT_ROW_BARE, /* a row without code of its own, or which begins no statement */
};

struct code_range {
  uint64_t start, end;
};

struct find_spot {
  size_t query;
  enum spot_kind kind;
  uint64_t address; /* 0 for SPOT_INLINED: its entry is not told */
  uint64_t scope;   /* rows of one function or inlined copy share it */
  int line;         /* of the function, of the call that was inlined, or of the row; 0: unknown */
  bool plain;       /* compiled without optimisation, as its unit says (gcc) */
  char *file, *function;
  struct code_range *range; /* its code: of an inlined copy, of a row */
  size_t ranges;
  struct code_range *body; /* of the function that the place is in, and of what was split off it */
  size_t bodies;
};

struct find_gap {
  size_t query;
  char what[48], why[200];
};

struct find_word {
  size_t query;
  char *text;
};

/* Another function that the code of the one which begins at `start` is of, too. */
struct find_twin {
  size_t query;
  uint64_t start;
  char name[96];
};

struct find_result {
  struct find_spot *spot;
  size_t spots;
  struct find_gap *gap;
  size_t gaps;
  struct find_word *near; /* names, or lines of the file, that are near those which were not found */
  size_t nears;
  struct find_word *file; /* that a line's file name stands for; several are ambiguous */
  size_t files;
  struct find_word *removed; /* by the linker */
  size_t removals;
  struct find_twin *twin;
  size_t twins;
};

/* 0 also where nothing was found. -ENOEXEC: symbols or debug information are damaged. *r must be freed
 * in any case. */
int elf_find(const struct elf_object *o, const struct find_query *query, size_t count, struct find_result *r,
             struct error *err);
void elf_find_free(struct find_result *r);
/* What is behind the name of a clone as the symbol table has it: "" (none), "@V", ".part.0", ".cold" …; a pointer
 * into raw (elf_find_names.c). */
const char *find_clone_suffix(const char *raw);

#endif
