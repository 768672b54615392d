/* SPDX-License-Identifier: GPL-3.0-or-later */
/* project_build.h: one variant of somebody's project, built in a copy of its sources.
 *
 * Owns what an entry of a project in the cache (cache.h) holds: the copy (tree/), what its build did (capture/) and
 * said (build.log); its name is a hash of what it was made from. The source tree is read only. An entry is used
 * again while the sources, the build command and the variant are the same. The build command is the project file's own
 * shell command and runs as the invoking user. */
#ifndef HARNESS_PROJECT_PROJECT_BUILD_H
#define HARNESS_PROJECT_PROJECT_BUILD_H

#include <stdbool.h>
#include <stdint.h>

#include "harness/core/cache.h"
#include "harness/core/error.h"
#include "harness/project/capture.h"
#include "harness/project/project_file.h"

struct project_tree {
  char *folder;           /* of the variant, in the cache */
  char *tree;             /* the copy of the sources, built */
  char *log;              /* of the build */
  char hash[65];          /* of what it was made from */
  bool reused;            /* it was there already */
  double build_s;         /* how long the build took; NaN where it was there already */
  struct capture capture; /* what it compiled and linked */
  struct cache_hold *hold;
};

/* gate NULL: the project without any; in: with the gate's code, else without. A build that fails is
 * ERROR_UNMEASURED with its last lines; the log stays. */
int project_build(const struct project *p, const struct project_gate *gate, bool in, struct project_tree *t,
                  struct error *err);
void project_tree_free(struct project_tree *t);

/* The image's path in the built tree, absolute; ERROR_UNMEASURED where the build did not make it. */
int project_image_path(const struct project_tree *t, const char *image, char *path, size_t size, struct error *err);
/* A file that was in the sources, so that the build did not make it; also where this cannot be known. */
bool project_was_there(const struct project_tree *t, const char *path);

/* A new folder of our own in the project's cache, until *hold is released: what dead processes left there is removed.
 * *path of PATH_MAX. */
int project_scratch(const struct project *p, char *path, size_t size, struct cache_hold **hold, struct error *err);

/* The folder in the cache of all that is built of the project's sources; it need not be there. */
int project_cache(const struct project *p, char *path, size_t size, struct error *err);
/* Removes everything that was built for the project's sources; how many bytes that were, and how many entries stay
 * because a harness that runs uses them. */
int project_clean(const struct project *p, uint64_t *bytes, size_t *used, struct error *err);

#endif
