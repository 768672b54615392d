/* SPDX-License-Identifier: GPL-3.0-or-later */
/* step_gate.c: see step_gate.h. */
#include "harness/ab/step_gate.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "harness/audit/audit.h"
#include "harness/build/marked.h"
#include "harness/build/variant_stage.h"
#include "harness/core/units.h"
#include "harness/step0/verify.h"

/* Steps of one thread: enough that a path taken once in a hundred thousand is seen. */
#define STEP0_OPS 400000

static const struct verify_site *site_of(const struct verify_result *res, const struct gate *g) {
  for (size_t i = 0; i < res->sites; i++)
    if (res->site[i].gate == g) return &res->site[i];
  return NULL;
}

/* What Step 0 says of the gates of this A/B among all of the library. */
static enum step_decision judge(const struct subject *s, const struct verify_result *res, struct ab_step0 *o,
                                char *reason, size_t size) {
  size_t n = 0;
  bool proceed = false, open_question = false;
  double hits = 0;
  const size_t head = (size_t)snprintf(reason, size, "Step 0:");
  n += head;
  for (size_t i = 0; i < s->gates; i++) {
    const struct verify_site *v = site_of(res, s->gate[i]);
    enum step0_verdict verdict = v ? v->verdict : STEP0_NO_SITE;
    struct ab_site *row = fields_append(&o->per_site, sizeof *row);
    proceed |= verdict == STEP0_EXECUTED;
    open_question |= verdict == STEP0_INCONCLUSIVE || !row;
    hits += v && v->measured && !isnan(v->hits_per_op) ? v->hits_per_op : 0;
    if (row) {
      fields_copy_text(&row->name, s->gate[i]->name);
      row->verdict = verdict;
      row->hits = v && v->measured ? (int64_t)v->hits : COUNT_UNKNOWN;
      row->hits_per_op = v && v->measured ? v->hits_per_op : NAN;
    }
    if (verdict != STEP0_EXECUTED && n < size)
      n += (size_t)snprintf(reason + n, size - n, "%s %s is %s%s%s", n > head ? ";" : "", s->gate[i]->name,
                            step0_verdict_name(verdict), v && v->reason[0] ? ": " : "", v ? v->reason : "");
  }
  if (proceed) o->hits_per_op = hits;
  o->verdict = proceed ? STEP0_EXECUTED : open_question ? STEP0_INCONCLUSIVE : STEP0_NOT_EXECUTED;
  o->decision = proceed ? DECISION_PROCEED : open_question ? DECISION_NONE : DECISION_SKIP;
  return proceed ? STEP_PROCEED : open_question ? STEP_NOT_RUN : STEP_NO_OP;
}

/* Whether what Step 0 saw is what is timed. A marker is volatile to the compiler, which may
 * schedule around it: the site then still runs as often, being the same statement of the same
 * source, but the result says where the code is another. Returns how many functions differ. */
static size_t same_code(const struct subject *s, const struct variant *marked, struct ab_step0 *o) {
  struct words differ = { 0 };
  struct error err;
  error_clear(&err);
  int rc = marked_compare(&marked->objects, &s->variant[1].objects, &differ, &err);
  size_t n = differ.count;
  for (size_t i = 0; i < n; i++) {
    char **one = fields_append(&o->functions_that_differ, sizeof *one);
    if (one) *one = strdup(differ.word[i]);
  }
  if (rc == 0) o->marked_equals_timed = n == 0 ? ANSWER_YES : ANSWER_NO;
  words_free(&differ);
  return n;
}

static void not_run(struct ab_step0 *o, const char *status) {
  fields_free(&ab_step0_fields, o);
  fields_leave_out(&ab_step0_fields, o, AB_STEP0_RUN);
  fields_copy_text(&o->status, status);
}

enum step_decision ab_library_step0(const struct subject *s, const char *library, const struct step_workload *w,
                                    struct ab_step0 *step0, char *reason, size_t size) {
  struct verify_result res = { 0 };
  struct error err = { 0 };
  char threads[16];
  enum step_decision decision = STEP_NOT_RUN;
  snprintf(threads, sizeof threads, "%u", w->threads);
  struct verify_request req = { .all = true,
                                .workload = w->workload,
                                .threads = threads,
                                .slots = w->slots,
                                .ops = STEP0_OPS,
                                .seed = w->seed,
                                .trace = w->trace,
                                .library = library,
                                .bench = w->bench,
                                .env = w->env,
                                .user = w->user,
                                .json = true,
                                .quiet = true };
  if (verify_run(&req, &res, &err) != 0) {
    snprintf(reason, size, "Step 0 could not be done: %.400s", err.text);
    not_run(step0, reason);
  } else {
    decision = judge(s, &res, step0, reason, size);
    fields_copy_text(&step0->method, res.rung ? res.rung->name : NULL);
    step0->ops = res.ops_known ? (int64_t)res.ops : COUNT_UNKNOWN;
    fields_copy_text(&step0->workload, w->workload);
    if (decision == STEP_PROCEED)
      fields_text(&step0->status, "PROCEED by %s, %.6g executions for each operation",
                  res.rung ? res.rung->name : "no method", step0->hits_per_op);
    else fields_copy_text(&step0->status, reason + strlen("Step 0: "));
  }
  verify_free(&res);
  return decision;
}

enum step_decision ab_gate_step0(const struct subject *s, const struct step_workload *w, struct ab_step0 *step0,
                                 char *reason, size_t size) {
  struct variant_spec spec = { .flags_on = s->flag, .markers = true };
  struct variant marked = { 0 };
  struct variant_stage stage = { .dir = "" };
  struct error err = { 0 };
  enum step_decision decision = STEP_NOT_RUN;
  if (s->features) {
    not_run(step0, "not asked for a feature: it has no telemetry site");
    return STEP_PROCEED;
  }
  if (variant_build(&s->recipe, &spec, &marked, &err) != 0 ||
      variant_stage_open(&stage, marked.image_path, w->user, &err) != 0) {
    snprintf(reason, size, "Step 0 could not be done: %.400s", err.text);
    not_run(step0, reason);
  } else {
    decision = ab_library_step0(s, stage.path, w, step0, reason, size);
    size_t differ = step0->per_site.count ? same_code(s, &marked, step0) : 0;
    if (step0->per_site.count) fields_copy_text(&step0->object_hash, marked.hash);
    if (differ && decision == STEP_PROCEED && step0->status) {
      char *status = step0->status;
      step0->status = NULL;
      fields_text(&step0->status, "%s; in %zu function%s the marked build differs from the timed one by more than nops",
                  status, differ, units_plural(differ, "", "s"));
      free(status);
    }
  }
  variant_stage_close(&stage);
  variant_free(&marked);
  return decision;
}

/* The class of one gate: the audit's of HAKMEM's own sources, else the gate table's. *audited: it is
 * the audit's. */
static enum audit_class class_of(const struct gate *g, bool own_sources, char *source, size_t size, bool *audited) {
  enum audit_class cls, table = (enum audit_class)fields_enum_of(audit_class_names, gate_class_name(g->class));
  char reason[512];
  struct error err;
  error_clear(&err);
  *audited = false;
  if (table == AUDIT_FEATURE) {
    snprintf(source, size, "the gate table: what the feature does is lost with it, the gain is its price");
    return table;
  }
  if (!own_sources) {
    snprintf(source, size, "the gate table: these sources were not audited");
    return table;
  }
  if (audit_class_of_gate(g->name, &cls, reason, sizeof reason, &err) != 0) {
    snprintf(source, size, "the gate table: %.300s", err.text);
    return table;
  }
  *audited = true;
  snprintf(source, size, "the audit: %.400s", reason);
  return cls;
}

enum step_decision ab_gate_step1(const struct subject *s, bool own_sources, struct ab_step1 *step1, char *reason,
                                 size_t size) {
  enum step_decision decision = STEP_PROCEED;
  char source[512];
  step1->class = AUDIT_TELEMETRY;
  fields_copy_text(&step1->source, "");
  for (size_t i = 0; i < s->gates; i++) {
    bool audited;
    enum audit_class class = class_of(s->gate[i], own_sources, source, sizeof source, &audited);
    struct ab_gate_class *row = fields_append(&step1->gates, sizeof *row);
    if (row) {
      fields_copy_text(&row->name, s->gate[i]->name);
      row->class = class;
      fields_copy_text(&row->source, source);
    }
    if (i == 0 || (decision == STEP_PROCEED && class != AUDIT_TELEMETRY)) {
      step1->class = class;
      fields_copy_text(&step1->source, source);
    }
    if (audited && class == AUDIT_CORRECTNESS && decision == STEP_PROCEED) {
      decision = STEP_REFUSED;
      snprintf(reason, size, "%s is CORRECTNESS by %.400s: it is not compiled out", s->gate[i]->name, source);
    }
  }
  return decision;
}
