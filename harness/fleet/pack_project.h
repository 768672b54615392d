/* SPDX-License-Identifier: GPL-3.0-or-later */
/* pack_project.h: the part of a pack that is a gate of somebody's project.
 *
 * Layouts are a linker's work, so they are made where the pack is: a number of pairs of images, of which each measured
 * pair takes one at random. Beside them go the image of Step 0 with the places to arm, the workload's words, and the
 * files of the folder that it runs in. What else it starts (a client, an interpreter) has to be on the machine. */
#ifndef HARNESS_FLEET_PACK_PROJECT_H
#define HARNESS_FLEET_PACK_PROJECT_H

#include <limits.h>

#include "harness/ab/ab_run.h"
#include "harness/fleet/pack_builder.h"
#include "harness/fleet/pack_open.h"

/* Pairs of images, where they are not too large; with so many the layouts' share of an estimate's error is a sixth of
 * what one layout's is. */
enum { PACK_LAYOUTS_MAX = 40 };
#define PACK_LAYOUT_BYTES_MAX ((size_t)96 << 20)

/* Members and the plan's project, subject and steps aside; p has been through Step 0. */
int pack_project_add(struct pack_builder *b, const struct ab_project *p, const struct ab_result *r, struct error *err);

/* "l0.a1": image 1 of side a in layout 0. */
enum { PACK_LAYOUT_NAME = 48 };
void pack_project_layout_member(char name[PACK_LAYOUT_NAME], int64_t layout, unsigned side, size_t image);
/* VALUE of a word KEY=VALUE of hakmem-project-run; NULL: it is of another key. */
const char *pack_project_value(const char *word, const char *key);

/* A project's pack where it was unpacked: folders of images and of files, removed again by pack_project_close. */
struct pack_project_run {
  const struct pack *pack;
  char folder[PATH_MAX];
  struct words argv[2]; /* of hakmem-project-run, by side */
  struct words proof;   /* of Step 0 */
};
/* unpacked: the folder with the members. ERROR_MISSING: a program that it needs is not here. */
int pack_project_open(struct pack_project_run *u, const struct pack *p, const char *unpacked, struct error *err);
void pack_project_close(struct pack_project_run *u);
/* As campaign_spec.place. */
int pack_project_place(void *run, uint64_t seed, const unsigned record[2], const unsigned side[2], struct error *err);
/* Step 0 here. */
int pack_project_step0(struct pack_project_run *u, char *const *env, const char *user, struct ab_step0 *step0,
                       enum project_step0 *answer, char *reason, size_t size, struct error *err);
bool pack_project_is_server(const struct pack *p);

#endif
