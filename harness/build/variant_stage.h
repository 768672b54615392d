/* SPDX-License-Identifier: GPL-3.0-or-later */
/* variant_stage.h: an image where another user's process can load it.
 *
 * Variants lie in the cache of whoever runs the harness, a folder that nobody else may enter. The
 * loader of a process of another user (--user) would pass such a library over without a word that
 * anybody reads, and Step 0 would see nothing run. */
#ifndef HARNESS_BUILD_VARIANT_STAGE_H
#define HARNESS_BUILD_VARIANT_STAGE_H

#include <limits.h>

#include "harness/core/error.h"

struct variant_stage {
  char path[PATH_MAX]; /* of the image for this user */
  char dir[64];        /* a folder of our own, "" where the image is used where it is */
};

/* user NULL: who the workload runs as anyway, and the image stays where it is. */
int variant_stage_open(struct variant_stage *s, const char *image, const char *user, struct error *err);
/* Always a copy, executable where the file is: what others set into the file (uprobes, breakpoints) does
 * not reach who runs the copy. */
int variant_stage_copy(struct variant_stage *s, const char *image, struct error *err);
void variant_stage_close(struct variant_stage *s);

#endif
