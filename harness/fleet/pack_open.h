/* SPDX-License-Identifier: GPL-3.0-or-later */
/* pack_open.h: a pack that somebody else may have made, opened and checked, but nothing of it run. */
#ifndef HARNESS_FLEET_PACK_OPEN_H
#define HARNESS_FLEET_PACK_OPEN_H

#include "harness/core/results.h"
#include "harness/data/pack_plan.h"
#include "harness/fleet/pack_archive.h"

/* Members by what they are. */
#define PACK_PLAN_MEMBER "pack.json"
#define PACK_RUNNER_MEMBER "runner" /* static, for all kinds */
#define PACK_MARKED_MEMBER "marked.so"
#define PACK_BENCH_MEMBER "bench" /* hakmem-bench, for libraries, and for Step 0 of gates */
#define PACK_LIBRARY_A "a.so"
#define PACK_LIBRARY_B "b.so"
#define PACK_PROJECT_MEMBER "project-run" /* static hakmem-project-run */

struct pack {
  struct pack_archive archive;
  struct pack_plan plan;
};

/* Every member is in the plan with its size and SHA-256, and the other way round; the plan is one that can be run.
 * ERROR_USAGE with what is wrong. */
int pack_open(struct pack *p, const char *path, struct error *err);
void pack_close(struct pack *p);
/* Of a project's plan, pack_project_run.c: NULL, or what is wrong in it. */
const char *pack_project_fault(const struct pack *p);
bool pack_has(const struct pack *p, const char *name, bool executable);
/* NAME=VALUE that a measured program may get: the loader's own are not for a pack to set. */
bool pack_env_fits(const char *text);
/* *out has been seen by fields_init. */
int pack_summarise(const struct pack *p, const char *path, struct pack_summary *out, struct error *err);
/* Whether this machine and this harness can run it: ERROR_UNMEASURED. */
int pack_fits(const struct pack *p, struct error *err);
/* Members into an empty folder of ours, none of them through a link. */
int pack_unpack(const struct pack *p, struct results *folder, struct error *err);
/* One of them as name, which is not there yet: 0 or a negative errno. */
int pack_write_file(const struct pack_file *f, int dir_fd, const char *name);
/* And out of it again. */
void pack_remove(const struct pack *p, struct results *folder);

#endif
