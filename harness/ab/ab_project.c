/* SPDX-License-Identifier: GPL-3.0-or-later */
/* ab_project.c: see ab_run.h. */
#include "harness/ab/ab_run.h"

#include <fcntl.h>
#include <limits.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "harness/core/interrupt.h"
#include "harness/core/progress.h"
#include "harness/counters/callgrind.h"
#include "harness/project/project_builtin.h"
#include "harness/project/project_gated.h"
#include "harness/project/project_macro.h"

/* Of one server process: the first request after a start costs more than the others, so that a round comes
 * before them, and what a start costs is shared by so many. */
#define SERVER_ROUNDS 5
/* One run of a command, or one round of a server's client, where the project does not say. */
#define RUN_TIMEOUT_S 60.0
/* Under callgrind a program is some fifty times slower. */
#define CALLGRIND_TIMEOUT_S 120.0

int ab_project_open(const struct ab_options *o, struct ab_project *p, struct error *err) {
  memset(p, 0, sizeof *p);
  int rc;
  if (o->project_short) {
    char path[PATH_MAX]; /* names begin in that folder */
    snprintf(path, sizeof path, "%.4000s/command line", o->project);
    rc = project_file_parse(&p->file, path, o->project_extra, strlen(o->project_extra), err);
    p->file.in_place = true;
  } else rc = project_open(&p->file, o->project, o->project_extra, err);
  if (rc) return rc;
  p->gate = project_find_gate(&p->file, o->names ? o->names[0] : NULL, err);
  if (p->gate) p->workload = project_find_workload(&p->file, o->project_workload, err);
  p->pinned = o->threads_given;
  if (p->gate && p->workload) return 0;
  project_free(&p->file);
  return err->code;
}

void ab_project_close(struct ab_project *p) {
  if (p->opened) project_images_close(&p->images);
  if (p->built) project_difference_free(&p->builds);
  words_free(&p->argv[0]);
  words_free(&p->argv[1]);
  free(p->root);
  if (p->file.path) project_free(&p->file);
  memset(p, 0, sizeof *p);
}

/* --- what differs ----------------------------------------------------------------------------------- */

static int add_texts(void *list, const struct words *w) {
  for (size_t i = 0; i < w->count; i++) {
    char **one = fields_append(list, sizeof *one);
    if (!one || !(*one = strdup(w->word[i]))) return -ENOMEM;
  }
  return 0;
}

static int fill_subject(const struct ab_project *p, struct ab_project_subject *s, struct error *err) {
  static const char *const clock[] = { "cpu", "cpu/request", "wall", "print" };
  const struct code_set_diff *d = &p->builds.diff;
  fields_copy_text(&s->project, p->file.path);
  fields_copy_text(&s->gate, p->gate->name);
  fields_copy_text(&s->workload, p->workload->name);
  fields_copy_text(&s->image, p->file.image.text[p->builds.image]);
  char elsewhere[256];
  if (project_difference_elsewhere(&p->builds, elsewhere, sizeof elsewhere)) fields_copy_text(&s->elsewhere, elsewhere);
  fields_copy_text(&s->clock, clock[p->workload->clock]);
  fields_copy_text(&s->user_class, project_class_name(p->gate->user_class));
  s->functions = (int64_t)p->builds.functions;
  s->identical = d->identical ? ANSWER_YES : ANSWER_NO;
  s->data_only = d->data_only ? ANSWER_YES : ANSWER_NO;
  int rc = add_texts(&s->functions_differ, &d->functions);
  if (rc == 0) rc = add_texts(&s->only_in, &d->only_in);
  if (rc == 0) rc = add_texts(&s->only_out, &d->only_out);
  if (rc == 0) rc = add_texts(&s->data, &d->data);
  if (rc == 0) rc = add_texts(&s->lost, &p->builds.lost);
  return rc ? error_set_errno(err, rc, "the result") : 0;
}

/* What the objects are, for --resume and whoever compares two results. */
static int fill_build(const struct ab_project *p, struct ab_build *b) {
  char **gate = fields_append(&b->gates, sizeof *gate);
  if (!gate || !(*gate = strdup(p->gate->name))) return -ENOMEM;
  fields_copy_text(&b->object_hash[0], p->builds.out.hash);
  fields_copy_text(&b->object_hash[1], p->builds.in.hash);
  for (int side = 0; side < 2; side++) {
    char path[PATH_MAX];
    struct error ignored = { 0 };
    const struct project_tree *t = side ? &p->builds.in : &p->builds.out;
    if (project_image_path(t, p->file.image.text[0], path, sizeof path, &ignored) == 0)
      fields_copy_text(&b->image[side], path);
  }
  int rc = add_texts(&b->functions_that_differ, &p->builds.diff.functions);
  return rc ? rc : add_texts(&b->data_that_differs, &p->builds.diff.data);
}

static int same_build(const char *dir, const struct ab_build *now, struct error *err) {
  struct ab_build before;
  char path[PATH_MAX];
  snprintf(path, sizeof path, "%.4000s/build.json", dir);
  fields_init(&ab_build_fields, &before);
  int rc = access(path, F_OK) == 0 ? fields_read(&ab_build_fields, &before, path, err) : 0;
  for (int side = 0; side < 2 && rc == 0; side++)
    if (before.object_hash[side] && strcmp(before.object_hash[side], now->object_hash[side]) != 0)
      rc = error_raise(err, ERROR_USAGE, -ESTALE, "the sources or the build changed since %s was measured", dir);
  fields_free(&ab_build_fields, &before);
  return rc;
}

static void fill_step1(const struct ab_project *p, struct ab_step1 *s) {
  bool telemetry = p->gate->user_class == PROJECT_CLASS_TELEMETRY;
  s->class = AUDIT_UNKNOWN;
  fields_text(&s->source, "not audited; the project file %s",
              telemetry                                          ? "says telemetry"
              : p->gate->user_class == PROJECT_CLASS_CORRECTNESS ? "says correctness"
                                                                 : "does not say what the gate is");
}

/* --- the campaign ----------------------------------------------------------------------------------- */

static int place(void *context, uint64_t seed, const unsigned record[2], const unsigned side[2], struct error *err) {
  return project_images_place(context, seed, record, side, err);
}

void ab_project_spec(struct campaign_spec *spec, bool server, bool pinned, const struct words *argv) {
  spec->kind = AB_JOB_PROJECT;
  spec->baseline_name = "without the gate";
  spec->workload = "-";
  spec->rounds = server ? SERVER_ROUNDS : 1;
  spec->warm_rounds = 0;
  spec->side_argv[0] = argv[0].word;
  spec->side_argv[1] = argv[1].word;
  spec->timeout_s = 0; /* hakmem-project-run has its own, of each round */
  for (unsigned t = 0; t < AB_THREADS_MAX && !pinned; t++) spec->cpu[t] = -1;
}

static void fill(struct campaign_spec *spec, const void *what) {
  const struct ab_project *p = what;
  ab_project_spec(spec, p->workload->server != NULL, p->pinned, p->argv);
  spec->place = place;
  spec->place_context = (void *)(uintptr_t)&p->images;
}

static void set_verdict(struct ab_result *r, enum verdict verdict, const char *reason) {
  r->m.verdict = verdict;
  fields_copy_text(&r->m.reason, reason);
}

/* Instructions of one run of each side, as linked, with the first size. */
static int count_side(const struct ab_options *o, const struct ab_project *p, const char *image, unsigned side,
                      uint64_t *insns, struct error *err) {
  char folder[PATH_MAX], work[2 * PATH_MAX], run[2 * PATH_MAX], library[PATH_MAX + 32], project[PATH_MAX];
  struct words words = { 0 };
  snprintf(folder, sizeof folder, "%.4000s", image);
  *strrchr(folder, '/') = '\0';
  snprintf(work, sizeof work, "%s/work-%u", p->images.scratch, side);
  snprintf(run, sizeof run, "%s/callgrind-run", folder);
  snprintf(library, sizeof library, "LD_LIBRARY_PATH=%s", folder);
  if (!realpath(p->file.folder, project)) return error_set_errno(err, -errno, "%.300s", p->file.folder);
  const struct project_variable variables[] = {
    { "image", image },
    { "images", folder },
    { "project", project },
    { "run", run },
    { "size", p->workload->size.count ? p->workload->size.text[0] : NULL },
    { "port", NULL },
  };
  if (mkdir(run, 0755) != 0 && errno != EEXIST) return error_set_errno(err, -errno, "%.300s", run);
  int rc = words_split(&words, p->workload->run, err);
  for (size_t i = 0; rc == 0 && i < words.count; i++) {
    char *expanded;
    rc = project_expand(words.word[i], variables, sizeof variables / sizeof *variables, &expanded, err);
    if (rc) break;
    free(words.word[i]);
    words.word[i] = expanded;
  }
  int here = open(".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (rc == 0 && (here < 0 || chdir(work) != 0)) rc = error_set_errno(err, -errno, "%.300s", work);
  if (rc == 0 && strchr(words.word[0], '/') == NULL && access(words.word[0], X_OK) == 0) {
    char beside[PATH_MAX];
    snprintf(beside, sizeof beside, "./%.4000s", words.word[0]);
    free(words.word[0]);
    words.word[0] = strdup(beside);
  }
  char *env[PROJECT_LIST_MAX + 2] = { library };
  for (size_t i = 0; i < p->workload->env.count; i++) env[i + 1] = p->workload->env.text[i];
  if (rc == 0) rc = callgrind_count(words.word, NULL, env, o->user, -1, CALLGRIND_TIMEOUT_S, insns, err);
  if (here >= 0) {
    if (fchdir(here) != 0 && rc == 0) rc = error_set_errno(err, -errno, "the folder we came from");
    close(here);
  }
  words_free(&words);
  return rc;
}

void ab_project_count_insns(const struct ab_options *o, struct ab_project *p, struct ab_result *r) {
  char image[2][4096];
  uint64_t insns[2] = { 0, 0 };
  struct error err = { 0 };
  const char *why = o->no_callgrind                                   ? "--no-callgrind"
                    : p->workload->server                             ? "a server is not run under callgrind"
                    : p->workload->preload || p->workload->stdin_file ? "not with a preloaded library or an input file"
                                                                      : NULL;
  if (why) {
    fields_copy_text(&r->insns_reason, why);
    return;
  }
  int rc = project_images_debug(&p->images, 0, image, &err);
  for (unsigned side = 0; side < 2 && rc == 0 && !interrupt_pending(); side++)
    rc = count_side(o, p, image[side], side, &insns[side], &err);
  if (rc == 0 && insns[0] && insns[1])
    for (unsigned side = 0; side < 2; side++) r->insns_per_op.side[side] = (double)insns[side];
  else fields_text(&r->insns_reason, "%.300s", rc ? err.text : "interrupted");
}

int ab_project_steps(const struct ab_options *o, struct ab_project *p, struct results *results, const char *resume_dir,
                     struct ab_result *r, enum project_step0 *answer, char *reason, size_t size, struct error *err) {
  *answer = PROJECT_NO_CODE;
  progress_step(o->quiet, "building %s with and without %s, in copies", p->file.source, p->gate->name);
  int rc = project_compare(&p->file, p->gate, &p->builds, err);
  if (rc) return rc;
  p->built = true;
  r->project = fields_new(&ab_project_subject_fields);
  r->build = fields_new(&ab_build_fields);
  r->step1 = fields_new(&ab_step1_fields);
  if (!r->project || !r->build || !r->step1) return error_raise(err, ERROR_INTERNAL, -ENOMEM, "out of memory");
  rc = fill_subject(p, r->project, err);
  if (rc == 0 && fill_build(p, r->build) != 0) rc = error_set_errno(err, -ENOMEM, "the result");
  if (rc == 0 && results)
    rc = resume_dir ? same_build(resume_dir, r->build, err)
                    : results_write_fields(results, "build.json", &ab_build_fields, r->build, err);
  if (rc) return rc;
  fill_step1(p, r->step1);
  if (p->builds.diff.identical) {
    return project_identical(&p->file, p->gate, reason, size, err);
  }
  if ((rc = project_difference_known(&p->builds, err)) != 0) return rc;
  rc = project_images_open(&p->images, &p->file, &p->builds, err);
  if (rc) return rc;
  p->opened = true;
  return ab_project_step0(o, p, r, answer, reason, size, err);
}

int ab_project_measure(const struct ab_options *o, struct ab_project *p, struct results *results,
                       const char *resume_dir, struct ab_result *r, struct error *err) {
  char reason[512] = "";
  enum project_step0 answer;
  int rc = ab_project_steps(o, p, results, resume_dir, r, &answer, reason, sizeof reason, err);
  if (rc) return rc;
  if (answer == PROJECT_NO_CODE) {
    set_verdict(r, VERDICT_NEUTRAL, reason);
    return 0;
  }
  if (interrupt_pending()) {
    fields_bring_in(&ab_result_fields, r, AB_TIMED);
    r->m.partial = ANSWER_YES;
    set_verdict(r, VERDICT_INCONCLUSIVE, "interrupted before anything was timed; --resume goes on");
    return 0;
  }
  if (answer != PROJECT_GO_ON) {
    set_verdict(r, answer == PROJECT_NEVER_RUN ? VERDICT_NO_OP : VERDICT_INCONCLUSIVE, reason);
    return 0;
  }
  for (unsigned side = 0; side < 2 && rc == 0; side++)
    rc = project_images_command(&p->images, p->workload, side, false, o->timeout_s > 0 ? o->timeout_s : RUN_TIMEOUT_S,
                                &p->argv[side], err);
  if (rc == 0 && o->instead) return o->instead(o->context, o, p, r, err);
  if (rc == 0) rc = ab_thread_campaigns(o, fill, p, results, r, err);
  if (rc) return rc;
  if (!p->images.relinked) {
    r->m.layouts = COUNT_UNKNOWN;
    fields_text(&r->m.layout_sampling,
                "none: the images are measured in the one layout that they were linked with (%s)",
                p->images.fixed_reason);
  }
  /* a printed number has no unit that we know */
  if (p->workload->clock == PROJECT_CLOCK_PRINT) r->m.ns_per_op.side[0] = r->m.ns_per_op.side[1] = NAN;
  if (r->m.partial != ANSWER_YES) ab_project_count_insns(o, p, r);
  return 0;
}
