/* SPDX-License-Identifier: GPL-3.0-or-later */
/* tree.h: folders of files, below one that we own.
 *
 * Nothing here follows a symbolic link, so a build that leaves links behind can neither be read nor removed
 * through them. */
#ifndef HARNESS_CORE_TREE_H
#define HARNESS_CORE_TREE_H

#include <stdint.h>

#include "harness/core/content_hash.h"
#include "harness/core/error.h"

/* Adds the name, size, mode and time of every file below path to the hash: what tells that sources changed.
 * .git is left out. */
int tree_add_to_hash(const char *path, struct content_hash *hash, struct error *err);
/* Adds what is in the files at or below path, with their names: what tells that any of them was changed. Files of this
 * name (NULL: none) and those that begin with a dot are left out. -ENOENT: there is nothing. */
int tree_add_content_to_hash(const char *path, const char *without, struct content_hash *hash, struct error *err);
/* Bytes on disk below path; 0 where it is not there. */
uint64_t tree_bytes(const char *path);
/* Removes it and all below; 0 also where it is not there. */
int tree_remove(const char *path, struct error *err);

#endif
