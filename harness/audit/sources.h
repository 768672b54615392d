/* SPDX-License-Identifier: GPL-3.0-or-later */
/* sources.h: the source texts as the preprocessor sees them: the #if conditions a line stands
 * under, which arms this configuration leaves out, and what is read there (rule 9). */
#ifndef HARNESS_AUDIT_SOURCES_H
#define HARNESS_AUDIT_SOURCES_H

#include <stdbool.h>

#include "harness/audit/map.h"
#include "harness/audit/units.h"

struct source_line {
  char *text;       /* without comments and strings' contents, continuation lines kept apart */
  const char *gate; /* conditions joined by " && ", NULL: none */
  int arm;          /* innermost arm, -1: none */
  bool active;      /* some unit's preprocessed text has it */
};

struct source_arm {
  int parent;
  bool has_text, active;
};

struct source_file {
  const char *name; /* as rows show it */
  char *path;
  struct source_line *line;
  size_t count;
  struct source_arm *arm;
  size_t arm_count;
};

struct source_use {
  const char *file;
  unsigned line;
  const char
      *type; /* of whose field it is: "struct T", or "T" of a typedef, with ".member" behind it; NULL: not clear */
  enum source_why { WHY_ARM, WHY_DROPPED, WHY_DEAD } why; /* an arm, an argument that a macro drops, dead.h */
  struct source_use *next;                                /* of the same name elsewhere */
};

struct sources {
  struct source_file **file;
  size_t count;
  struct map by_name;  /* interned name -> file */
  struct map paths;    /* interned path as the compiler writes it -> file, or NULL for none */
  struct map inactive; /* interned word, ".word" for fields -> struct source_use */
  struct map macros;   /* interned name -> struct macro, the active definition */
  struct intern names;
  struct sources *other; /* of a second configuration, whose compiled lines are read there; NULL: there is none */
};

/* Files and active lines, from the preprocessed units. */
void sources_load(struct sources *s, const struct units *u);
/* Bitcode was not preprocessed by us: its debug locations show which lines are active. False: the
 * file is not there. */
bool sources_mark(struct sources *s, const struct units *u, const char *file, unsigned line);
/* Once all is marked: arms, names read in those left out, macros. */
void sources_settle(struct sources *s);
void sources_free(struct sources *s);
/* Conditions that compile the atomic on this line in or out; NULL: none. */
const char *sources_gate(struct sources *s, const char *file, unsigned line);
/* Where a left-out arm reads the name, and the second configuration, if there is one, does not compile that;
 * NULL: nowhere. after: the next one behind that one. only_file: the name means this variable in
 * that file alone; NULL: everywhere. may_be: says whether a use's type may be the one whose field is
 * meant; NULL: any may. */
const struct source_use *sources_inactive_read(struct sources *s, const char *name, bool is_field,
                                               const char *only_file, bool (*may_be)(void *arg, const char *type),
                                               void *arg, const struct source_use *after);

/* The length of the macro's name that the text of a line defines, 0: none; *line then is at the name. */
size_t sources_defined_name(const char **line);
/* A name of length n at `at` of a text that this build leaves out, of a line (from 0) of the file. */
void sources_note_read(struct sources *s, struct source_file *f, size_t line, const char *text, const char *at,
                       size_t n);

/* The same where the compiler made nothing of it. */
void sources_note_dead(struct sources *s, struct source_file *f, size_t line, const char *text, const char *at,
                       size_t n);
/* Whether the name is one of the function's own there, which begins at line `from`: a parameter, a local. */
bool sources_is_local(struct sources *s, const struct source_file *f, size_t from, size_t line, const char *name,
                      size_t n);
bool sources_left_out(const struct source_file *f, size_t line);

/* source_scan.c: reads and splits one file. */
bool source_scan(struct sources *s, struct source_file *f);
/* sources_words.c: fills inactive and macros of scanned files. */
void sources_words(struct sources *s);

#endif
