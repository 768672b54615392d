/* SPDX-License-Identifier: GPL-3.0-or-later */
/* pack_run.c: see pack_run.h. */
#include "harness/fleet/pack_run.h"

#include <fcntl.h>
#include <limits.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <time.h>
#include <unistd.h>

#include "harness/ab/ab_run.h"
#include "harness/ab/step_gate.h"
#include "harness/core/interrupt.h"
#include "harness/fleet/pack_layout.h"
#include "harness/fleet/pack_log.h"
#include "harness/fleet/pack_project.h"
#include "harness/runner/library_proof.h"
#include "harness/workloads/workload.h"

#define UNPACKED "unpacked"

enum exit_code pack_exit_code(const struct pack_result *r) {
  if (r->m.partial == ANSWER_YES) return EXIT_INTERRUPTED;
  return verdict_exit_code(r->m.verdict);
}

int pack_describe(const struct pack *p, const char *path, struct pack_result *r, struct error *err) {
  r->kind = p->plan.kind;
  fields_copy_text(&r->subject, p->plan.subject);
  fields_copy_text(&r->arch, p->plan.arch);
  fields_copy_text(&r->workload, p->plan.workload);
  r->threads = p->plan.threads;
  r->margin_pct = p->plan.margin_pct;
  return pack_summarise(p, path, &r->pack, err);
}

/* Everything that a run holds. */
struct run {
  const struct pack *pack;
  const struct pack_run_options *o;
  struct ab_options ab; /* the plan as ab_base_spec() wants it */
  struct results results, unpacked;
  char runner[PATH_MAX];
  struct layout_image image[2];
  struct words side[2];
  struct pack_project_run project;
  struct pack_log log;
};

static int out_of_memory(struct error *err) { return error_set_errno(err, -ENOMEM, "cannot run the pack"); }

static int member_path(const struct run *u, const char *name, char *path, struct error *err) {
  if (snprintf(path, PATH_MAX, "%s/%s", u->unpacked.path, name) < PATH_MAX) return 0;
  return error_raise(err, ERROR_USAGE, -ENAMETOOLONG, "the path of the results folder is too long");
}

static int open_library(struct run *u, int side, struct error *err) {
  char program[PATH_MAX], path[PATH_MAX], identity[LIBRARY_IDENTITY_BYTES];
  const char *name = side ? PACK_LIBRARY_B : PACK_LIBRARY_A;
  bool own = pack_archive_find(&u->pack->archive, name) == NULL; /* none: the C library's */
  int rc = member_path(u, PACK_BENCH_MEMBER, program, err);
  if (rc == 0) rc = member_path(u, name, path, err);
  if (rc) return rc;
  if (!own && strpbrk(path, " :\t"))
    return error_raise(err, ERROR_USAGE, -EINVAL,
                       "LD_PRELOAD cannot hold %s: choose an --out without blanks and colons", path);
  if (!own && words_add(&u->side[side], "+LD_PRELOAD=%s", path) != 0) return out_of_memory(err);
  int id = library_identity(own ? NULL : path, identity);
  if (id != 0) return error_set_errno(err, id, "cannot look at %s", path);
  return words_add(&u->side[side], "%s", program) || words_add(&u->side[side], "library=%s", identity)
             ? out_of_memory(err)
             : 0;
}

static int open_command(struct run *u, int side, struct error *err) {
  const struct pack_plan *p = &u->pack->plan;
  char path[PATH_MAX];
  int rc = 0;
  for (size_t i = 0; i < p->words[side].count && rc == 0; i++) {
    const struct pack_word *w = &p->words[side].item[i];
    if (w->member == ANSWER_YES) rc = member_path(u, w->text, path, err);
    if (rc == 0 && words_add(&u->side[side], "%s", w->member == ANSWER_YES ? path : w->text) != 0)
      rc = out_of_memory(err);
  }
  return rc;
}

/* The gates of the plan in this harness's table. */
static int find_gates(const struct pack_plan *p, struct subject *s, struct error *err) {
  for (size_t i = 0; i < p->gates.count; i++) {
    const struct gate *g = p->gates.item[i] ? registry_find(p->gates.item[i]) : NULL;
    if (!g || s->gates == SUBJECT_GATES_MAX)
      return error_raise(err, ERROR_UNMEASURED, -ENOENT, "this harness does not know the gate '%s' of the pack",
                         p->gates.item[i] ? p->gates.item[i] : "");
    s->features = g->class == GATE_FEATURE;
    s->gate[s->gates++] = g;
  }
  return 0;
}

static int prove_project(struct run *u, struct pack_result *r, bool *go_on, struct error *err) {
  char reason[512] = "";
  enum project_step0 answer;
  r->step0 = fields_new(&ab_step0_fields);
  if (!r->step0) return out_of_memory(err);
  fields_copy_text(&r->step0->workload, u->pack->plan.workload);
  int rc = pack_project_step0(&u->project, u->ab.env, u->ab.user, r->step0, &answer, reason, sizeof reason, err);
  if (rc) return rc;
  *go_on = answer == PROJECT_GO_ON;
  if (*go_on) return 0;
  r->m.verdict = answer == PROJECT_NEVER_RUN ? VERDICT_NO_OP : VERDICT_INCONCLUSIVE;
  fields_copy_text(&r->m.reason, reason);
  return 0;
}

/* Does it run on this machine too? *go_on: it may be timed. */
static int prove(struct run *u, struct pack_result *r, bool *go_on, struct error *err) {
  const struct pack_plan *p = &u->pack->plan;
  struct subject s = { 0 };
  char library[PATH_MAX], bench[PATH_MAX] = "", reason[512] = "";
  *go_on = true;
  if (p->kind == PACK_PROJECT) return prove_project(u, r, go_on, err);
  if (p->kind != PACK_GATES) return 0;
  int rc = find_gates(p, &s, err);
  if (rc || s.features) return rc;
  if (!pack_archive_find(&u->pack->archive, PACK_MARKED_MEMBER))
    return error_raise(err, ERROR_USAGE, -EBADMSG, "the pack has no marked build: execution cannot be proved");
  r->step0 = fields_new(&ab_step0_fields);
  if (!r->step0) return out_of_memory(err);
  rc = member_path(u, PACK_MARKED_MEMBER, library, err);
  if (rc == 0 && pack_archive_find(&u->pack->archive, PACK_BENCH_MEMBER))
    rc = member_path(u, PACK_BENCH_MEMBER, bench, err);
  if (rc) return rc;
  const struct step_workload w = { .workload = p->workload,
                                   .threads = (unsigned)p->threads,
                                   .slots = (uint64_t)p->slots,
                                   .seed = (uint64_t)p->seed,
                                   .env = u->ab.env,
                                   .user = u->ab.user,
                                   .bench = bench[0] ? bench : NULL };
  enum step_decision d = ab_library_step0(&s, library, &w, r->step0, reason, sizeof reason);
  if (p->step0) fields_copy_text(&r->step0->object_hash, p->step0->object_hash);
  *go_on = d == STEP_PROCEED;
  if (*go_on) return 0;
  r->m.verdict = d == STEP_NO_OP ? VERDICT_NO_OP : VERDICT_INCONCLUSIVE;
  fields_copy_text(&r->m.reason, reason);
  return 0;
}

static int write_head(struct run *u, const struct pack_result *r, uint64_t seed, struct error *err) {
  struct pack_head head;
  unsigned char id[16];
  char text[40], host[HOST_NAME_MAX + 1] = "";
  time_t now = time(NULL);
  struct tm utc;
  fields_init(&pack_head_fields, &head);
  if (getrandom(id, sizeof id, 0) != (ssize_t)sizeof id)
    return error_set_errno(err, -errno, "the system gives no random numbers");
  for (size_t i = 0; i < sizeof id; i++) snprintf(text + 2 * i, 3, "%02x", id[i]);
  fields_copy_text(&head.run, text);
  fields_copy_text(&head.pack, u->pack->archive.hash);
  /* a cluster's node may be one of several on a host */
  const char *node = getenv("SLURMD_NODENAME");
  gethostname(host, sizeof host - 1);
  fields_copy_text(&head.node, node && node[0] ? node : host);
  gmtime_r(&now, &utc);
  strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%SZ", &utc);
  fields_copy_text(&head.date, text);
  fields_copy_text(&head.subject, u->pack->plan.subject);
  head.margin_pct = u->pack->plan.margin_pct;
  head.level = u->pack->plan.level;
  head.seed = (int64_t)seed;
  head.layouts = r->layouts;
  machine_read(&head.machine);
  int rc = 0;
  if (r->step0) {
    head.step0 = fields_new(&ab_step0_fields);
    rc = head.step0 ? fields_copy(&ab_step0_fields, head.step0, r->step0) : -ENOMEM;
  }
  rc = rc ? out_of_memory(err) : pack_log_open(&u->log, &u->results, &head, err);
  fields_free(&pack_head_fields, &head);
  return rc;
}

static int write_end(struct run *u, const struct pack_result *r, struct error *err) {
  struct pack_end end;
  fields_init(&pack_end_fields, &end);
  end.verdict = r->m.verdict;
  fields_copy_text(&end.reason, r->m.reason);
  end.gain_pct = r->m.gain_pct;
  end.width_alone = r->m.core.width_alone;
  end.elapsed_s = r->m.elapsed_s;
  end.partial = r->m.partial == ANSWER_YES ? ANSWER_YES : ANSWER_NO;
  end.company = (struct verdict_company){ r->m.others_pct, r->m.waiting_pct, r->m.throttled_pct };
  int rc = pack_log_end(&u->log, &end, err);
  fields_free(&pack_end_fields, &end);
  return rc;
}

static int each_pair(void *context, const struct pair *pair, struct error *err) {
  return pack_log_pair(&((struct run *)context)->log, pair, err);
}

static int measure(struct run *u, uint64_t seed, struct pack_result *r, struct error *err) {
  const struct pack_plan *p = &u->pack->plan;
  struct campaign_spec spec;
  struct campaign c;
  struct results own;
  u->ab.seed = seed;
  int rc = ab_base_spec(&u->ab, (unsigned)p->threads, &spec, err);
  if (rc) return rc;
  spec.label = "pack run";
  spec.no_resume = true;
  spec.runner = u->runner;
  spec.run_whole_budget = true; /* estimates of campaigns that stop at their verdict cannot be averaged */
  spec.each_pair = each_pair;
  spec.context = u;
  if (p->kind == PACK_GATES) {
    spec.kind = AB_JOB_IMAGE;
    spec.baseline_name = "compiled out";
    spec.image[0] = &u->image[0];
    spec.image[1] = &u->image[1];
  } else if (p->kind == PACK_PROJECT) {
    ab_project_spec(&spec, pack_project_is_server(u->pack), p->pinned == ANSWER_YES, u->project.argv);
    spec.place = pack_project_place;
    spec.place_context = &u->project;
    spec.width_alone = 0; /* no process of ours is there to probe the core */
  } else {
    struct ab_two two = { .side = { u->side[0], u->side[1] },
                          .kind = p->kind == PACK_COMMANDS ? AB_JOB_COMMAND : AB_JOB_BENCH,
                          .pinned = p->pinned == ANSWER_YES };
    ab_two_fill(&spec, &two);
    if (p->kind == PACK_COMMANDS) spec.width_alone = 0; /* no process of ours is there to probe the core */
  }
  rc = ab_folder_campaign(&c, &spec, &u->results, NULL, &own, err);
  if (rc) return rc;
  rc = ab_fill_measured(&c, &r->m, err);
  campaign_close(&c);
  results_close(&own);
  return rc;
}

static int open_sides(struct run *u, struct error *err) {
  const struct pack_plan *p = &u->pack->plan;
  int rc = 0;
  if (p->kind == PACK_PROJECT) return pack_project_open(&u->project, u->pack, u->unpacked.path, err);
  const struct workload *w = p->kind != PACK_COMMANDS ? workload_find(p->workload) : NULL;
  if (p->kind != PACK_COMMANDS && (!w || w->needs_file)) /* a pack holds no trace, and names none of ours */
    return error_raise(err, ERROR_UNMEASURED, -ENOENT, "this harness does not know the pack's workload '%s'",
                       p->workload);
  for (int side = 0; side < 2 && rc == 0; side++)
    rc = p->kind == PACK_GATES       ? pack_layout_read(&u->image[side], &u->pack->archive, side ? "b" : "a", err)
         : p->kind == PACK_LIBRARIES ? open_library(u, side, err)
                                     : open_command(u, side, err);
  return rc;
}

static void close_run(struct run *u) {
  pack_log_close(&u->log);
  for (int side = 0; side < 2; side++) {
    layout_close(&u->image[side]);
    words_free(&u->side[side]);
  }
  pack_project_close(&u->project);
  if (u->unpacked.path) {
    pack_remove(u->pack, &u->unpacked);
    results_close(&u->unpacked);
    unlinkat(u->results.dir_fd, UNPACKED, AT_REMOVEDIR);
  }
  if (u->results.path) results_close(&u->results);
}

int pack_run(const struct pack *p, const struct pack_run_options *o, struct pack_result *r, struct error *err) {
  static struct run u;
  const struct pack_plan *plan = &p->plan;
  bool go_on = false;
  uint64_t seed = ab_random_seed(); /* its own: layouts that all machines share would be no sample of layouts */
  memset(&u, 0, sizeof u);
  u.pack = p;
  u.o = o;
  u.results.dir_fd = u.unpacked.dir_fd = -1;
  u.ab = (struct ab_options){ .workload = plan->workload ? plan->workload : "-",
                              .slots = (uint64_t)plan->slots,
                              .budget_s = o->budget_s > 0 ? o->budget_s : plan->budget_s,
                              .margin_pct = plan->margin_pct,
                              .level = plan->level,
                              .env = plan->env.item,
                              .user = o->user,
                              .timeout_s = plan->timeout_s > 0 ? plan->timeout_s : 0,
                              .quiet = o->quiet };
  if (plan->project && plan->kind == PACK_PROJECT) r->layouts = plan->project->layouts;
  int rc = pack_fits(p, err);
  if (rc == 0) rc = results_create(&u.results, o->out_dir, "pack", plan->subject, err);
  if (rc == 0) rc = results_subfolder(&u.results, UNPACKED, &u.unpacked, err);
  if (rc == 0) rc = pack_unpack(p, &u.unpacked, err);
  if (rc == 0) rc = member_path(&u, PACK_RUNNER_MEMBER, u.runner, err);
  if (rc == 0) rc = open_sides(&u, err);
  if (rc == 0) rc = prove(&u, r, &go_on, err);
  if (rc == 0 && interrupt_pending()) go_on = false, r->m.partial = ANSWER_YES;
  if (rc == 0) rc = write_head(&u, r, seed, err);
  if (rc == 0 && go_on) rc = measure(&u, seed, r, err);
  if (rc == 0) rc = write_end(&u, r, err);
  if (rc == 0) {
    machine_read(&r->machine);
    fields_copy_text(&r->results_dir, u.results.path);
    fields_text(&r->result_file, "%s/%s", u.results.path, PACK_LOG_FILE);
    rc = results_write_fields(&u.results, "result.json", &pack_result_fields, r, err);
  }
  close_run(&u);
  return rc;
}
