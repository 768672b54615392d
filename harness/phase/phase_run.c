/* SPDX-License-Identifier: GPL-3.0-or-later */
/* phase_run.c: the rows, one after the other. */
#include "harness/phase/phase_run.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "harness/ab/ab_options.h"
#include "harness/ab/calibration.h"
#include "harness/audit/format.h"
#include "harness/core/foreign_file.h"
#include "harness/core/interrupt.h"
#include "harness/core/json_out.h"
#include "harness/core/machine.h"
#include "harness/core/names.h"
#include "harness/core/progress.h"
#include "harness/core/registry.h"

enum { GATES_MAX = 16 };

struct run {
  const struct phase_run_spec *spec;
  struct results set;
  json_t *audit; /* NULL until it is needed */
  size_t done, rows;
};

static json_t *texts(const char *const *list) {
  json_t *a = json_array();
  for (; list && *list; list++) json_array_append_new(a, json_text(*list));
  return a;
}

static json_t *spec_json(const struct phase_run_spec *s) {
  json_t *j = json_result("phases-plan");
  json_object_set_new(j, "command", json_text(s->command));
  json_object_set_new(j, "ids", s->ids ? texts(s->ids) : json_null());
  json_object_set_new(j, "workload", json_text(s->workload));
  json_object_set_new(j, "threads", json_text(s->threads));
  json_object_set_new(j, "slots", json_integer((json_int_t)s->slots));
  json_object_set_new(j, "seed", json_integer((json_int_t)s->seed));
  json_object_set_new(j, "budget_s", json_number(s->budget_s));
  json_object_set_new(j, "source_dir", json_text(s->source_dir));
  json_object_set_new(j, "env", texts((const char *const *)s->env));
  json_object_set_new(j, "user", json_text(s->user));
  json_object_set_new(j, "timeout_s", json_number(s->timeout_s));
  return j;
}

static const char **list_of(const json_t *array) {
  size_t i;
  json_t *v;
  const char **list = calloc(json_array_size(array) + 1, sizeof *list);
  if (list) json_array_foreach(array, i, v) list[i] = json_string_value(v);
  return list;
}

int phase_spec_load(struct phase_run_spec *s, const char *dir, struct error *err) {
  char path[PATH_MAX];
  memset(s, 0, sizeof *s);
  int foreign = results_check_owner(dir, "phases.json", err);
  if (foreign) return foreign;
  snprintf(path, sizeof path, "%.3900s/phases.json", dir);
  struct error unread = { 0 };
  json_t *j = s->from = foreign_file_json(path, &unread);
  if (!j || !json_is_string(json_object_get(j, "workload")) || !json_is_number(json_object_get(j, "budget_s"))) {
    phase_spec_free(s);
    error_raise(err, ERROR_USAGE, -EBADMSG, "%s: %s", path, j ? "not what phases wrote" : unread.text);
    return error_advise(err, "--resume wants the folder of a run of phases");
  }
  s->command = json_string_value(json_object_get(j, "command"));
  s->ids = json_is_array(json_object_get(j, "ids")) ? list_of(json_object_get(j, "ids")) : NULL;
  s->workload = json_string_value(json_object_get(j, "workload"));
  s->threads = json_string_value(json_object_get(j, "threads"));
  s->slots = (uint64_t)json_integer_value(json_object_get(j, "slots"));
  s->seed = (uint64_t)json_integer_value(json_object_get(j, "seed"));
  s->budget_s = json_number_value(json_object_get(j, "budget_s"));
  s->source_dir = json_string_value(json_object_get(j, "source_dir"));
  s->env = (char *const *)list_of(json_object_get(j, "env"));
  s->user = json_string_value(json_object_get(j, "user"));
  s->timeout_s = json_number_value(json_object_get(j, "timeout_s"));
  return 0;
}

void phase_spec_free(struct phase_run_spec *s) {
  if (s->from) {
    free((void *)s->ids);
    free((void *)s->env);
    json_decref(s->from);
  }
  memset(s, 0, sizeof *s);
}

static json_t *load_record(const struct run *run, const char *id) {
  char path[PATH_MAX];
  snprintf(path, sizeof path, "%.3800s/%s/record.json", run->set.path, id);
  return foreign_file_json(path, NULL);
}

/* The audit of HAKMEM with all telemetry compiled in, once; kept beside the rows. */
static int audit(struct run *run, struct error *err) {
  struct audit_options o = { .all_gates = true };
  struct audit_result result;
  struct results own;
  struct error why = { 0 };
  if (run->audit) return 0;
  if (audit_run(&o, &result, &why) == 0) {
    run->audit = format_json(&result);
    audit_free(&result);
  } else {
    run->audit = json_pack("{s:s, s:s}", "schema", "hakmem.audit/1", "error", why.text);
  }
  phase_strip_paths(run->audit);
  int rc = results_subfolder(&run->set, "audit", &own, err);
  if (rc == 0) {
    rc = results_write_json(&own, "result.json", run->audit, err);
    results_close(&own);
  }
  return rc;
}

/* "a,b" into a list; text is changed. */
static void split(char *text, char **names, size_t max) {
  size_t n = 0;
  for (char *state, *word = strtok_r(text, ",", &state); word && n + 1 < max; word = strtok_r(NULL, ",", &state))
    names[n++] = word;
  names[n] = NULL;
}

static void announce(struct run *run, const char *id, const char *what) {
  run->done++;
  progress_step(run->spec->quiet, "[%zu of %zu] phase %s: %s", run->done, run->rows, id, what);
}

static int timed(struct run *run, const char *gates, struct phase_measure *m, struct error *err) {
  char text[512], *names[GATES_MAX];
  json_t *r = load_record(run, m->id);
  announce(run, m->id, r ? "has its record" : gates);
  int rc = 0;
  if (!r) {
    snprintf(text, sizeof text, "%s", gates);
    split(text, names, GATES_MAX);
    m->names = names;
    rc = phase_record_measured(m, run->spec, &run->set, &r, err);
  }
  json_decref(r);
  return rc;
}

/* What its gate costs once it is opened: a row of its own, beside the one that Step 0 stopped. */
static int opened(struct run *run, const struct phase *p, struct error *err) {
  char id[64];
  json_t *r = load_record(run, p->id);
  const char *v = json_string_value(json_object_get(r, "verdict"));
  bool stopped = v && strcmp(v, p->stopped) == 0;
  json_decref(r);
  snprintf(id, sizeof id, "%s-open", p->id);
  struct phase_measure m = {
    .id = id, .stopped = "NO-OP", .with = p->with, .env = p->open_env, .workload = p->open_workload
  };
  return stopped && !interrupt_pending() ? timed(run, p->gates, &m, err) : 0;
}

static int row(struct run *run, const struct phase *p, struct error *err) {
  json_t *r = NULL;
  int rc;
  if (p->kind == PHASE_MEASURED) {
    struct phase_measure m = { .id = p->id, .stopped = p->stopped, .with = p->with, .env = "", .workload = "" };
    rc = timed(run, p->gates, &m, err);
    return rc == 0 && (p->open_env[0] || p->open_workload[0]) ? opened(run, p, err) : rc;
  }
  announce(run, p->id, p->kind == PHASE_PROCEDURE ? "the audit of all atomics" : "the audit of its atomics");
  rc = audit(run, err);
  if (rc == 0) rc = phase_record_audit(p, run->audit, &run->set, &r, err);
  json_decref(r);
  return rc;
}

/* The last calibration of this machine, whole, so that pages and plots can quote it. */
static int keep_calibration(struct run *run, struct error *err) {
  struct results own;
  char path[PATH_MAX];
  json_t *quote = calibration_quote(), *whole = NULL;
  const char *dir = json_string_value(json_object_get(quote, "results_dir"));
  if (dir) {
    snprintf(path, sizeof path, "%.3900s/result.json", dir);
    whole = foreign_file_json(path, NULL);
  }
  json_decref(quote);
  int rc = whole ? results_subfolder(&run->set, "calibration", &own, err) : 0;
  if (whole && rc == 0) {
    phase_strip_paths(whole);
    rc = results_write_json(&own, "result.json", whole, err);
    results_close(&own);
  }
  json_decref(whole);
  return rc;
}

static int check_ids(const char *const *ids, struct error *err) {
  for (; ids && *ids; ids++)
    if (!phase_find(*ids)) return names_unknown(err, "phase", *ids, phase_ids());
  return 0;
}

static int start_folder(struct run *run, const char *resume_dir, struct error *err) {
  const struct phase_run_spec *s = run->spec;
  if (resume_dir) return results_open(&run->set, resume_dir, err);
  int rc = results_create(&run->set, s->out_dir, s->command, s->ids ? s->ids[0] : "all", err);
  if (rc) return rc;
  json_t *plan = spec_json(s);
  rc = results_write_json(&run->set, "phases.json", plan, err);
  json_decref(plan);
  return rc;
}

int phase_run(const struct phase_run_spec *spec, const char *resume_dir, json_t **result, struct error *err) {
  struct run run = { .spec = spec, .set = { .dir_fd = -1 } };
  const char *const *ids = spec->ids ? spec->ids : phase_ids();
  int rc = check_ids(spec->ids, err);
  if (rc == 0) rc = start_folder(&run, resume_dir, err);
  if (rc) return rc;
  while (ids[run.rows]) run.rows++;
  for (size_t i = 0; ids[i]; i++) {
    const struct phase *p = phase_find(ids[i]);
    run.rows += p->kind == PHASE_MEASURED && (p->open_env[0] || p->open_workload[0]);
  }
  run.rows += spec->ids == NULL; /* all gates together */
  for (size_t i = 0; ids[i] && rc == 0 && !interrupt_pending(); i++) rc = row(&run, phase_find(ids[i]), err);
  struct phase_measure all = { .id = "cumulative", .stopped = "NO-OP", .with = "", .env = "", .workload = "" };
  if (rc == 0 && !spec->ids && !interrupt_pending()) rc = timed(&run, "all", &all, err);
  if (rc == 0) rc = keep_calibration(&run, err);
  if (rc == -EINTR) rc = 0;
  if (rc == 0) rc = phase_summary(&run.set, spec->command, spec->ids == NULL, interrupt_pending(), result, err);
  json_decref(run.audit);
  results_close(&run.set);
  return rc;
}
