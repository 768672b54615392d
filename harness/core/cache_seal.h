/* SPDX-License-Identifier: GPL-3.0-or-later */
/* cache_seal.h: whether what lies in the cache is still what was put there.
 *
 * An entry's name is a hash of what it was made from; what lies under it may have been cut by a full disk or changed by
 * anybody. The last file that a build writes names the parts that later runs rely on, with the hash of their content;
 * an entry that does not fit it is none, and is built anew. */
#ifndef HARNESS_CORE_CACHE_SEAL_H
#define HARNESS_CORE_CACHE_SEAL_H

#include <stdbool.h>
#include <stddef.h>

#include "harness/core/error.h"
#include "harness/core/words.h"

/* Of the file in the entry, which is written when its build ends. */
extern const char cache_seal_name[];

/* parts: files and folders of the entry, "." for all; what: one line for people that says what this is. */
int cache_seal(const char *dir, const struct words *parts, const char *what, struct error *err);

enum cache_state { CACHE_WHOLE, CACHE_DAMAGED, CACHE_UNFINISHED /* without a seal */ };
/* Its line for people, "" where it cannot be read; what may be NULL. Negative errno where it was interrupted. */
int cache_seal_check(const char *dir, enum cache_state *state, char *what, size_t size, struct error *err);
/* Whole; no entry, another user's or a link in its place: not. */
bool cache_sealed(const char *dir);

#endif
