/* SPDX-License-Identifier: GPL-3.0-or-later */
/* project_units.h: the compiles that an image came of, as a compiler's driver would be told them. */
#ifndef HARNESS_PROJECT_PROJECT_UNITS_H
#define HARNESS_PROJECT_PROJECT_UNITS_H

#include "harness/core/error.h"
#include "harness/project/project_build.h"

struct project_unit {
  char *source, *folder;
  struct words words; /* "cc", then what was said of the source */
};

struct project_units {
  struct project_unit *unit;
  size_t count;
};

/* Those whose source is there and named by an object of the image; conftest.c of a configure is neither.
 * ERROR_UNMEASURED where no compile was seen (clang), or the link was not. */
int project_units_read(struct project_units *units, const struct project_tree *t, const char *image, struct error *err);
void project_units_free(struct project_units *units);

#endif
