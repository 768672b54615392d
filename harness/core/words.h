/* SPDX-License-Identifier: GPL-3.0-or-later */
/* words.h: splits a command line into words, without a shell: blanks separate, '…' keeps all,
 * "…" keeps all but \" and \\, a backslash outside of quotes keeps the next character. Nothing is
 * expanded: no variables, no globs, no substitution. */
#ifndef HARNESS_CORE_WORDS_H
#define HARNESS_CORE_WORDS_H

#include <stddef.h>

#include "harness/core/error.h"

struct words {
  char **word; /* NULL-terminated */
  size_t count;
};

/* Appends; -EINVAL on an open quote or a trailing backslash. */
int words_split(struct words *w, const char *text, struct error *err);
int words_add(struct words *w, const char *format, ...) __attribute__((format(printf, 2, 3)));
void words_free(struct words *w);

#endif
