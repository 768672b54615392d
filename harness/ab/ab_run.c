/* SPDX-License-Identifier: GPL-3.0-or-later */
/* ab_run.c: see ab_run.h. */
#include "harness/ab/ab_run.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "harness/ab/ab_json.h"
#include "harness/ab/calibration.h"
#include "harness/ab/step_gate.h"
#include "harness/core/foreign_file.h"
#include "harness/core/json_out.h"
#include "harness/core/machine.h"
#include "harness/core/names.h"
#include "harness/workloads/workload.h"

enum exit_code ab_exit_code(const json_t *result) {
  const char *v = json_string_value(json_object_get(result, "verdict"));
  if (json_is_true(json_object_get(result, "partial"))) return EXIT_INTERRUPTED;
  if (!v || strcmp(v, "INCONCLUSIVE") == 0) return EXIT_UNMEASURED;
  return strcmp(v, "NO-OP") == 0 ? EXIT_CLAIM_FALSE : EXIT_DONE;
}

/* "free-trace+free-calls", shortened where there are many. */
static void subject_name(const struct ab_options *o, char *buf, size_t size) {
  size_t n = 0;
  buf[0] = '\0';
  if (!o->names) {
    snprintf(buf, size, "%.100s vs %.100s", o->lib[0] ? o->lib[0] : o->cmd[0], o->lib[1] ? o->lib[1] : o->cmd[1]);
    return;
  }
  for (size_t i = 0; o->names[i] && n + 1 < size; i++)
    n += (size_t)snprintf(buf + n, size - n, "%s%s", i ? "," : "", o->names[i]);
}

static void set_verdict(json_t *o, const char *verdict, const char *reason) {
  json_object_set_new(o, "verdict", json_text(verdict));
  json_object_set_new(o, "reason", json_text(reason));
}

/* What was not measured is there, and null. */
static void fill_nulls(json_t *o, bool gates) {
  static const char *const always[] = { "gain_pct", "mean_gain_pct", "layouts",  "pairs",         "elapsed_s",
                                        "needed_s", "control",       "counters", "disturbed_pct", "calibration" };
  static const char *const of_gates[] = {
    "direct_pct", "layout_pct", "expected_pct", "insns_per_op", "step0", "step1"
  };
  for (size_t i = 0; i < sizeof always / sizeof *always; i++)
    if (!json_object_get(o, always[i])) json_object_set_new(o, always[i], json_null());
  for (size_t i = 0; gates && i < sizeof of_gates / sizeof *of_gates; i++)
    if (!json_object_get(o, of_gates[i])) json_object_set_new(o, of_gates[i], json_null());
}

static json_t *texts(const struct words *w) {
  json_t *a = json_array();
  for (size_t i = 0; i < w->count; i++) json_array_append_new(a, json_text(w->word[i]));
  return a;
}

static json_t *build_json(const struct subject *s) {
  json_t *o = json_object(), *gates = json_array();
  for (size_t i = 0; i < s->gates; i++) json_array_append_new(gates, json_text(s->gate[i]->name));
  json_object_set_new(o, "gates", gates);
  json_object_set_new(o, "object_hash_out", json_text(s->variant[0].hash));
  json_object_set_new(o, "object_hash_in", json_text(s->variant[1].hash));
  json_object_set_new(o, "image_out", json_text(s->variant[0].image_path));
  json_object_set_new(o, "image_in", json_text(s->variant[1].image_path));
  json_object_set_new(o, "functions_that_differ", texts(&s->diff.functions));
  json_object_set_new(o, "data_that_differs", texts(&s->diff.data));
  return o;
}

/* The objects must be those that the first part was measured with. */
static int same_build(const char *dir, const struct subject *s, struct error *err) {
  char path[4096];
  snprintf(path, sizeof path, "%.4000s/build.json", dir);
  json_t *j = foreign_file_json(path, NULL);
  const char *out = json_string_value(json_object_get(j, "object_hash_out")),
             *in = json_string_value(json_object_get(j, "object_hash_in"));
  int rc = 0;
  if (out && in && (strcmp(out, s->variant[0].hash) != 0 || strcmp(in, s->variant[1].hash) != 0)) {
    rc = error_set(err, -ESTALE, "the sources, flags or compiler changed since %s was measured", dir);
    error_advise(err, "start a new campaign, or bring the old sources back");
  }
  json_decref(j);
  return rc;
}

static void fill_images(struct campaign_spec *spec, const void *what) {
  const struct subject *s = what;
  spec->kind = AB_JOB_IMAGE;
  spec->baseline_name = "compiled out";
  spec->image[0] = &s->image[0];
  spec->image[1] = &s->image[1];
}

static int measure(const struct ab_options *o, ab_fill *fill, const void *what, struct results *results, json_t *result,
                   struct error *err) {
  return strcmp(o->protocol, "source") == 0 ? ab_source_protocol(o, fill, what, results, result, err)
                                            : ab_thread_campaigns(o, fill, what, results, result, err);
}

static int gates_measured(const struct ab_options *o, struct subject *s, struct results *results,
                          const char *resume_dir, json_t *result, struct error *err) {
  char reason[512] = "";
  json_t *step0, *step1, *build = build_json(s);
  json_object_set(result, "build", build);
  json_object_set_new(result, "needs", json_text(s->needs[0] ? s->needs : NULL));
  int rc = resume_dir ? same_build(resume_dir, s, err) : results_write_json(results, "build.json", build, err);
  json_decref(build);
  if (rc) return rc;
  const struct step_workload w = { .workload = o->workload,
                                   .threads = ab_first_threads(o),
                                   .slots = o->slots,
                                   .seed = o->seed,
                                   .env = o->env,
                                   .user = o->user };
  enum step_decision one = ab_gate_step1(s, o->source_dir == NULL, &step1, reason, sizeof reason);
  json_object_set_new(result, "step1", step1);
  if (one == STEP_REFUSED) return error_set(err, -EINVAL, "%s", reason);
  if (s->diff.identical) {
    json_object_set_new(result, "step0", json_null());
    set_verdict(result, "NEUTRAL", "the machine code of both variants is identical: nothing was timed");
    return 0;
  }
  rc = subject_check_sites(s, err);
  if (rc) return rc;
  enum step_decision zero = ab_gate_step0(s, &w, &step0, reason, sizeof reason);
  json_object_set_new(result, "step0", step0);
  if (zero == STEP_NO_OP) {
    set_verdict(result, "NO-OP", reason);
    return 0;
  }
  if (zero == STEP_NOT_RUN) {
    set_verdict(result, "INCONCLUSIVE", reason);
    return 0;
  }
  rc = measure(o, fill_images, s, results, result, err);
  if (rc == 0 && !json_is_true(json_object_get(result, "partial"))) {
    ab_count_insns(o, s, result);
    if (strcmp(o->protocol, "paired") == 0) rc = ab_decompose(o, s, results, result, err);
  }
  return rc;
}

static int start_folder(const struct ab_options *o, const char *name, const char *resume_dir, struct results *results,
                        struct error *err) {
  if (resume_dir) return results_open(results, resume_dir, err);
  int rc = results_create(results, o->out_dir, "ab", name, err);
  if (rc) return rc;
  json_t *plan = ab_options_json(o);
  rc = results_write_json(results, "campaign.json", plan, err);
  json_decref(plan);
  return rc;
}

static int already_done(const char *dir, struct error *err) {
  char path[4096];
  snprintf(path, sizeof path, "%.4000s/result.json", dir);
  json_t *j = foreign_file_json(path, NULL);
  int rc = 0;
  if (j && !json_is_true(json_object_get(j, "partial"))) {
    rc = error_set(err, -EALREADY, "the campaign in %s has its verdict: %s", dir,
                   json_string_value(json_object_get(j, "verdict")));
    error_advise(err, "measuring on until another one comes would make its errors worthless; start a new campaign");
  }
  json_decref(j);
  return rc;
}

static int check_workload(const struct ab_options *o, struct error *err) {
  const struct workload *w = workload_find(o->workload);
  if (!w) return names_unknown(err, "workload", o->workload, workload_names());
  if (w->needs_file)
    return error_set(err, -EINVAL, "%s wants a file, which short processes do not load: measure it with bench",
                     w->name);
  if (w->own_threads)
    return error_set(err, -EINVAL,
                     "%s starts threads of its own, which short processes cannot have: measure it with bench", w->name);
  unsigned multiple = w->thread_multiple > 1 ? w->thread_multiple : 1;
  for (const unsigned *t = o->threads; *t; t++)
    if ((*t < w->min_threads ? w->min_threads : *t) % multiple)
      return error_set(err, -EINVAL, "%s wants a multiple of %u threads", w->name, multiple);
  return 0;
}

static int prepare(const struct ab_options *o, struct subject *s, struct ab_two *two, struct error *err) {
  int rc = o->cmd[0] ? 0 : check_workload(o, err);
  if (rc) return rc;
  if (!o->names) return ab_two_open(o, two, err);
  rc = subject_gates(s, o->names, o->with, err);
  return rc ? rc : subject_build(s, o->source_dir, err);
}

static json_t *head(const struct ab_options *o, const char *name) {
  json_t *r = json_result("ab");
  json_object_set_new(r, "subject", json_text(name));
  json_object_set_new(r, "protocol", json_text(o->protocol));
  json_object_set_new(r, "workload", json_text(o->cmd[0] ? NULL : o->workload));
  json_object_set_new(r, "a", json_text(o->lib[0] ? o->lib[0] : o->cmd[0]));
  json_object_set_new(r, "b", json_text(o->lib[1] ? o->lib[1] : o->cmd[1]));
  json_object_set_new(r, "seed", json_integer((json_int_t)o->seed));
  json_object_set_new(r, "margin_pct", json_number(o->margin_pct));
  return r;
}

int ab_run(const struct ab_options *o, const char *resume_dir, json_t **result, struct error *err) {
  struct subject s = { 0 };
  struct ab_two two = { 0 };
  struct results results = { .dir_fd = -1 };
  json_t *r = NULL;
  char name[256];
  subject_name(o, name, sizeof name);
  int rc = resume_dir ? already_done(resume_dir, err) : 0;
  if (rc == 0 && resume_dir && strcmp(o->protocol, "source") == 0)
    rc = error_set(err, -EINVAL,
                   "the source's protocol is ten runs after ten: it cannot go on after a break, start it again");
  if (rc == 0) rc = prepare(o, &s, &two, err);
  if (rc == 0) rc = start_folder(o, name, resume_dir, &results, err);
  if (rc) goto out;
  r = head(o, name);
  rc = o->names ? gates_measured(o, &s, &results, resume_dir, r, err) : measure(o, ab_two_fill, &two, &results, r, err);
  if (rc == 0) {
    json_object_set_new(r, "calibration", calibration_quote());
    fill_nulls(r, o->names != NULL);
    json_object_set_new(r, "machine", machine_record());
    json_object_set_new(r, "results_dir", json_text(results.path));
    rc = results_write_json(&results, "result.json", r, err);
  }
  results_close(&results);
out:
  if (rc == 0) *result = r;
  else json_decref(r);
  ab_two_free(&two);
  subject_free(&s);
  return rc;
}
