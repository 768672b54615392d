/* SPDX-License-Identifier: GPL-3.0-or-later */
/* verify_internal.h: between the verify_*.c. */
#ifndef HARNESS_STEP0_VERIFY_INTERNAL_H
#define HARNESS_STEP0_VERIFY_INTERNAL_H

#include <limits.h>

#include "harness/step0/elf_find.h"
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

/* Fills objects, sites and copies of *res. */
int verify_plan(const struct verify_request *req, struct verify_result *res, struct error *err);
/* The places that --usdt, --symbol and --line name, in object 0 (verify_places.c). */
int verify_plan_places(const struct verify_request *req, struct verify_result *res, struct error *err);

/* verify_points.c */
int verify_add_object(struct verify_result *res, const char *path, size_t *index, struct error *err);
struct verify_site *verify_add_site(struct verify_result *res, const char *name, const struct gate *gate,
                                    struct error *err);
/* A copy without places yet, the last of res->copy; NULL: no memory. */
struct verify_copy *verify_add_copy(struct verify_result *res, enum point_role role, size_t site, struct error *err);
/* Adds a place to the last copy; its instruction is read. body: of its function, where known, for a
 * neighbour of an instruction that cannot carry a probe. */
int verify_add_term(struct verify_result *res, size_t object, const struct elf_place *place, int weight,
                    const struct code_range *body, size_t bodies, struct error *err);
/* A copy of one place. */
int verify_add_place(struct verify_result *res, size_t object, const struct elf_place *place, enum point_role role,
                     size_t site, struct error *err);
void verify_add_gap(struct verify_result *res, size_t site, const char *what, const char *why, ...)
    __attribute__((format(printf, 4, 5)));
/* The first place of a copy. */
static inline struct probe_point *verify_first_point(const struct verify_result *res, const struct verify_copy *c) {
  return &res->point[c->term[0].point];
}

/* One run of the target on one rung. */
struct verify_one {
  /* in */
  const struct rung *rung;
  struct probe_point *points;
  size_t count;
  const bool *is_site; /* of each: counts for a proof; NULL: all do */
  uint64_t ops;        /* of the workload */
  bool proof;          /* detach after enough hits or the deadline */
  pid_t *target_pid;   /* where that is told, for who survives us; NULL: nowhere */
  /* out */
  bool counts_known;
  uint64_t run_ops, allocs, frees, tiny_frees;
  uint64_t proof_hits;
  double proof_ms, wall_s;
  struct rung_scope scope;
  bool ended;
  int status;
};
/* -EACCES and other refusals of the rung leave the target unstarted: *refused is set then. */
int verify_one_run(const struct verify_request *req, const struct verify_result *res, struct verify_one *one,
                   bool *refused, struct error *err);

/* The same in a process of its own: it takes everything back when this one ends, of whatever. */
int verify_guarded_run(const struct verify_request *req, const struct verify_result *res, struct verify_one *one,
                       bool *refused, struct error *err);

/* Wall time of the workload with nothing armed, NaN where it failed. */
double verify_plain_run(const struct verify_request *req, const struct verify_result *res, uint64_t ops);

/* verify_others.c. The workload's two files as copies of our own, where that can be: req then names them. */
void verify_stage(struct verify_request *req, struct verify_result *res);
void verify_unstage(struct verify_result *res);
/* Where object 0 lies for who asked; NULL: there is none. */
const char *verify_object_path(const struct verify_result *res);
/* Before a uprobe is set: who else has the place mapped; said where it is somebody. */
void verify_look_at_others(const struct verify_request *req, struct verify_result *res);
/* false: there is nothing to say. */
bool verify_others_text(const struct verify_result *res, char *text, size_t size);

void verify_judge(const struct verify_request *req, struct verify_result *res);
/* Samples and the write watchpoint; failures are noted in the result, not returned. */
void verify_corroborate(const struct verify_request *req, struct verify_result *res);

/* A hit that stops the target costs ten times as much: fewer of them prove as well. */
enum { PROOF_HITS = 1000, PROOF_HITS_STOPPED = 100 };
#define PROOF_DEADLINE_S 1.0
/* How long what the target left running (a daemon) is waited for. */
#define VERIFY_GRACE_S 2.0

#endif
