/* SPDX-License-Identifier: GPL-3.0-or-later */
/* names.h: what is said about a name that nobody has: the names that look like it. */
#ifndef HARNESS_CORE_NAMES_H
#define HARNESS_CORE_NAMES_H

#include <stdbool.h>
#include <stddef.h>

#include "harness/core/error.h"

/* The (at most three) nearest of a NULL-terminated list, as "a, b, c" into buf. */
const char *names_near(const char *const *names, const char *name, char *buf, size_t size);

/* Raises ERROR_USAGE, -ENOENT: "no WHAT 'NAME'; near: a, b, c". */
int names_unknown(struct error *err, const char *what, const char *name, const char *const *names);

/* "a,b" among a NULL-terminated list: chosen, one for each of it; text NULL: all. A name that is none: as above. */
int names_choose(const char *text, const char *what, const char *const *names, bool *chosen, struct error *err);

#endif
