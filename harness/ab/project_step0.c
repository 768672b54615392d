/* SPDX-License-Identifier: GPL-3.0-or-later */
/* project_step0.c: do a project's gated lines run in its workload? See ab_run.h.
 *
 * All lines that have code in the build with the gate are armed in one `verify` on an image that is linked as the
 * build linked it, with debug information. Where no such line has code, as with a gate that only changes constants,
 * the functions that differ are armed instead, which is said. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "harness/ab/ab_run.h"
#include "harness/core/interrupt.h"
#include "harness/core/progress.h"
#include "harness/core/units.h"
#include "harness/project/project_gated.h"
#include "harness/step0/verify_project.h"

/* Armed places make a workload slow. */
#define STEP0_TIMEOUT_S 600.0

static int keep_lines(const struct gated_lines *lines, struct ab_project_subject *s) {
  for (size_t i = 0; i < lines->count; i++) {
    const struct gated_line *l = &lines->line[i];
    struct ab_gated_line *row = fields_append(&s->lines, sizeof *row);
    if (!row) return -ENOMEM;
    fields_copy_text(&row->file, l->file);
    row->line = l->line;
    fields_copy_text(&row->by, gated_by_name(l->by));
    row->has_code = l->has_code ? ANSWER_YES : ANSWER_NO;
    row->executed = l->has_code ? ANSWER_UNKNOWN : ANSWER_NO;
  }
  s->lines_with_code = (int64_t)lines->with_code;
  return 0;
}

static void fill(const struct verify_result *res, const struct gated_lines *lines, bool by_lines, bool counted,
                 uint64_t requests, struct ab_step0 *o, struct ab_project_subject *s, size_t *executed, unsigned *by) {
  size_t at = 0;
  uint64_t hits = 0;
  *executed = 0;
  *by = 0;
  for (size_t i = 0; i < res->sites; i++) {
    const struct verify_site *v = &res->site[i];
    while (at < lines->count && !lines->line[at].has_code) at++; /* sites are in the order of the lines with code */
    struct ab_site *row = fields_append(&o->per_site, sizeof *row);
    if (row) {
      const struct gated_line *l = by_lines && at < lines->count ? &lines->line[at] : NULL;
      if (l) fields_text(&row->name, "%s:%d", l->file, l->line);
      else fields_copy_text(&row->name, v->name);
      row->verdict = v->verdict;
      row->hits = v->measured && counted ? (int64_t)v->hits : COUNT_UNKNOWN;
      /* the operations of a command are its own */
      bool known = requests > 0 && v->measured && counted;
      row->hits_per_op = known ? (double)v->hits / (double)requests : NAN;
      if (known) hits += v->hits;
    }
    *executed += v->verdict == STEP0_EXECUTED;
    if (!by_lines || at >= lines->count || at >= s->lines.count) continue;
    if (v->verdict == STEP0_EXECUTED) *by |= lines->line[at].by;
    s->lines.item[at].executed = v->verdict == STEP0_EXECUTED       ? ANSWER_YES
                                 : v->verdict == STEP0_NOT_EXECUTED ? ANSWER_NO
                                                                    : ANSWER_UNKNOWN;
    at++;
  }
  if (requests == 0 || !counted) return;
  o->ops = (int64_t)requests;
  o->hits_per_op = (double)hits / (double)requests;
}

/* Two sentences for people: what there is, what ran. */
static enum project_step0 judge(const struct verify_result *res, bool by_lines, size_t executed, unsigned by,
                                char *text, size_t size) {
  const char *what = by_lines ? "gated lines with code" : "functions that differ (no gated line has code of its own)";
  if (executed > 0) {
    snprintf(text, size, "%zu of %zu %s run%s%s", executed, res->sites, what, by_lines ? ", found by " : "",
             by_lines ? gated_by_name(by) : "");
    return PROJECT_GO_ON;
  }
  bool open_question = res->rung == NULL || !verify_complete(res, VERIFY_ALL_SITES);
  for (size_t i = 0; i < res->sites; i++) {
    enum step0_verdict v = res->site[i].verdict;
    bool is_absent = v == STEP0_COMPILED_OUT || v == STEP0_NO_SITE;
    open_question |= by_lines ? v != STEP0_NOT_EXECUTED && !is_absent : v != STEP0_NOT_EXECUTED;
  }
  if (open_question) snprintf(text, size, "whether the gate runs is not known: %.300s", res->reason);
  else snprintf(text, size, "none of %zu %s runs in this workload", res->sites, what);
  return open_question ? PROJECT_NO_ANSWER : PROJECT_NEVER_RUN;
}

int ab_project_ask(const struct project_question *q, struct ab_step0 *step0, struct ab_project_subject *subject,
                   enum project_step0 *answer, char *reason, size_t size, struct error *err) {
  struct words line = { 0 }, symbol = { 0 };
  struct verify_result res = { 0 };
  struct error why = { 0 };
  bool counted = true;
  size_t executed;
  unsigned by;
  int rc = project_places(q->lines, q->root, q->function, &line, &symbol, err);
  *answer = PROJECT_GO_ON;
  if (rc == 0 && line.count + symbol.count == 0) {
    /* code went and none came, or data alone differs: there is no place that could be armed */
    step0->verdict = STEP0_NONE;
    step0->decision = DECISION_PROCEED;
    snprintf(reason, size, "not asked: %s",
             q->data_only ? "data alone differs, a run-time default: no code is behind this gate"
                          : "the gate takes code away, and none is behind it");
  } else if (rc == 0) {
    struct verify_request req = { .binary = q->image,
                                  .line = line.count ? line.word : NULL,
                                  .symbol = line.count ? NULL : symbol.word,
                                  .command = q->command,
                                  .elsewhere = q->elsewhere,
                                  .env = q->env,
                                  .user = q->user,
                                  .json = true,
                                  .quiet = q->quiet };
    progress_step(q->quiet, "Step 0: %zu place%s, counted for %.0f s at most", line.count + symbol.count,
                  units_plural(line.count + symbol.count, "", "s"), VERIFY_COUNT_S);
    int done = verify_places(&req, &res, &counted, &why);
    if (done != 0) {
      *answer = PROJECT_NO_ANSWER;
      snprintf(reason, size, "Step 0 could not be done: %.400s", why.text);
    } else {
      fill(&res, q->lines, line.count > 0, counted, q->images ? project_requests(q->images) : 0, step0, subject,
           &executed, &by);
      *answer = judge(&res, line.count > 0, executed, by, reason, size);
      fields_copy_text(&step0->method, res.rung ? res.rung->name : NULL);
      if (res.child_failed && *answer == PROJECT_NEVER_RUN) {
        *answer = PROJECT_NO_ANSWER;
        snprintf(reason, size, "the workload failed in Step 0, so that what it would have run is not known");
      }
      step0->verdict = *answer == PROJECT_GO_ON       ? STEP0_EXECUTED
                       : *answer == PROJECT_NEVER_RUN ? STEP0_NOT_EXECUTED
                                                      : STEP0_INCONCLUSIVE;
      step0->decision = *answer == PROJECT_GO_ON       ? DECISION_PROCEED
                        : *answer == PROJECT_NEVER_RUN ? DECISION_SKIP
                                                       : DECISION_NONE;
    }
    verify_free(&res);
  }
  words_free(&line);
  words_free(&symbol);
  if (rc == 0)
    fields_text(&step0->status, "%s%s", *answer == PROJECT_GO_ON && step0->verdict == STEP0_EXECUTED ? "PROCEED: " : "",
                reason);
  return rc;
}

int ab_project_step0(const struct ab_options *o, struct ab_project *p, struct ab_result *r, enum project_step0 *answer,
                     char *reason, size_t size, struct error *err) {
  char image[2][4096];
  struct gated_lines lines;
  struct words command = { 0 };
  *answer = PROJECT_GO_ON;
  r->step0 = fields_new(&ab_step0_fields);
  if (!r->step0) return error_raise(err, ERROR_INTERNAL, -ENOMEM, "out of memory");
  fields_copy_text(&r->step0->workload, p->workload->name);
  fields_copy_text(&r->step0->object_hash, p->builds.in.hash);
  int rc = project_images_debug(&p->images, p->builds.image, image, err);
  if (rc) return rc;
  const char *const both[2] = { image[0], image[1] };
  rc = gated_lines_find(&p->builds, both, p->images.scratch, &lines, err);
  if (rc) return rc;
  rc = keep_lines(&lines, r->project) ? error_set_errno(err, -ENOMEM, "the result") : 0;
  if (rc == 0)
    rc = project_images_command(&p->images, p->workload, 1, true, o->timeout_s > 0 ? o->timeout_s : STEP0_TIMEOUT_S,
                                &command, err);
  const struct project_question q = { .lines = &lines,
                                      .root = lines.by_tree ? p->builds.in.tree : "/src",
                                      .function = { &p->builds.diff.functions, &p->builds.diff.only_in },
                                      .data_only = p->builds.diff.data_only,
                                      .images = &p->images,
                                      .elsewhere = r->project->elsewhere,
                                      .quiet = o->quiet,
                                      .image = image[1],
                                      .command = command.word,
                                      .env = o->env,
                                      .user = o->user };
  if (rc == 0) rc = ab_project_ask(&q, r->step0, r->project, answer, reason, size, err);
  if (rc == 0) fields_copy_text(&p->root, q.root);
  words_free(&command);
  gated_lines_free(&lines);
  return rc;
}
