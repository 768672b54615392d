/* SPDX-License-Identifier: GPL-3.0-or-later */
/* ab_run.c: see ab_run.h. */
#include "harness/ab/ab_run.h"

#include <limits.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "harness/ab/arms_expand.h"
#include "harness/ab/calibration_store.h"
#include "harness/ab/step_gate.h"
#include "harness/core/interrupt.h"
#include "harness/core/machine.h"
#include "harness/core/names.h"
#include "harness/trace/trace_facts.h"
#include "harness/workloads/workload.h"

/* A table is an answer, also where it does not tell all apart; an arm that failed is none. */
static enum exit_code arms_exit_code(const struct ab_result *r) {
  for (size_t i = 0; i < r->arms.count; i++)
    if (isnan(r->arms.item[i].ns_per_op)) return EXIT_UNMEASURED;
  return EXIT_DONE;
}

enum exit_code ab_exit_code(const struct ab_result *r) {
  if (r->m.partial == ANSWER_YES) return EXIT_INTERRUPTED;
  if (r->pack) return EXIT_DONE;
  if (r->arms.count > 0) return arms_exit_code(r);
  return verdict_exit_code(r->m.verdict);
}

/* "free-trace+free-calls", shortened where there are many. */
static void subject_name(const struct ab_options *o, char *buf, size_t size) {
  size_t n = 0;
  buf[0] = '\0';
  if (o->project) {
    const char *slash = strrchr(o->project, '/'), *base = slash ? slash + 1 : o->project;
    snprintf(buf, size, "%.*s%s%.100s", (int)strcspn(base, "."), base, o->names ? ": " : "",
             o->names ? o->names[0] : "");
    return;
  }
  if (o->commands.cmd || o->commands.lib) {
    char *const *list = o->commands.cmd ? o->commands.cmd : o->commands.lib;
    for (size_t i = 0; list[i] && n + 1 < size; i++)
      n += (size_t)snprintf(buf + n, size - n, "%s%.100s", i ? " vs " : "", list[i]);
    return;
  }
  if (!o->names) {
    snprintf(buf, size, "%.100s vs %.100s", o->lib[0] ? o->lib[0] : o->cmd[0], o->lib[1] ? o->lib[1] : o->cmd[1]);
    return;
  }
  for (size_t i = 0; o->names[i] && n + 1 < size; i++)
    n += (size_t)snprintf(buf + n, size - n, "%s%s", i ? "," : "", o->names[i]);
}

static void set_verdict(struct ab_result *r, enum verdict verdict, const char *reason) {
  r->m.verdict = verdict;
  fields_copy_text(&r->m.reason, reason);
}

static int add_text(void *list, const char *text, struct error *err) {
  char **one = fields_append(list, sizeof *one);
  if (!one) return error_raise(err, ERROR_INTERNAL, -ENOMEM, "out of memory");
  *one = strdup(text);
  return 0;
}

static int fill_build(const struct subject *s, struct ab_build *b, struct error *err) {
  int rc = 0;
  for (size_t i = 0; i < s->gates && rc == 0; i++) rc = add_text(&b->gates, s->gate[i]->name, err);
  for (size_t i = 0; i < s->diff.functions.count && rc == 0; i++)
    rc = add_text(&b->functions_that_differ, s->diff.functions.word[i], err);
  for (size_t i = 0; i < s->diff.data.count && rc == 0; i++)
    rc = add_text(&b->data_that_differs, s->diff.data.word[i], err);
  for (int side = 0; side < 2; side++) {
    fields_copy_text(&b->object_hash[side], s->variant[side].hash);
    fields_copy_text(&b->image[side], s->variant[side].image_path);
  }
  return rc;
}

/* The objects must be those that the first part was measured with. */
static int same_build(const char *dir, const struct ab_build *now, struct error *err) {
  struct ab_build before;
  char path[PATH_MAX];
  snprintf(path, sizeof path, "%.4000s/build.json", dir);
  fields_init(&ab_build_fields, &before);
  int rc = access(path, F_OK) == 0 ? fields_read(&ab_build_fields, &before, path, err) : 0;
  for (int side = 0; side < 2 && rc == 0; side++)
    if (before.object_hash[side] && strcmp(before.object_hash[side], now->object_hash[side]) != 0) {
      rc = error_raise(err, ERROR_USAGE, -ESTALE, "the sources, flags or compiler changed since %s was measured", dir);
      error_advise(err, "start a new campaign, or bring the old sources back");
    }
  fields_free(&ab_build_fields, &before);
  return rc;
}

static void fill_images(struct campaign_spec *spec, const void *what) {
  const struct subject *s = what;
  spec->kind = AB_JOB_IMAGE;
  spec->baseline_name = "compiled out";
  spec->image[0] = &s->image[0];
  spec->image[1] = &s->image[1];
}

static int measure(const struct ab_options *o, ab_fill *fill, const void *what, struct results *results,
                   struct ab_result *result, struct error *err) {
  if (o->instead) return o->instead(o->context, o, what, result, err);
  return o->protocol == AB_SOURCE ? ab_source_protocol(o, fill, what, results, result, err)
                                  : ab_thread_campaigns(o, fill, what, results, result, err);
}

/* Whether somebody ended us; the result is then a partial one, which --resume goes on with. */
static bool interrupted_in(struct ab_result *r, const char *where) {
  if (!interrupt_pending()) return false;
  fields_bring_in(&ab_result_fields, r, AB_TIMED);
  r->m.partial = ANSWER_YES;
  r->m.verdict = VERDICT_INCONCLUSIVE;
  fields_text(&r->m.reason, "interrupted %s, before anything was timed; --resume goes on", where);
  return true;
}

/* Steps 0 and 1, before anything is timed; *go_on: it may be. */
static int ask_steps(const struct ab_options *o, struct subject *s, struct ab_result *result, bool *go_on,
                     struct error *err) {
  char reason[512] = "";
  const struct step_workload w = { .workload = o->workload,
                                   .threads = ab_first_threads(o),
                                   .slots = o->slots,
                                   .seed = o->seed,
                                   .trace = o->trace,
                                   .env = o->env,
                                   .user = o->user };
  *go_on = false;
  if (interrupted_in(result, "before Step 1")) return 0;
  result->step1 = fields_new(&ab_step1_fields);
  if (!result->step1) return error_raise(err, ERROR_INTERNAL, -ENOMEM, "out of memory");
  if (ab_gate_step1(s, o->source_dir == NULL, result->step1, reason, sizeof reason) == STEP_REFUSED)
    return error_raise(err, ERROR_USAGE, -EINVAL, "%s", reason);
  if (interrupted_in(result, "in Step 1")) return 0; /* the class may be the gate table's for that alone */
  if (s->diff.identical) {
    const char *missing = subject_missing_site(s);
    set_verdict(result, VERDICT_NEUTRAL, "the machine code of both variants is identical: nothing was timed");
    if (missing)
      fields_text(&result->m.reason,
                  "the machine code of both variants is identical: nothing was timed; the site of %s is in neither: "
                  "where it needs a feature, compile that into both with --with NAME",
                  missing);
    return 0;
  }
  int rc = subject_check_sites(s, err);
  if (rc) return rc;
  result->step0 = fields_new(&ab_step0_fields);
  if (!result->step0) return error_raise(err, ERROR_INTERNAL, -ENOMEM, "out of memory");
  enum step_decision decision = ab_gate_step0(s, &w, result->step0, reason, sizeof reason);
  if (interrupted_in(result, "in Step 0")) return 0;
  switch (decision) {
  case STEP_NO_OP: set_verdict(result, VERDICT_NO_OP, reason); break;
  case STEP_NOT_RUN: set_verdict(result, VERDICT_INCONCLUSIVE, reason); break;
  default: *go_on = true;
  }
  return 0;
}

static int gates_measured(const struct ab_options *o, struct subject *s, struct results *results,
                          const char *resume_dir, struct ab_result *result, struct error *err) {
  bool go_on;
  result->build = fields_new(&ab_build_fields);
  fields_copy_text(&result->needs, s->needs[0] ? s->needs : NULL);
  int rc =
      result->build ? fill_build(s, result->build, err) : error_raise(err, ERROR_INTERNAL, -ENOMEM, "out of memory");
  if (rc == 0)
    rc = resume_dir ? same_build(resume_dir, result->build, err)
                    : results_write_fields(results, "build.json", &ab_build_fields, result->build, err);
  if (rc == 0) rc = ask_steps(o, s, result, &go_on, err);
  if (rc || !go_on) return rc;
  rc = measure(o, fill_images, s, results, result, err);
  if (rc == 0 && !o->instead && result->m.partial != ANSWER_YES) {
    ab_count_insns(o, s, result);
    if (o->protocol == AB_PAIRED) rc = ab_decompose(o, s, results, result, err);
  }
  return rc;
}

static int start_folder(const struct ab_options *o, const char *name, const char *resume_dir, struct results *results,
                        struct error *err) {
  if (resume_dir) return results_open(results, resume_dir, err);
  int rc = results_create(results, o->out_dir, "ab", name, err);
  return rc ? rc : ab_options_write(o, results, err);
}

static int already_done(const char *dir, struct error *err) {
  struct ab_result r;
  struct error ignored = { 0 };
  char path[PATH_MAX];
  int rc = 0;
  snprintf(path, sizeof path, "%.4000s/result.json", dir);
  fields_init(&ab_result_fields, &r);
  if (access(path, F_OK) == 0 && fields_read(&ab_result_fields, &r, path, &ignored) == 0 && r.m.partial != ANSWER_YES) {
    rc = error_raise(err, ERROR_USAGE, -EALREADY, "the campaign in %s has its %s%s", dir,
                     r.m.verdict == VERDICT_NONE ? "table" : "verdict: ",
                     r.m.verdict == VERDICT_NONE ? "" : verdict_name(r.m.verdict));
    error_advise(err, "measuring on until another one comes would make its errors worthless; start a new campaign");
  }
  fields_free(&ab_result_fields, &r);
  return rc;
}

int ab_check_workload(const struct ab_options *o, struct error *err) {
  const struct workload *w = workload_find(o->workload);
  if (!w) return names_unknown(err, "workload", o->workload, workload_names());
  if (w->needs_file && !o->trace)
    return error_raise(err, ERROR_USAGE, -EINVAL, "%s wants a trace: --workload %s:FILE", w->name, w->name);
  if (w->own_threads)
    return error_raise(err, ERROR_USAGE, -EINVAL,
                       "%s starts threads of its own, which short processes cannot have: measure it with bench",
                       w->name);
  unsigned multiple = w->thread_multiple > 1 ? w->thread_multiple : 1;
  for (const unsigned *t = o->threads; *t; t++)
    if ((*t < w->min_threads ? w->min_threads : *t) % multiple)
      return error_raise(err, ERROR_USAGE, -EINVAL, "%s wants a multiple of %u threads", w->name, multiple);
  return 0;
}

/* What is wrong with the arms is said before a folder is made. */
static int check_arms(const struct ab_options *o, struct error *err) {
  struct arms *arms = calloc(1, sizeof *arms);
  struct run_accept accept;
  if (!arms) return error_raise(err, ERROR_INTERNAL, -ENOMEM, "out of memory");
  int rc = arms_expand(o, arms, err);
  for (size_t i = 0; i < arms->count && rc == 0 && o->commands.cmd; i++)
    rc = run_find_program(o, &arms->arm[i].words, arms->arm[i].name, err);
  if (rc == 0) rc = run_accept_parse(o->commands.accept, &accept, err);
  arms_free(arms);
  free(arms);
  return rc;
}

static int prepare(const struct ab_options *o, struct subject *s, struct ab_two *two, struct ab_project *p,
                   struct error *err) {
  if (o->project) return ab_project_open(o, p, err);
  bool commands = o->cmd[0] || o->commands.cmd;
  int rc = commands ? 0 : ab_check_workload(o, err);
  if (rc) return rc;
  if (o->commands.cmd || o->commands.lib) return check_arms(o, err);
  if (!o->names) return ab_two_open(o, two, err);
  rc = subject_gates(s, o->names, o->with, err);
  return rc ? rc : subject_build(s, o->source_dir, err);
}

static void fill_head(const struct ab_options *o, const char *name, struct ab_result *r) {
  fields_leave_out(&ab_result_fields, r, AB_TIMED | AB_DECOMPOSED | AB_THREADS);
  if (!o->names && !o->project) fields_leave_out(&ab_result_fields, r, AB_OF_GATES);
  fields_copy_text(&r->subject, name);
  r->protocol = o->protocol;
  fields_copy_text(&r->workload, o->cmd[0] || o->commands.cmd || o->project ? NULL : o->workload);
  if (o->trace && (r->trace = fields_new(&ab_trace_fields)) != NULL) {
    fields_copy_text(&r->trace->file, o->trace->file);
    fields_copy_text(&r->trace->sha256, o->trace->sha256);
    r->trace->events = (int64_t)o->trace->header.events;
    r->trace->threads = o->trace->header.threads;
  }
  for (int side = 0; side < 2; side++) fields_copy_text(&r->side[side], o->lib[side] ? o->lib[side] : o->cmd[side]);
  r->seed = (int64_t)o->seed;
  r->margin_pct = o->margin_pct;
  if (o->baseline && (r->baseline = fields_new(&ab_baseline_fields)) != NULL)
    fields_copy(&ab_baseline_fields, r->baseline, o->baseline);
}

int ab_run(const struct ab_options *o, const char *resume_dir, struct ab_result *r, struct error *err) {
  struct subject s = { 0 };
  struct ab_two two = { 0 };
  struct ab_project project = { 0 };
  struct results results = { .dir_fd = -1 };
  char name[256];
  fields_init(&ab_result_fields, r);
  subject_name(o, name, sizeof name);
  int rc = resume_dir ? already_done(resume_dir, err) : 0;
  if (rc == 0 && resume_dir && o->protocol == AB_SOURCE)
    rc = error_raise(err, ERROR_USAGE, -EINVAL,
                     "the source's protocol is ten runs after ten: it cannot go on after a break, start it again");
  if (rc == 0) rc = prepare(o, &s, &two, &project, err);
  if (rc == 0) rc = start_folder(o, name, resume_dir, &results, err);
  if (rc) goto out;
  fill_head(o, name, r);
  if (o->project) rc = ab_project_measure(o, &project, &results, resume_dir, r, err);
  else if (o->commands.cmd || o->commands.lib) rc = ab_arms(o, &results, resume_dir != NULL, r, err);
  else if (o->names) rc = gates_measured(o, &s, &results, resume_dir, r, err);
  else rc = measure(o, ab_two_fill, &two, &results, r, err);
  if (rc == 0) {
    r->calibration = calibration_quote();
    machine_read(&r->machine);
    fields_copy_text(&r->results_dir, results.path);
    rc = results_write_fields(&results, "result.json", &ab_result_fields, r, err);
  }
  /* what was asked wrongly has no result, and nothing to be resumed */
  if (rc && !resume_dir && (err->kind == ERROR_USAGE || err->kind == ERROR_MISSING)) results_abandon(&results);
  else results_close(&results);
out:
  if (rc) fields_free(&ab_result_fields, r);
  ab_two_free(&two);
  ab_project_close(&project);
  subject_free(&s);
  return rc;
}
