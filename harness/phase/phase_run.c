/* SPDX-License-Identifier: GPL-3.0-or-later */
/* phase_run.c: the rows, one after the other. */
#include "harness/phase/phase_run.h"

#include <limits.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "harness/ab/ab_options.h"
#include "harness/ab/calibration_store.h"
#include "harness/audit/format.h"
#include "harness/core/interrupt.h"
#include "harness/core/names.h"
#include "harness/core/progress.h"
#include "harness/core/registry.h"

enum { GATES_MAX = 16 };

struct run {
  const struct phase_run_spec *spec;
  struct results set;
  struct audit_record *audit; /* NULL until it is needed */
  size_t done, rows;
};

static size_t length(const char *const *list) {
  size_t n = 0;
  while (list && list[n]) n++;
  return n;
}

/* Somebody else's strings, for writing alone. */
static char *borrowed(const char *text) { return (char *)(uintptr_t)text; }

static int write_plan(const struct phase_run_spec *s, struct results *set, struct error *err) {
  struct phases_plan p = {
    .command = borrowed(s->command),
    .ids = { (char **)(uintptr_t)s->ids, length(s->ids) },
    .workload = borrowed(s->workload),
    .threads = borrowed(s->threads),
    .slots = (int64_t)s->slots,
    .seed = (int64_t)s->seed,
    .budget_s = s->budget_s,
    .source_dir = borrowed(s->source_dir),
    .env = { (char **)(uintptr_t)s->env, length((const char *const *)s->env) },
    .user = borrowed(s->user),
    .timeout_s = s->timeout_s,
  };
  return results_write_fields(set, "phases.json", &phases_plan_fields, &p, err);
}

int phase_spec_load(struct phase_run_spec *s, const char *dir, struct error *err) {
  char path[PATH_MAX];
  memset(s, 0, sizeof *s);
  int foreign = results_check_owner(dir, "phases.json", err);
  if (foreign) return foreign;
  snprintf(path, sizeof path, "%.3900s/phases.json", dir);
  struct phases_plan *p = s->plan = fields_new(&phases_plan_fields);
  if (!p) return error_raise(err, ERROR_INTERNAL, -ENOMEM, "out of memory");
  int rc = fields_read(&phases_plan_fields, p, path, err);
  if (rc == 0 && (!p->workload || !p->threads || !(p->budget_s > 0) || !isfinite(p->budget_s) || p->slots < 0 ||
                  p->seed < 0 || !p->command))
    rc = error_raise(err, ERROR_USAGE, -EBADMSG, "%s: not what phases wrote", path);
  if (rc) {
    phase_spec_free(s);
    error_set_kind(err, ERROR_USAGE);
    return error_advise(err, "--resume wants the folder of a run of phases");
  }
  s->command = p->command;
  s->ids = p->ids.count ? (const char *const *)p->ids.item : NULL;
  s->workload = p->workload;
  s->threads = p->threads;
  s->slots = (uint64_t)p->slots;
  s->seed = (uint64_t)p->seed;
  s->budget_s = p->budget_s;
  s->source_dir = p->source_dir;
  s->env = p->env.item;
  s->user = p->user;
  s->timeout_s = p->timeout_s > 0 ? p->timeout_s : 0;
  return 0;
}

void phase_spec_free(struct phase_run_spec *s) {
  if (s->plan) fields_free(&phases_plan_fields, s->plan);
  free(s->plan);
  memset(s, 0, sizeof *s);
}

/* Whether a row has its record, and its verdict. */
static bool has_record(const struct run *run, const char *id, enum verdict *verdict) {
  struct phase_record r;
  struct error ignored = { 0 };
  char path[PATH_MAX];
  snprintf(path, sizeof path, "%.3800s/%s/record.json", run->set.path, id);
  fields_init(&phase_record_fields, &r);
  bool there = fields_read(&phase_record_fields, &r, path, &ignored) == 0;
  if (verdict) *verdict = r.verdict;
  fields_free(&phase_record_fields, &r);
  return there;
}

/* The audit of HAKMEM with all telemetry compiled in, once; kept beside the rows. The JSON is the
 * audit's own. */
static int audit(struct run *run, struct error *err) {
  struct audit_options o = { .all_gates = true };
  struct audit_result result;
  struct results own;
  struct error why = { 0 };
  json_t *kept;
  if (run->audit) return 0;
  run->audit = fields_new(&audit_record_fields);
  if (!run->audit) return error_raise(err, ERROR_INTERNAL, -ENOMEM, "out of memory");
  if (audit_run(&o, &result, &why) == 0) {
    kept = format_json(&result);
    audit_free(&result);
  } else {
    fields_leave_out(&audit_record_fields, run->audit, AUDIT_DONE);
    fields_copy_text(&run->audit->error, why.text);
    kept = fields_json(&audit_record_fields, run->audit);
  }
  int rc = results_subfolder(&run->set, "audit", &own, err);
  if (rc == 0) {
    rc = record_publish_json(&own, "result.json", kept, err);
    results_close(&own);
  }
  if (rc == 0 && !run->audit->error) rc = fields_load(&audit_record_fields, run->audit, kept, "the audit", err);
  json_decref(kept);
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
  bool there = has_record(run, m->id, NULL);
  announce(run, m->id, there ? "has its record" : gates);
  if (there) return 0;
  snprintf(text, sizeof text, "%s", gates);
  split(text, names, GATES_MAX);
  m->names = names;
  return phase_record_measured(m, run->spec, &run->set, err);
}

/* What its gate costs once it is opened: a row of its own, beside the one that Step 0 stopped. */
static int opened(struct run *run, const struct phase *p, struct error *err) {
  char id[64];
  enum verdict v;
  bool stopped = has_record(run, p->id, &v) && v == p->stopped;
  snprintf(id, sizeof id, "%s-open", p->id);
  struct phase_measure m = {
    .id = id, .stopped = VERDICT_NO_OP, .with = p->with, .env = p->open_env, .workload = p->open_workload
  };
  return stopped && !interrupt_pending() ? timed(run, p->gates, &m, err) : 0;
}

static int row(struct run *run, const struct phase *p, struct error *err) {
  int rc;
  if (p->kind == PHASE_MEASURED) {
    struct phase_measure m = { .id = p->id, .stopped = p->stopped, .with = p->with, .env = "", .workload = "" };
    rc = timed(run, p->gates, &m, err);
    return rc == 0 && (p->open_env[0] || p->open_workload[0]) ? opened(run, p, err) : rc;
  }
  announce(run, p->id, p->kind == PHASE_PROCEDURE ? "the audit of all atomics" : "the audit of its atomics");
  rc = audit(run, err);
  return rc ? rc : phase_record_audit(p, run->audit, &run->set, err);
}

/* The last calibration of this machine, whole, so that pages and plots can quote it. */
static int keep_calibration(struct run *run, struct error *err) {
  struct results own;
  struct calibration_result whole;
  struct error ignored = { 0 };
  struct calibration_quote *quote = calibration_quote();
  char path[PATH_MAX] = "";
  int rc = 0;
  if (quote && quote->results_dir) snprintf(path, sizeof path, "%.3900s/result.json", quote->results_dir);
  if (quote) fields_free(&calibration_quote_fields, quote);
  free(quote);
  fields_init(&calibration_result_fields, &whole);
  if (path[0] && fields_read(&calibration_result_fields, &whole, path, &ignored) == 0) {
    rc = results_subfolder(&run->set, "calibration", &own, err);
    if (rc == 0) {
      rc = record_publish(&own, "result.json", &calibration_result_fields, &whole, err);
      results_close(&own);
    }
  }
  fields_free(&calibration_result_fields, &whole);
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
  return rc ? rc : write_plan(s, &run->set, err);
}

int phase_run(const struct phase_run_spec *spec, const char *resume_dir, struct phases_result *result,
              struct error *err) {
  fields_init(&phases_result_fields, result);
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
  struct phase_measure all = { .id = "cumulative", .stopped = VERDICT_NO_OP, .with = "", .env = "", .workload = "" };
  if (rc == 0 && !spec->ids && !interrupt_pending()) rc = timed(&run, "all", &all, err);
  if (rc == 0) rc = keep_calibration(&run, err);
  if (rc == -EINTR) rc = 0;
  if (rc == 0) rc = phase_summary(&run.set, spec->ids == NULL, interrupt_pending(), result, err);
  if (run.audit) fields_free(&audit_record_fields, run.audit);
  free(run.audit);
  results_close(&run.set);
  return rc;
}
