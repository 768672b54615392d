/* SPDX-License-Identifier: GPL-3.0-or-later */
/* dead.h: names that the source reads where the compiler made nothing of it: functions that no unit calls,
 * what stands behind `if (0 && …)`, arguments that a macro drops. Another configuration may compile it, so such a
 * read counts as one of an #if arm that was left out (rule 9).
 *
 * What the compiler made is told by the places of its instructions, before anything is optimised: a name in an
 * active line of a function is alive where an instruction that uses the variable stands at it, in the same part of
 * its statement, or where the call or macro that it is an argument of begins. */
#ifndef HARNESS_AUDIT_DEAD_H
#define HARNESS_AUDIT_DEAD_H

#include "harness/audit/ir.h"
#include "harness/audit/sources.h"

struct dead {
  struct intern names;
  struct map used;   /* "name@file" -> struct places: where instructions use it */
  struct map exact;  /* "line:column@file" -> any: an instruction stands there */
  struct map fields; /* struct type -> names of its fields as far as they were asked for */
  struct map asked;  /* names that are looked for, fields with a dot before them */
  struct sources *sources;
};

/* From units that are linked and not yet prepared, their debug types indexed. */
void dead_note(struct dead *d, struct program *p);
/* Names to look for. */
void dead_ask(struct dead *d, const char *name, bool is_field);
/* Notes what is read where nothing was made of it, for sources_inactive_read. */
void dead_find(struct dead *d, struct sources *s);
void dead_free(struct dead *d);

#endif
