/* SPDX-License-Identifier: GPL-3.0-or-later */
/* project_images.h: a project's images of both builds, in layouts, and what runs them.
 *
 * Owns a scratch folder: images of each record of a campaign (a hexadecimal digit), of Step 0 (p: with the gate, q:
 * without, both as linked and with debug information), and a folder for each side in which commands run: a copy of
 * the files beside the project file, and what its drivers built against that side. */
#ifndef HARNESS_PROJECT_PROJECT_IMAGES_H
#define HARNESS_PROJECT_PROJECT_IMAGES_H

#include <stdbool.h>
#include <stdint.h>

#include "harness/core/words.h"
#include "harness/project/project_compare.h"
#include "harness/project/relink.h"

struct project_images {
  const struct project *project;
  const struct project_difference *builds;
  char *scratch;
  struct cache_hold *hold;  /* of it */
  struct relink *relink[2]; /* of each image; side 0: without the gate, 1: with it. NULL: as they were linked */
  size_t count;             /* images */
  bool relinked;
  char fixed_reason[400]; /* why they are not: "" where they are */
};

int project_images_open(struct project_images *im, const struct project *p, const struct project_difference *d,
                        struct error *err);
void project_images_close(struct project_images *im);

/* The images of a pair, each in its record's folder; side says which build. Common functions of both stand in the
 * same random order, which the seed decides. */
int project_images_place(struct project_images *im, uint64_t seed, const unsigned record[2], const unsigned side[2],
                         struct error *err);
/* As linked, with debug information, into p and q; path[side] of the first image, PATH_MAX each. */
int project_images_debug(struct project_images *im, size_t image, char (*path)[4096], struct error *err);

/* Words of hakmem-project-run for one side; record -1: Step 0. */
int project_images_command(const struct project_images *im, const struct project_workload *w, unsigned side, bool proof,
                           double timeout_s, struct words *argv, struct error *err);

#endif
