/* SPDX-License-Identifier: GPL-3.0-or-later */
/* identifier.h: names that become names of files, of columns and of parts of a page.
 *
 * An identifier has letters, digits and `.`, `_`, `-`, `,`, `+`, does not begin with a dot, and is not
 * empty. What foreign files call by another name gets an identifier made of it where it enters. */
#ifndef HARNESS_CORE_IDENTIFIER_H
#define HARNESS_CORE_IDENTIFIER_H

#include <stdbool.h>
#include <stddef.h>

bool identifier_is(const char *text);
/* text with a `_` for each character that may not be, cut to what fits. */
void identifier_make(char *buf, size_t size, const char *text);

#endif
