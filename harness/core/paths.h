/* SPDX-License-Identifier: GPL-3.0-or-later */
/* paths.h: folders by name.
 *
 * Owns mkdir -p and the folders in which we keep things for the invoking user. Folders of one measurement are in
 * results.h, our own installed files in locate.h. */
#ifndef HARNESS_CORE_PATHS_H
#define HARNESS_CORE_PATHS_H

#include <stddef.h>
#include <sys/types.h>

#include "harness/core/error.h"

/* mkdir -p. Folders that we make as root belong to uid and gid. `what` is how the error calls it:
 * "the results folder"; NULL: nothing. */
int path_make_folders(const char *path, const char *what, uid_t uid, gid_t gid, struct error *err);
/* The same for the invoking user. */
int path_make_user_folders(const char *path, const char *what, struct error *err);

enum path_base {
  PATH_CACHE, /* $XDG_CACHE_HOME or ~/.cache */
  PATH_STATE, /* $XDG_STATE_HOME or ~/.local/state */
};
/* base/name of the invoking user, also under sudo; not made. uid and gid are that user's. */
int path_user_folder(enum path_base base, const char *name, char *path, size_t size, uid_t *uid, gid_t *gid,
                     struct error *err);

#endif
