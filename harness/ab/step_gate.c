/* SPDX-License-Identifier: GPL-3.0-or-later */
/* step_gate.c: see step_gate.h. */
#include "harness/ab/step_gate.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "harness/audit/audit.h"
#include "harness/build/marked.h"
#include "harness/build/variant_stage.h"
#include "harness/core/json_out.h"
#include "harness/step0/verify.h"

/* Steps of one thread: enough that a path taken once in a hundred thousand is seen. */
#define STEP0_OPS 400000

static const struct verify_site *site_of(const struct verify_result *res, const struct gate *g) {
  for (size_t i = 0; i < res->sites; i++)
    if (res->site[i].gate == g) return &res->site[i];
  return NULL;
}

/* What Step 0 says of the gates of this A/B among all of the library. */
static enum step_decision judge(const struct subject *s, const struct verify_result *res, json_t *o, char *reason,
                                size_t size) {
  size_t n = 0;
  bool proceed = false, open_question = false;
  double hits = 0;
  json_t *per_site = json_array();
  n += (size_t)snprintf(reason, size, "Step 0:");
  for (size_t i = 0; i < s->gates; i++) {
    const struct verify_site *v = site_of(res, s->gate[i]);
    enum step0_verdict verdict = v ? v->verdict : STEP0_NO_SITE;
    proceed |= verdict == STEP0_EXECUTED;
    open_question |= verdict == STEP0_INCONCLUSIVE;
    hits += v && v->measured && !isnan(v->hits_per_op) ? v->hits_per_op : 0;
    json_t *row = json_object();
    json_object_set_new(row, "name", json_text(s->gate[i]->name));
    json_object_set_new(row, "verdict", json_text(step0_verdict_name(verdict)));
    json_object_set_new(row, "hits", json_count(v && v->measured, v ? v->hits : 0));
    json_object_set_new(row, "hits_per_op", json_number(v && v->measured ? v->hits_per_op : NAN));
    json_array_append_new(per_site, row);
    if (verdict != STEP0_EXECUTED && n < size)
      n += (size_t)snprintf(reason + n, size - n, " %s is %s%s%s;", s->gate[i]->name, step0_verdict_name(verdict),
                            v && v->reason[0] ? ": " : "", v ? v->reason : "");
  }
  json_object_set_new(o, "per_site", per_site);
  json_object_set_new(o, "hits_per_op", json_number(proceed ? hits : NAN));
  json_object_set_new(o, "verdict", json_text(proceed ? "EXECUTED" : open_question ? "INCONCLUSIVE" : "NOT_EXECUTED"));
  json_object_set_new(o, "decision", proceed ? json_text("PROCEED") : open_question ? json_null() : json_text("SKIP"));
  return proceed ? STEP_PROCEED : open_question ? STEP_NOT_RUN : STEP_NO_OP;
}

/* Whether what Step 0 saw is what is timed. A marker is volatile to the compiler, which may
 * schedule around it: the site then still runs as often, being the same statement of the same
 * source, but the result says where the code is another. Returns how many functions differ. */
static size_t same_code(const struct subject *s, const struct variant *marked, json_t *o) {
  struct words differ = { 0 };
  struct error err;
  error_clear(&err);
  int rc = marked_compare(&marked->objects, &s->variant[1].objects, &differ, &err);
  size_t n = differ.count;
  json_t *list = json_array();
  for (size_t i = 0; i < n; i++) json_array_append_new(list, json_text(differ.word[i]));
  json_object_set_new(o, "marked_equals_timed", rc ? json_null() : json_boolean(n == 0));
  json_object_set_new(o, "functions_that_differ", list);
  words_free(&differ);
  return n;
}

enum step_decision ab_gate_step0(const struct subject *s, const struct step_workload *w, json_t **step0, char *reason,
                                 size_t size) {
  struct variant_spec spec = { .flags_on = s->flag, .markers = true };
  struct variant marked = { 0 };
  struct variant_stage stage = { .dir = "" };
  struct verify_result res = { 0 };
  struct error err = { 0 };
  char threads[16], status[400], note[120] = "";
  enum step_decision decision = STEP_NOT_RUN;
  *step0 = json_object();
  if (s->features) {
    json_object_set_new(*step0, "status", json_text("not asked for a feature: it has no telemetry site"));
    json_object_set_new(*step0, "decision", json_null());
    return STEP_PROCEED;
  }
  snprintf(threads, sizeof threads, "%u", w->threads);
  if (variant_build(&s->recipe, &spec, &marked, &err) != 0) goto failed;
  if (variant_stage_open(&stage, marked.image_path, w->user, &err) != 0) goto failed;
  struct verify_request req = { .all = true,
                                .workload = w->workload,
                                .threads = threads,
                                .slots = w->slots,
                                .ops = STEP0_OPS,
                                .seed = w->seed,
                                .library = stage.path,
                                .env = w->env,
                                .user = w->user,
                                .json = true,
                                .quiet = true };
  if (verify_run(&req, &res, &err) != 0) goto failed;
  decision = judge(s, &res, *step0, reason, size);
  size_t differ = same_code(s, &marked, *step0);
  json_object_set_new(*step0, "method", json_text(res.rung ? res.rung->name : NULL));
  json_object_set_new(*step0, "object_hash", json_text(marked.hash));
  json_object_set_new(*step0, "ops", json_count(res.ops_known, res.ops));
  json_object_set_new(*step0, "workload", json_text(w->workload));
  if (differ)
    snprintf(note, sizeof note, "; in %zu functions the marked build differs from the timed one by more than nops",
             differ);
  snprintf(status, sizeof status, "%s by %s, %.6g executions for each operation%s",
           decision == STEP_PROCEED ? "PROCEED"
           : decision == STEP_NO_OP ? "SKIP"
                                    : "undecided",
           res.rung ? res.rung->name : "no method", json_number_value(json_object_get(*step0, "hits_per_op")), note);
  json_object_set_new(*step0, "status", json_text(decision == STEP_PROCEED ? status : reason + strlen("Step 0: ")));
  goto out;
failed:
  snprintf(reason, size, "Step 0 could not be done: %.400s", err.text);
  json_object_set_new(*step0, "status", json_text(reason));
  json_object_set_new(*step0, "decision", json_null());
out:
  variant_stage_close(&stage);
  verify_free(&res);
  variant_free(&marked);
  return decision;
}

/* The class of one gate: the audit's of HAKMEM's own sources, else the gate table's. */
static const char *class_of(const struct gate *g, bool own_sources, char *source, size_t size, bool *correctness) {
  enum audit_class cls;
  char reason[512];
  struct error err;
  error_clear(&err);
  *correctness = false;
  if (g->class == GATE_FEATURE) {
    snprintf(source, size, "the gate table: what the feature does is lost with it, the gain is its price");
    return gate_class_name(g->class);
  }
  if (!own_sources) {
    snprintf(source, size, "the gate table: these sources were not audited");
    return gate_class_name(g->class);
  }
  int rc = audit_class_of_gate(g->name, &cls, reason, sizeof reason, &err);
  if (rc != 0) {
    snprintf(source, size, "the gate table: %.300s", err.text);
    return gate_class_name(g->class);
  }
  *correctness = cls == AUDIT_CORRECTNESS;
  snprintf(source, size, "the audit: %.400s", reason);
  return audit_class_name(cls);
}

enum step_decision ab_gate_step1(const struct subject *s, bool own_sources, json_t **step1, char *reason, size_t size) {
  enum step_decision decision = STEP_PROCEED;
  json_t *rows = json_array();
  char source[512], first[512] = "";
  const char *worst = "TELEMETRY";
  *step1 = json_object();
  for (size_t i = 0; i < s->gates; i++) {
    bool correctness;
    const char *name = class_of(s->gate[i], own_sources, source, sizeof source, &correctness);
    json_t *row = json_object();
    json_object_set_new(row, "name", json_text(s->gate[i]->name));
    json_object_set_new(row, "class", json_text(name));
    json_object_set_new(row, "source", json_text(source));
    json_array_append_new(rows, row);
    if (i == 0 || (decision == STEP_PROCEED && strcmp(name, "TELEMETRY") != 0)) {
      worst = name;
      memcpy(first, source, sizeof first);
    }
    if (correctness && decision == STEP_PROCEED) {
      decision = STEP_REFUSED;
      snprintf(reason, size, "%s is CORRECTNESS by %.400s: it is not compiled out", s->gate[i]->name, source);
    }
  }
  json_object_set_new(*step1, "class", json_text(worst));
  json_object_set_new(*step1, "source", json_text(first));
  json_object_set_new(*step1, "gates", rows);
  return decision;
}
