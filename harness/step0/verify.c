/* SPDX-License-Identifier: GPL-3.0-or-later */
/* verify.c: the order of things; see verify.h. */
#include "harness/step0/verify.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "harness/core/progress.h"
#include "harness/step0/verify_internal.h"
#include "harness/workloads/workload.h"

/* Steps of the counting run on the built-in workload; the other one does half of it. */
enum { COUNT_OPS = 40000 };

static void note_refusal(struct verify_result *res, const struct rung *rung, const struct error *err) {
  if (res->refusals == VERIFY_REFUSALS_MAX) return;
  struct verify_refusal *r = &res->refused[res->refusals++];
  snprintf(r->method, sizeof r->method, "%s", rung->name);
  snprintf(r->reason, sizeof r->reason, "%.399s", err->text);
  snprintf(r->advice, sizeof r->advice, "%.299s", err->advice);
  r->code = err->code;
}

/* Which of the places this rung arms: all, less what it has no room or no way for. */
static size_t choose_points(const struct verify_result *res, const struct rung *rung, struct probe_point *out,
                            size_t *index, struct error *err) {
  bool registers = strcmp(rung->name, "hw-breakpoint") == 0, counter = strcmp(rung->name, "built-in-counter") == 0;
  bool uprobe = rung->follow == NULL;
  size_t n = 0, sites = 0;
  if (!uprobe && res->object[0].changes_user) {
    error_set(err, -EPERM, "%s: %.200s is set-uid or set-gid: traced by you it would run without that right",
              rung->name, res->object[0].path);
    error_advise(err, "run hakmem-harness with sudo");
    return 0;
  }
  for (size_t i = 0; i < res->copies; i++) sites += res->copy[i].role == POINT_SITE;
  for (size_t i = 0; i < res->copies; i++) {
    const struct verify_copy *c = &res->copy[i];
    if (counter &&
        (c->role != POINT_SITE || (i > 0 && res->copy[i - 1].role == POINT_SITE && res->copy[i - 1].site == c->site)))
      continue; /* one counter for all copies of a site */
    if (registers && c->role != POINT_SITE && (sites >= 4 || n >= 4)) continue;
    if (registers && c->role == POINT_SENTINEL && res->sentinel_exact) continue; /* too many copies */
    if (uprobe && c->point->insn.no_uprobe) {
      error_set(err, -EOPNOTSUPP, "%s: the kernel sets no uprobe on `%s`", rung->name, c->point->insn.text);
      error_advise(err, "name the line or function before it, or use --method ptrace-int3");
      return 0;
    }
    out[n] = *c->point;
    index[n++] = i;
  }
  if (n == 0) error_set(err, -ENOTSUP, "%s: nothing to arm", rung->name);
  return n;
}

static bool failed(int status) { return !WIFEXITED(status) || WEXITSTATUS(status) != 0; }

/* Runs once and moves the hits into res->copy[].half_hits or .hits. */
static int run_and_collect(const struct verify_request *req, struct verify_result *res, struct verify_one *one,
                           bool half, bool *refused, struct error *err) {
  struct probe_point *points = calloc(res->copies, sizeof *points);
  size_t *index = calloc(res->copies, sizeof *index);
  int rc = points == NULL || index == NULL ? error_set_errno(err, -ENOMEM, "places") : 0;
  if (rc == 0) {
    one->count = choose_points(res, one->rung, points, index, err);
    *refused = one->count == 0;
    rc = one->count == 0 ? err->code : 0;
  }
  if (rc == 0) {
    /* runs see the armed subset under the indices of the whole: site_hits() wants roles */
    struct verify_result view = *res;
    struct verify_copy *copies = calloc(one->count, sizeof *copies);
    for (size_t i = 0; copies != NULL && i < one->count; i++) copies[i] = res->copy[index[i]];
    view.copy = copies;
    view.copies = one->count;
    one->points = points;
    rc = copies == NULL ? error_set_errno(err, -ENOMEM, "places") : verify_one_run(req, &view, one, refused, err);
    free(copies);
  }
  if (rc == 0)
    for (size_t i = 0; i < one->count; i++) {
      struct verify_copy *c = &res->copy[index[i]];
      if (half) c->half_hits = points[i].hits;
      else {
        c->hits = points[i].hits;
        c->total += points[i].hits;
      }
      c->point->measured = points[i].measured;
    }
  free(points);
  free(index);
  return rc;
}

static void sum_up(struct verify_result *res) {
  res->hits = 0;
  res->sentinel_hits = res->negative_hits = 0;
  res->sentinel_armed = res->negative_armed = false;
  for (size_t i = 0; i < res->sites; i++) {
    res->site[i].hits = 0;
    res->site[i].measured = false;
  }
  for (size_t i = 0; i < res->copies; i++) {
    const struct verify_copy *c = &res->copy[i];
    if (!c->point->measured) continue;
    switch (c->role) {
    case POINT_SITE:
      res->site[c->site].hits += c->total;
      res->site[c->site].measured = true;
      res->hits += c->total;
      break;
    case POINT_SENTINEL:
      res->sentinel_hits += c->total;
      res->sentinel_armed = true;
      break;
    case POINT_NEGATIVE:
      res->negative_hits += c->total;
      res->negative_armed = true;
      break;
    case POINT_PER: res->ops += c->total; break;
    }
  }
  res->sentinel_fired = res->sentinel_hits > 0;
}

/* hits/op: of a complete run; on the workload from the difference of two, so that what happens
 * once (start, end) does not count. */
static void per_operation(struct verify_result *res, uint64_t half_ops) {
  double ops = (double)res->ops - (double)half_ops;
  for (size_t i = 0; i < res->sites; i++) {
    double hits = 0;
    for (size_t k = 0; k < res->copies; k++)
      if (res->copy[k].role == POINT_SITE && res->copy[k].site == i)
        hits += (double)res->copy[k].total - (double)res->copy[k].half_hits;
    res->site[i].hits_per_op = res->site[i].measured && ops > 0 ? hits / ops : NAN;
  }
  double sum = 0;
  bool any = false;
  for (size_t i = 0; i < res->sites; i++)
    if (!isnan(res->site[i].hits_per_op)) {
      sum += res->site[i].hits_per_op;
      any = true;
    }
  res->hits_per_op = any ? sum : NAN;
}

static int check_status(struct verify_result *res, const struct verify_one *one, struct error *err) {
  char words[64];
  res->child_ended = one->ended;
  res->child_status = one->status;
  if (!one->ended || !failed(one->status)) return 0;
  res->child_failed = true;
  error_set(err, -ECHILD, "the workload ended with %s: nothing is concluded from it",
            child_describe_status(one->status, words, sizeof words));
  return error_advise(err, "run it without hakmem-harness first; with --method ptrace-int3 if it then works");
}

/* The built-in workload: a proof at full length, then complete runs at half and whole. */
static int measure_workload(const struct verify_request *req, struct verify_result *res, bool *refused,
                            struct error *err) {
  struct verify_one proof = { .rung = res->rung, .proof = true, .ops = req->ops };
  uint64_t whole = req->ops != 0 ? req->ops : COUNT_OPS;
  if (proof.ops == 0) proof.ops = workload_find(req->workload)->default_ops;
  int rc = run_and_collect(req, res, &proof, true, refused, err);
  if (rc != 0) return rc;
  res->proof_ms = proof.proof_ms;
  res->proof_hits = proof.proof_hits;
  strcpy(res->scope, proof.scope);
  if ((rc = check_status(res, &proof, err)) != 0) return rc;
  if (req->proof_only) {
    for (size_t i = 0; i < res->copies; i++) res->copy[i].total = res->copy[i].half_hits;
    res->partial = true;
    sum_up(res);
    return 0;
  }
  double started = clock_monotonic_s();
  struct verify_one half = { .rung = res->rung, .ops = whole / 2 }, full = { .rung = res->rung, .ops = whole };
  rc = run_and_collect(req, res, &half, true, refused, err);
  if (rc == 0) rc = check_status(res, &half, err);
  if (rc == 0) rc = run_and_collect(req, res, &full, false, refused, err);
  if (rc == 0) rc = check_status(res, &full, err);
  res->count_s = clock_monotonic_s() - started;
  if (rc != 0) return rc;
  if (!half.counts_known || !full.counts_known)
    return error_set(err, -EPROTO, "the workload did not report its counts");
  res->counts_known = res->ops_known = true;
  sum_up(res);
  res->ops = full.run_ops;
  res->allocs = full.allocs;
  res->frees = full.frees;
  res->tiny_frees = full.tiny_frees;
  res->sentinel_expected = full.run_ops;
  per_operation(res, half.run_ops);
  return 0;
}

static int measure_command(const struct verify_request *req, struct verify_result *res, bool *refused,
                           struct error *err) {
  unsigned runs = req->runs != 0 ? req->runs : 1;
  bool proof = req->proof_only || req->pid != 0;
  double started = clock_monotonic_s();
  for (unsigned i = 0; i < runs; i++) {
    struct verify_one one = { .rung = res->rung, .proof = proof };
    int rc = run_and_collect(req, res, &one, false, refused, err);
    if (i > 0) *refused = false; /* it ran already: no other rung may run it again */
    strcpy(res->scope, one.scope);
    if (rc == 0) rc = check_status(res, &one, err);
    if (rc != 0) return rc;
    res->runs = i + 1;
    if (proof) {
      res->proof_ms = one.proof_ms;
      res->proof_hits = one.proof_hits;
      res->partial = true;
    }
  }
  res->count_s = clock_monotonic_s() - started;
  sum_up(res);
  if (req->per != NULL && res->ops > 0 && !res->partial) {
    res->ops_known = true;
    per_operation(res, 0);
  }
  return 0;
}

/* The file must still be the one whose notes were read. */
static void check_replaced(struct verify_result *res) {
  struct stat st;
  for (size_t i = 0; i < res->objects; i++) {
    const struct elf_object *o = &res->object[i];
    if (stat(o->path, &st) == 0 && st.st_dev == o->device && st.st_ino == o->inode && (size_t)st.st_size == o->size)
      continue;
    res->verdict = STEP0_INCONCLUSIVE;
    snprintf(res->reason, sizeof res->reason, "%.300s was replaced or deleted while it was verified", o->path);
  }
}

static int climb(const struct verify_request *req, struct verify_result *res, struct error *err) {
  int rc = -EACCES;
  bool tried = false;
  for (size_t i = 0; rung_ladder[i] != NULL; i++) {
    bool refused = false;
    if (req->method != NULL && strcmp(req->method, rung_ladder[i]->name) != 0) continue;
    error_clear(err);
    tried = true;
    res->rung = rung_ladder[i];
    rc = req->command == NULL && req->pid == 0 ? measure_workload(req, res, &refused, err)
                                               : measure_command(req, res, &refused, err);
    if (rc == 0) return 0;
    if (!refused || rc == -EINTR) return rc;
    note_refusal(res, rung_ladder[i], err);
    res->rung = NULL;
  }
  if (!tried) return error_set(err, -EINVAL, "no method '%s'", req->method);
  /* the last refusal's words stand in *err; the advice of the first is the better way */
  error_set(err, -EACCES, "no way of counting is permitted here: %s", res->refused[res->refusals - 1].reason);
  if (res->refused[0].advice[0] != '\0') error_advise(err, "%s: %s", res->refused[0].method, res->refused[0].advice);
  return -EACCES;
}

int verify_run(const struct verify_request *req, struct verify_result *res, struct error *err) {
  memset(res, 0, sizeof *res);
  for (int i = 0; i < VERIFY_OBJECTS_MAX; i++) res->object[i].fd = -1;
  res->verdict = STEP0_INCONCLUSIVE;
  res->proof_ms = res->slowdown_pct = res->hits_per_op = res->count_s = NAN;
  int rc = verify_plan(req, res, err);
  if (rc != 0) return rc;
  size_t armed = 0;
  for (size_t i = 0; i < res->copies; i++) armed += res->copy[i].role == POINT_SITE;
  if (armed == 0) {
    verify_judge(req, res);
    return 0;
  }
  rc = climb(req, res, err);
  if (rc != 0) {
    snprintf(res->reason, sizeof res->reason, "%.500s", err->text);
    return rc;
  }
  bool whole_machine = strncmp(res->scope, "all processes", 13) == 0;
  res->exact = !res->partial && !whole_machine && strcmp(res->rung->name, "built-in-counter") != 0;
  verify_judge(req, res);
  /* a command is run as often as its user said: for it this is asked for */
  if (req->corroborate && req->pid == 0 && res->rung != NULL) verify_corroborate(req, res);
  check_replaced(res);
  return 0;
}

void verify_free(struct verify_result *res) {
  for (size_t i = 0; i < VERIFY_OBJECTS_MAX; i++)
    if (res->object[i].elf != NULL) elf_object_close(&res->object[i]);
  free(res->site);
  free(res->copy);
  free(res->point);
  json_decref(res->corroboration.samples);
  memset(res, 0, sizeof *res);
}
