/* SPDX-License-Identifier: GPL-3.0-or-later */
/* project_compare.h: what is in a project's images, and what a gate changes in them. */
#ifndef HARNESS_PROJECT_PROJECT_COMPARE_H
#define HARNESS_PROJECT_PROJECT_COMPARE_H

#include "harness/core/error.h"
#include "harness/project/code_set.h"
#include "harness/project/project_build.h"

/* The functions and data of one image, from the objects that its link took. *lost: inputs that could not be kept,
 * so that what they hold is not known. ERROR_UNMEASURED where its link was not seen. */
int project_code(const struct project_tree *t, const char *image, struct code_set *set, struct words *lost,
                 struct error *err);

/* Builds a gate both ways and compares all images. */
struct project_difference {
  struct project_tree in, out;
  struct code_set_diff diff;
  size_t functions;   /* in the build with the gate */
  size_t image;       /* the first one whose code differs: where the gate is looked for */
  struct words other; /* images whose code differs, too */
  struct words lost;
};
int project_compare(const struct project *p, const struct project_gate *gate, struct project_difference *d,
                    struct error *err);
/* 0, or ERROR_UNMEASURED where nothing that was seen differs and not all was seen: there is nothing to arm or to time.
 */
int project_difference_known(const struct project_difference *d, struct error *err);
/* What of the difference is, or may be, elsewhere than in the image that the gate is looked for in: a zero there is
 * none of all. False: nothing. */
bool project_difference_elsewhere(const struct project_difference *d, char *text, size_t size);
void project_difference_free(struct project_difference *d);

#endif
