/* SPDX-License-Identifier: GPL-3.0-or-later */
/* verify.c: the order of things; see verify.h. */
#include "harness/step0/verify.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "harness/core/program.h"
#include "harness/core/progress.h"
#include "harness/core/units.h"
#include "harness/step0/nop_probe.h"
#include "harness/step0/verify_internal.h"
#include "harness/workloads/workload.h"

/* Steps of the counting run on the built-in workload, the other one does half of it; of a trace while it is proven. */
enum { COUNT_OPS = 40000, REPLAY_OPS = 2000000 };

static void note_refusal(struct verify_result *res, const struct rung *rung, const struct error *err) {
  if (res->refusals == VERIFY_REFUSALS_MAX) return;
  struct verify_refusal *r = &res->refused[res->refusals++];
  snprintf(r->method, sizeof r->method, "%s", rung->name);
  snprintf(r->reason, sizeof r->reason, "%.399s", err->text);
  snprintf(r->advice, sizeof r->advice, "%.299s", err->advice);
  r->code = err->code;
}

/* --- which places a rung arms ------------------------------------------------------------------ */

struct chosen {
  struct probe_point *point;
  size_t *index; /* in res->point */
  bool *is_site;
  size_t count;
};

static void free_chosen(struct chosen *c) {
  free(c->point);
  free(c->index);
  free(c->is_site);
}

static void choose_point(const struct verify_result *res, size_t point, bool site, struct chosen *out) {
  for (size_t i = 0; i < out->count; i++)
    if (out->index[i] == point) {
      out->is_site[i] |= site;
      return;
    }
  out->point[out->count] = res->point[point];
  out->is_site[out->count] = site;
  out->index[out->count++] = point;
}

/* A uprobe where there can be one; a place that cannot have one is left out, and told of later. */
static bool settle(struct probe_point *p) {
  if (!p->moves) return true;
  if (p->has_moved) {
    p->place = p->moved;
    p->insn = p->moved_insn;
    return true;
  }
  return !p->insn.no_uprobe && p->insn.rewritten && nop_probe_is_harmless();
}

/* A set-uid or set-gid command that is traced by somebody else than root runs without that right. */
static bool command_changes_user(const struct verify_request *req) {
  char path[PATH_MAX];
  struct stat st;
  if (req->command == NULL || geteuid() == 0) return false;
  if (strchr(req->command[0], '/') != NULL) snprintf(path, sizeof path, "%s", req->command[0]);
  else if (program_find(req->command[0], path, sizeof path) != 0) return false;
  if (stat(path, &st) != 0) return false;
  return ((st.st_mode & S_ISUID) && st.st_uid != geteuid()) ||
         ((st.st_mode & S_ISGID) && (st.st_mode & S_IXGRP) && st.st_gid != getegid());
}

static int choose(const struct verify_request *req, const struct verify_result *res, const struct rung *rung,
                  struct chosen *out, struct error *err) {
  memset(out, 0, sizeof *out);
  out->point = calloc(res->points, sizeof *out->point);
  out->index = calloc(res->points, sizeof *out->index);
  out->is_site = calloc(res->points, sizeof *out->is_site);
  if (out->point == NULL || out->index == NULL || out->is_site == NULL)
    return error_raise(err, ERROR_INTERNAL, -ENOMEM, "no memory for the places");
  if (!rung->uprobe && (res->object[0].changes_user || command_changes_user(req))) {
    error_raise(err, ERROR_REFUSED, -EPERM,
                "%s: %.200s is set-uid or set-gid: traced by you it would run without that right", rung->name,
                res->object[0].changes_user ? res->object[0].path : req->command[0]);
    return error_advise(err, "run hakmem-harness with sudo");
  }
  bool *done = calloc(res->sites + 1, sizeof *done); /* one counter for all copies of a site */
  if (done == NULL) return error_raise(err, ERROR_INTERNAL, -ENOMEM, "no memory for the places");
  for (int pass = 0; pass < 2; pass++) /* the sites first: controls take the room that is left */
    for (size_t i = 0; i < res->copies; i++) {
      const struct verify_copy *c = &res->copy[i];
      bool site = c->role == POINT_SITE;
      if (site != (pass == 0) || (rung->sites_only && (!site || done[c->site]))) continue;
      if (site) done[c->site] = true;
      for (size_t k = 0; k < c->terms && (k == 0 || !rung->sites_only); k++) {
        if (!site && rung->slots != 0 && out->count + c->terms > rung->slots) break;
        /* of a witness alone there is no room */
        if (c->term[k].weight == 0 && rung->slots != 0 && out->count >= rung->slots) continue;
        choose_point(res, c->term[k].point, site && c->term[k].weight > 0, out);
      }
    }
  free(done);
  size_t kept = 0, sites = 0;
  for (size_t i = 0; i < out->count; i++) {
    struct probe_point p = out->point[i];
    if (rung->uprobe && !settle(&p)) continue;
    if (rung->uprobe && p.place.semaphore_offset != 0 &&
        elf_object_data_is_shared(p.object, p.place.semaphore_offset)) {
      error_raise(err, ERROR_REFUSED, -ENOTSUP,
                  "%s: two segments of %.200s share the page of a semaphore: the kernel would raise another word",
                  rung->name, p.object->path);
      return error_advise(err, "use --method ptrace-int3");
    }
    sites += out->is_site[i];
    out->point[kept] = p;
    out->is_site[kept] = out->is_site[i];
    out->index[kept++] = out->index[i];
  }
  out->count = kept;
  if (sites > 0) return 0;
  error_raise(err, ERROR_REFUSED, -EOPNOTSUPP,
              "%s: none of the places can have a uprobe, and no neighbour of it runs exactly as often", rung->name);
  return error_advise(err, "use --method ptrace-int3");
}

static bool failed(int status) { return !WIFEXITED(status) || WEXITSTATUS(status) != 0; }

/* Runs once and moves the hits into the tallies. */
static int run_and_collect(const struct verify_request *req, struct verify_result *res, struct verify_one *one,
                           bool half, bool *refused, struct error *err) {
  struct chosen chosen;
  int rc = choose(req, res, one->rung, &chosen, err);
  *refused = rc != 0;
  if (rc == 0) {
    one->points = chosen.point;
    one->count = chosen.count;
    one->is_site = chosen.is_site;
    rc = verify_guarded_run(req, res, one, refused, err);
  }
  for (size_t i = 0; i < chosen.count && rc == 0; i++) {
    struct verify_tally *t = &res->tally[chosen.index[i]];
    t->measured = chosen.point[i].measured;
    if (half) t->half_hits = chosen.point[i].hits;
    else {
      t->hits = chosen.point[i].hits;
      t->total += chosen.point[i].hits;
    }
  }
  free_chosen(&chosen);
  return rc;
}

/* --- from the tallies to copies, sites and controls -------------------------------------------- */

static void sum_copy(const struct verify_result *res, struct verify_copy *c, bool sites_only) {
  int64_t total = 0, half = 0;
  c->measured = c->terms > 0;
  c->passed = false;
  for (size_t i = 0; i < c->terms; i++) {
    const struct verify_tally *t = &res->tally[c->term[i].point];
    if (sites_only && i > 0) break;
    c->passed |= t->measured && t->total > 0;
    if (c->term[i].weight == 0) continue;
    c->measured &= t->measured;
    if (c->most) {
      if ((int64_t)t->total > total) {
        total = (int64_t)t->total;
        half = (int64_t)t->half_hits;
      }
      continue;
    }
    total += c->term[i].weight * (int64_t)t->total;
    half += c->term[i].weight * (int64_t)t->half_hits;
  }
  if (total < 0) c->inexact = true; /* it was looked at while it ran */
  c->total = total > 0 ? (uint64_t)total : 0;
  c->half_hits = half > 0 ? (uint64_t)half : 0;
}

static void sum_up(struct verify_result *res) {
  bool left_out = false;
  res->hits = 0;
  res->counted = true;
  res->sentinel_hits = res->negative_hits = 0;
  res->sentinel_armed = res->negative_armed = false;
  for (size_t i = 0; i < res->sites; i++) {
    res->site[i].hits = 0;
    res->site[i].measured = false;
  }
  for (size_t i = 0; i < res->copies; i++) {
    struct verify_copy *c = &res->copy[i];
    sum_copy(res, c, res->rung->sites_only);
    left_out |= !c->measured && c->role == POINT_SENTINEL;
    if (!c->measured) continue;
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
  /* slots were few, and those that took one are of workloads that did not run: they say nothing of the rung */
  if (left_out && !res->sentinel_fired) res->sentinel_armed = false;
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

/* What the run did not see, and what could not be armed. */
static void note_gaps(const struct verify_request *req, struct verify_result *res) {
  const struct rung_scope *s = &res->scope;
  for (size_t i = 0; i < res->copies; i++) {
    const struct verify_copy *c = &res->copy[i];
    if (c->role != POINT_SITE || res->rung->sites_only) continue;
    for (size_t k = 0; k < c->terms; k++) {
      const struct probe_point *p = &res->point[c->term[k].point];
      if (res->tally[c->term[k].point].measured) continue;
      verify_add_gap(res, c->site, "places", "%s cannot be set at 0x%llx (%.60s): --method ptrace-int3 can",
                     res->rung->name, (unsigned long long)p->place.address, p->insn.text);
      break;
    }
  }
  if (s->alive > 0)
    verify_add_gap(res, VERIFY_ALL_SITES, "processes",
                   "%u of the target's processes go on (one is %d): what they do is not counted", s->alive,
                   s->alive_pid);
  if (s->unseen > 0 && req->binary == NULL)
    verify_add_gap(res, VERIFY_ALL_SITES, "processes",
                   "the library was not loaded in %u program%s started (one was pid %d): static, or without LD_PRELOAD",
                   s->unseen, units_plural(s->unseen, " that was", "s that were"), s->unseen_pid);
  if (s->replaced > 0)
    verify_add_gap(res, VERIFY_ALL_SITES, "code", "process %d mapped other code over the object's", s->replaced_pid);
  if (s->weakened > 0)
    verify_add_gap(res, VERIFY_ALL_SITES, "rights",
                   "%u program%s (one was pid %d) ran without the rights of their file, for being traced by you: "
                   "run hakmem-harness with sudo",
                   s->weakened, units_plural(s->weakened, "", "s"), s->weakened_pid);
  if (s->lost)
    verify_add_gap(res, VERIFY_ALL_SITES, "processes", "the kernel's records of what was started are not complete");
}

static int check_status(struct verify_result *res, const struct verify_one *one, struct error *err) {
  char words[64];
  res->child_ended = one->ended;
  res->child_status = one->status;
  if (!one->ended || !failed(one->status)) return 0;
  res->child_failed = true;
  error_raise(err, ERROR_UNMEASURED, -ECHILD, "the workload ended with %s: nothing is concluded from it",
              child_describe_status(one->status, words, sizeof words));
  /* A program that runs a copy of its own code runs the breakpoint in it. The method that writes none would count what
   * the original does, which may be nothing, and call that whole. */
  if (WIFSIGNALED(one->status) && WTERMSIG(one->status) == SIGTRAP)
    return error_advise(err,
                        "run it without hakmem-harness first; if it then works, it may run a copy of its own code: "
                        "no method follows one");
  /* a program that checks its own code finds the breakpoints of all methods but one */
  bool code = WIFSIGNALED(one->status) &&
              (WTERMSIG(one->status) == SIGSEGV || WTERMSIG(one->status) == SIGILL || WTERMSIG(one->status) == SIGABRT);
  return error_advise(err, "run it without hakmem-harness first; if it then works, with --method %s",
                      code ? rung_breakpoint.name : rung_ptrace.name);
}

/* Whole turns of a trace, once at least. */
static uint64_t whole_turns(const struct verify_request *req, uint64_t ops) {
  uint64_t turn = req->trace != NULL ? req->trace->ops : 1;
  return ops < turn ? turn : ops / turn * turn;
}

/* The built-in workload: a proof at full length, then complete runs at half and whole. */
static int measure_workload(const struct verify_request *req, struct verify_result *res, bool *refused,
                            struct error *err) {
  struct verify_one proof = { .rung = res->rung, .proof = true, .ops = req->ops };
  uint64_t whole = req->ops != 0 ? req->ops : COUNT_OPS;
  if (proof.ops == 0 && req->trace != NULL) proof.ops = whole_turns(req, REPLAY_OPS);
  else if (proof.ops == 0) proof.ops = workload_find(req->workload)->default_ops;
  int rc = run_and_collect(req, res, &proof, true, refused, err);
  if (rc != 0) return rc;
  res->scope = proof.scope;
  res->proof_ms = proof.proof_ms;
  res->proof_hits = proof.proof_hits;
  if ((rc = check_status(res, &proof, err)) != 0) return rc;
  if (req->proof_only) {
    for (size_t i = 0; i < res->points; i++) res->tally[i].total = res->tally[i].half_hits;
    res->partial = true;
    sum_up(res);
    return 0;
  }
  if (req->corroborate) {
    double alone_s = verify_plain_run(req, res, proof.ops);
    if (alone_s > 0) res->slowdown_pct = 100 * (proof.wall_s / alone_s - 1);
  }
  double started = clock_monotonic_s();
  struct verify_one half = { .rung = res->rung, .ops = whole_turns(req, whole / 2) };
  struct verify_one full = { .rung = res->rung, .ops = req->trace != NULL ? 2 * half.ops : whole };
  rc = run_and_collect(req, res, &half, true, refused, err);
  if (rc == 0) rc = check_status(res, &half, err);
  if (rc == 0) rc = run_and_collect(req, res, &full, false, refused, err);
  if (rc == 0) rc = check_status(res, &full, err);
  res->count_s = clock_monotonic_s() - started;
  if (rc != 0) return rc;
  if (!half.counts_known || !full.counts_known)
    return error_raise(err, ERROR_UNMEASURED, -EPROTO, "the workload did not report its counts");
  res->counts_known = res->ops_known = true;
  res->scope = full.scope;
  sum_up(res);
  note_gaps(req, res);
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
  double started = clock_monotonic_s();
  for (unsigned i = 0; i < runs; i++) {
    struct verify_one one = { .rung = res->rung, .proof = req->proof_only };
    int rc = run_and_collect(req, res, &one, false, refused, err);
    if (i > 0) *refused = false; /* it ran already: no other rung may run it again */
    res->scope = one.scope;
    if (rc == 0) rc = check_status(res, &one, err);
    if (rc != 0) return rc;
    res->runs = i + 1;
    res->partial |= req->proof_only || req->pid != 0;
    if (req->proof_only) {
      res->proof_ms = one.proof_ms;
      res->proof_hits = one.proof_hits;
    }
  }
  res->count_s = clock_monotonic_s() - started;
  sum_up(res);
  note_gaps(req, res);
  if (req->per != NULL && res->ops > 0 && !res->partial) {
    res->ops_known = true;
    per_operation(res, 0);
  }
  return 0;
}

/* The file must still be the one whose notes were read, and the trace the one that was checked. What /proc/PID/exe
 * leads to and has no name for us (deleted, or of another mount namespace) nobody can replace; the link goes with its
 * process. */
static void check_replaced(const struct verify_request *req, struct verify_result *res) {
  struct stat st;
  if (req->trace != NULL && trace_facts_changed(req->trace)) {
    res->verdict = STEP0_INCONCLUSIVE;
    snprintf(res->reason, sizeof res->reason, "%.300s was changed while it was replayed", req->trace->file);
  }
  for (size_t i = 0; i < res->objects && !res->private_copy; i++) {
    const struct elf_object *o = &res->object[i];
    if (strncmp(o->path, "/proc/", 6) == 0) continue;
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
    res->rung = rung_here(rung_ladder[i]);
    verify_look_at_others(req, res);
    rc = req->command == NULL && req->pid == 0 ? measure_workload(req, res, &refused, err)
                                               : measure_command(req, res, &refused, err);
    if (rc == 0) return 0;
    if (!refused || err->kind == ERROR_INTERRUPTED) return rc;
    note_refusal(res, rung_ladder[i], err);
    res->rung = NULL;
  }
  if (!tried) return error_raise(err, ERROR_USAGE, -EINVAL, "no method '%s'", req->method);
  /* the last refusal's words stand in *err; the advice of the first is the better way */
  error_raise(err, ERROR_REFUSED, -EACCES, "no way of counting is permitted here: %.600s",
              res->refused[res->refusals - 1].reason);
  if (res->refused[0].advice[0] != '\0') error_advise(err, "%s: %s", res->refused[0].method, res->refused[0].advice);
  return -EACCES;
}

/* A count is exact where all of it was counted, and it is of what was asked for. */
static bool is_exact(const struct verify_result *res) {
  if (res->partial || res->scope.whole_machine || res->scope.blind_before) return false;
  for (size_t i = 0; i < res->copies; i++)
    if (res->copy[i].role == POINT_SITE && (res->copy[i].inexact || (res->copy[i].twin[0] && res->copy[i].total > 0)))
      return false;
  return verify_complete(res, VERIFY_ALL_SITES);
}

static int run(const struct verify_request *req, struct verify_result *res, struct error *err) {
  int rc = verify_plan(req, res, err);
  if (rc != 0) return rc;
  if (req->elsewhere != NULL) verify_add_gap(res, VERIFY_ALL_SITES, "images", "%s", req->elsewhere);
  size_t armed = 0;
  for (size_t i = 0; i < res->copies; i++) armed += res->copy[i].role == POINT_SITE;
  if (armed == 0) {
    verify_judge(req, res);
    return 0;
  }
  rc = climb(req, res, err);
  /* what was looked at was for a method that then was refused */
  if (res->rung == NULL || !res->rung->uprobe) res->others = (struct verify_others){ 0 };
  if (rc != 0) {
    snprintf(res->reason, sizeof res->reason, "%.500s", err->text);
    return rc;
  }
  res->exact = is_exact(res);
  verify_judge(req, res);
  if (res->verdict == STEP0_INCONCLUSIVE) res->exact = false;
  /* a command is run as often as its user said: for it this is asked for */
  if (req->corroborate && req->pid == 0 && res->rung != NULL) verify_corroborate(req, res);
  check_replaced(req, res);
  return 0;
}

int verify_run(const struct verify_request *req, struct verify_result *res, struct error *err) {
  struct verify_request own = *req;
  memset(res, 0, sizeof *res);
  for (int i = 0; i < VERIFY_OBJECTS_MAX; i++) res->object[i].fd = -1;
  res->verdict = STEP0_INCONCLUSIVE;
  res->proof_ms = res->slowdown_pct = res->hits_per_op = res->count_s = NAN;
  verify_stage(&own, res);
  int rc = run(&own, res, err);
  verify_unstage(res);
  return rc;
}

void verify_free(struct verify_result *res) {
  for (size_t i = 0; i < VERIFY_OBJECTS_MAX; i++)
    if (res->object[i].elf != NULL) elf_object_close(&res->object[i]);
  for (size_t i = 0; i < res->copies; i++) free(res->copy[i].term);
  free(res->site);
  free(res->copy);
  free(res->point);
  free(res->tally);
  free(res->gap);
  free(res->corroboration.samples);
  memset(res, 0, sizeof *res);
}
