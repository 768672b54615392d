/* SPDX-License-Identifier: GPL-3.0-or-later */
/* checks.h: what macros of this build throw away: assert() under NDEBUG, a CHECK() that is nothing here.
 *
 * Their other state is a configuration that is not compiled, so what they name is read there (rule 9). */
#ifndef HARNESS_AUDIT_CHECKS_H
#define HARNESS_AUDIT_CHECKS_H

#include "harness/audit/map.h"
#include "harness/audit/sources.h"

/* Macros that a unit defines, with which parameters their text drops; from its preprocessed text (-dD). */
struct checks {
  struct map macros; /* interned name -> struct check_macro */
  struct intern names;
};
void checks_load(struct checks *c, const char *preprocessed);
/* Adds the names in arguments that macros drop, of a file's compiled lines, to those that left-out arms read. */
void checks_find(struct checks *c, struct sources *s);
void checks_free(struct checks *c);

#endif
