/* SPDX-License-Identifier: GPL-3.0-or-later */
/* capture.h: what a build compiled and linked, seen by hooks in the compiler's own search path.
 *
 * Owns the capture folder (hooks/, log/, keep/), the environment that makes a build pass through it, and
 * reading what capture_hook.c wrote there. The log is a build's, so it is somebody's data: every word of it is
 * checked, and nothing that it names is run. */
#ifndef HARNESS_PROJECT_CAPTURE_H
#define HARNESS_PROJECT_CAPTURE_H

#include <stdbool.h>
#include <stddef.h>

#include "harness/core/error.h"
#include "harness/core/words.h"

enum {
  CAPTURE_LOG_BYTES_MAX = 16 << 20, /* of one command's log: Linux gives a command 2 MB by default */
  CAPTURE_LOGS_MAX = 1 << 17,
};

struct capture_link {
  char *folder, *linker, *output;   /* where it ran, what ran, what -o named */
  struct words words;               /* the linker's arguments, without its own name */
  struct words kept;                /* of each word the kept copy, "" where it is no input or could not be kept */
  double when_s;                    /* mtime of its log */
  unsigned long long device, inode; /* of what it made; 0: not known */
};

struct capture_unit {
  char *folder, *compiler; /* where it ran; the compiler proper */
  struct words words;      /* its arguments, without its own name */
};

struct capture {
  struct capture_link *link; /* in the order of time */
  struct capture_unit *unit; /* compiles that a link may have used, in no order */
  size_t links, units;
  size_t damaged; /* logs that were cut off or are not what the hook writes */
};

/* Makes folder/hooks, log and keep, all new; hook is the path of hakmem-capture. */
int capture_prepare(const char *folder, const char *hook, struct error *err);
/* NAME=VALUE words for a build in `tree`, whose images have these names (their last parts count). */
int capture_environment(struct words *env, const char *folder, const char *tree, char *const *images, size_t count,
                        struct error *err);
int capture_read(struct capture *c, const char *folder, struct error *err);
void capture_free(struct capture *c);

/* The last link whose output is this file (by its real path), else the only one of that name, else the last whose
 * output was renamed to it, or copied (stripped, too); NULL. */
const struct capture_link *capture_find(const struct capture *c, const char *image_path);
/* The source that a compile names: its last word that is a file and no option's value; NULL: none. */
const char *capture_source(const struct capture_unit *u);
/* The kept objects and archives of a link, in their order; names of what could not be kept into *lost. */
int capture_inputs(const struct capture_link *link, struct words *objects, struct words *lost);
/* The objects and archives in the tree that a link named, by their paths in it, where they are still there. */
int capture_named(const struct capture_link *link, const char *tree, struct words *paths);
/* Shared libraries in the tree that a link took, by their paths in it. */
int capture_libraries(const struct capture_link *link, const char *tree, struct words *paths);
/* An archive that names files instead of holding them: its copy is of no use elsewhere. */
bool capture_is_thin(const char *path);

#endif
