/* SPDX-License-Identifier: GPL-3.0-or-later */
/* paths.h: folders by name.
 *
 * Owns mkdir -p and the folders in which we keep things for the invoking user. Folders of one measurement are in
 * results.h, our own installed files in locate.h. */
#ifndef HARNESS_CORE_PATHS_H
#define HARNESS_CORE_PATHS_H

#include <stddef.h>

#include "harness/core/error.h"

/* mkdir -p. `what` is how the error calls it: "the results folder"; NULL: nothing. */
int path_make_folders(const char *path, const char *what, struct error *err);
/* The folder alone to us while the descriptor is open that is returned; ERROR_UNMEASURED where another process has it.
 * what: "a report". */
int path_lock_folder(const char *path, const char *what, struct error *err);

enum path_base {
  PATH_CACHE, /* $XDG_CACHE_HOME or ~/.cache */
  PATH_STATE, /* $XDG_STATE_HOME or ~/.local/state */
};
/* base/name of the user that we are; not made. ERROR_MISSING where the user has no home: a folder that others may
 * write to does not stand in for it. */
int path_user_folder(enum path_base base, const char *name, char *path, size_t size, struct error *err);
/* Makes a folder of path_user_folder's, or one below it; where that cannot be, the advice names the variables. */
int path_make_user_folder(const char *path, const char *what, struct error *err);

/* What is executed or believed from a folder must not be another user's. 0; ERROR_REFUSED where the folder is not
 * ours, everybody may write to it, or somebody else can put another one in its place. It must be there. */
int path_check_ours(const char *path, struct error *err);

#endif
