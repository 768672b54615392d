/* SPDX-License-Identifier: GPL-3.0-or-later */
/* project_gated.h: a gate of somebody's project, from its file to the places that Step 0 arms. */
#ifndef HARNESS_PROJECT_PROJECT_GATED_H
#define HARNESS_PROJECT_PROJECT_GATED_H

#include <stdbool.h>

#include "harness/core/error.h"
#include "harness/project/gated_lines.h"
#include "harness/project/project_file.h"
#include "harness/project/project_images.h"

/* As `verify` takes them: the gated lines that have code, in a table that names files below root; where there is none,
 * the functions that differ, and those that are new. */
int project_places(const struct gated_lines *lines, const char *root, const struct words *const function[2],
                   struct words *line, struct words *symbol, struct error *err);

/* How a line was found, as diff+text, and back; 0: none of them. */
const char *gated_by_name(unsigned by);
unsigned gated_by_of(const char *text);

struct project_gated {
  struct project file;
  const struct project_gate *gate;
  const struct project_workload *workload; /* NULL: not asked for, and there is not exactly one */
  struct project_difference builds;
  struct project_images images;
  struct gated_lines lines; /* none where the builds are identical */
  char image[2][4096];      /* the first image without and with the gate, with debug information */
  bool built, opened, found;
};

/* gate, workload NULL: the only one. ask_workload: there has to be one. */
int project_gated_open(struct project_gated *g, const char *file, const char *gate, const char *workload,
                       bool ask_workload, struct error *err);
void project_gated_close(struct project_gated *g);

/* The user's word for the gate: "telemetry", "correctness", NULL. */
const char *project_class_name(enum project_class user_class);

/* How many requests the last run of Step 0 was asked that the server answered; 0: none, or not known. */
uint64_t project_requests(const struct project_images *im);

#endif
