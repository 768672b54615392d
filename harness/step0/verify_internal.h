/* SPDX-License-Identifier: GPL-3.0-or-later */
/* verify_internal.h: between the verify_*.c. */
#ifndef HARNESS_STEP0_VERIFY_INTERNAL_H
#define HARNESS_STEP0_VERIFY_INTERNAL_H

#include <limits.h>

#include "harness/step0/verify.h"

/* What the target is started with. */
struct target_args {
  char text[8][PATH_MAX];
  char *argv[10];
  char preload[PATH_MAX];
  int report[2]; /* pipe of the workload's counts, -1: none */
  int keep[2];
};
/* The command, or the workload with that many steps, held before execve. args starts zeroed with
 * report = { -1, -1 }. */
int verify_start_target(const struct verify_request *req, const struct verify_result *res, uint64_t ops,
                        struct target_args *args, struct child *child, struct error *err);

/* Fills objects, sites and copies of *res. -ENOENT: the name is unknown (advice: near ones). */
int verify_plan(const struct verify_request *req, struct verify_result *res, struct error *err);
/* Adds a place; its instruction is read. */
int verify_add_copy(struct verify_result *res, size_t object, const struct elf_place *place, enum point_role role,
                    size_t site, struct error *err);

/* One run of the target on one rung. */
struct verify_one {
  /* in */
  const struct rung *rung;
  struct probe_point *points;
  size_t count;
  uint64_t ops; /* of the workload */
  bool proof;   /* detach after enough hits or the deadline */
  /* out */
  bool counts_known;
  uint64_t run_ops, allocs, frees, tiny_frees;
  uint64_t proof_hits;
  double proof_ms, wall_s;
  char scope[RUNG_SCOPE_MAX];
  bool ended;
  int status;
};
/* -EACCES and other refusals of the rung leave the target unstarted: *refused is set then. */
int verify_one_run(const struct verify_request *req, const struct verify_result *res, struct verify_one *one,
                   bool *refused, struct error *err);

void verify_judge(const struct verify_request *req, struct verify_result *res);
/* Samples and the write watchpoint; failures are noted in the result, not returned. */
void verify_corroborate(const struct verify_request *req, struct verify_result *res);

/* A hit that stops the target costs ten times as much: fewer of them prove as well. */
enum { PROOF_HITS = 1000, PROOF_HITS_STOPPED = 100 };
#define PROOF_DEADLINE_S 1.0

#endif
