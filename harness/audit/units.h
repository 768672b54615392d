/* SPDX-License-Identifier: GPL-3.0-or-later */
/* units.h: what the program consists of, and its compilation to bitcode.
 *
 * Units come from compile_commands.json, from HAKMEM's own recipe, or are bitcode files. Of the
 * recorded commands only what changes the meaning of the source is kept (-D -I -std -m…), so that
 * commands for other compilers serve. A unit that cannot be compiled is kept with its reason. */
#ifndef HARNESS_AUDIT_UNITS_H
#define HARNESS_AUDIT_UNITS_H

#include <stdbool.h>
#include <stddef.h>

#include "harness/audit/audit.h"
#include "harness/core/words.h"

struct unit {
  char *file;      /* absolute */
  char *directory; /* where its command runs */
  struct words flags;
  char *bitcode;      /* path, NULL where it failed */
  char *preprocessed; /* path of clang -E -dD, NULL for bitcode input */
  char *failure;      /* NULL: compiled */
  bool foreign;       /* of another language: it can only touch what it can name */
  bool again;         /* the file once more, under other words */
  bool shared, exports;
  bool own_bitcode; /* given by the user, not made by us */
  size_t made_of;   /* of a second configuration: index of the unit that it is of */
  bool fewer;       /* and whether it takes fewer words than others */
};

struct units {
  struct unit *unit;
  size_t count;
  char *root;           /* folder that file names are shown relative to */
  char *work;           /* temporary folder */
  struct words notes;   /* what was left out, in sentences */
  struct words unknown; /* words that may have changed what the source means */
};

/* Collects (without compiling). */
int units_collect(struct units *u, const struct audit_options *o, struct error *err);
/* Compiles each with clang; failures are recorded per unit, only a missing clang is an error. */
int units_compile(struct units *u, struct error *err);
/* The same units under further words of a second configuration (fewer: where a unit does not compile with all of
 * them); how many of them are other code then. A unit that compiles with neither stays as it is.
 * 1: it would cost too much. */
int units_again(struct units *other, const struct units *u, const struct words *words, const struct words *fewer,
                size_t *differ, struct error *err);
/* Frees, and removes the temporary folder. */
void units_free(struct units *u);

#endif
