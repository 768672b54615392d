/* SPDX-License-Identifier: GPL-3.0-or-later */
/* phase_record.c: one row, from its measurement or the audit to record.json. */
#include <dirent.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "harness/ab/ab_run.h"
#include "harness/audit/audit.h"
#include "harness/core/interrupt.h"
#include "harness/core/machine.h"
#include "harness/core/registry.h"
#include "harness/phase/phase_run.h"

/* Whether the folder of a campaign has a result, and a partial one. */
static bool has_result(const char *dir, bool *partial) {
  struct ab_result r;
  struct error ignored = { 0 };
  char path[PATH_MAX];
  snprintf(path, sizeof path, "%.3900s/result.json", dir);
  fields_init(&ab_result_fields, &r);
  bool there = fields_read(&ab_result_fields, &r, path, &ignored) == 0;
  *partial = r.m.partial == ANSWER_YES;
  fields_free(&ab_result_fields, &r);
  return there;
}

/* The newest campaign under raw/ that has no verdict yet; "" none. */
static void unfinished(const char *raw, char *dir, size_t size) {
  struct dirent **entry;
  int n = scandir(raw, &entry, NULL, alphasort);
  bool partial;
  dir[0] = '\0';
  for (int i = 0; i < n; i++) {
    if (strstr(entry[i]->d_name, "-ab-")) {
      snprintf(dir, size, "%.3000s/%.255s", raw, entry[i]->d_name);
      if (has_result(dir, &partial) && !partial) dir[0] = '\0';
    }
    free(entry[i]);
  }
  if (n >= 0) free(entry);
}

/* ab_run, new or on with what was cut off. */
static int measure(const struct phase_measure *m, const struct phase_run_spec *spec, const char *raw,
                   struct ab_result *ab, struct error *err) {
  struct ab_options o;
  char before[PATH_MAX], *env[2] = { (char *)m->env, NULL }, *with[2] = { (char *)m->with, NULL };
  memset(&o, 0, sizeof o);
  unfinished(raw, before, sizeof before);
  int rc = before[0] ? ab_options_load(&o, before, err) : 0;
  if (rc) return rc;
  if (!before[0]) {
    o.names = m->names;
    o.with = m->with[0] ? with : NULL;
    o.protocol = AB_PAIRED;
    o.source_dir = spec->source_dir;
    o.workload = m->workload[0] ? m->workload : spec->workload;
    o.slots = m->workload[0] ? 0 : spec->slots;
    o.seed = spec->seed ? spec->seed : ab_random_seed();
    o.budget_s = spec->budget_s;
    o.margin_pct = VERDICT_MARGIN_PCT;
    o.level = 0.95;
    o.env = m->env[0] ? env : spec->env;
    o.user = spec->user;
    o.timeout_s = spec->timeout_s;
    rc = ab_options_threads(&o, spec->threads, err);
    if (rc == 0) rc = ab_options_trace(&o, err);
  }
  o.out_dir = raw;
  o.quiet = spec->quiet;
  if (rc == 0) rc = ab_run(&o, before[0] ? before : NULL, ab, err);
  ab_options_free(&o);
  return rc;
}

static void init_record(struct phase_record *r, const char *id) {
  fields_init(&phase_record_fields, r);
  fields_leave_out(&phase_record_fields, r, FIELD_GROUPS);
  fields_copy_text(&r->id, id);
}

static int write_record(struct results *own, struct phase_record *r, struct error *err) {
  char date[32];
  time_t now = time(NULL);
  struct tm utc;
  strftime(date, sizeof date, "%Y-%m-%dT%H:%M:%SZ", gmtime_r(&now, &utc));
  fields_copy_text(&r->date, date);
  machine_read(&r->machine);
  return record_publish(own, "record.json", &phase_record_fields, r, err);
}

static void set_verdict(struct phase_record *r, enum verdict verdict, const char *reason) {
  r->verdict = verdict;
  fields_copy_text(&r->reason, reason);
}

/* What cannot be measured is a row too: INCONCLUSIVE, with the reason. */
static void put_failure(struct phase_record *r, const struct error *err) {
  set_verdict(r, VERDICT_INCONCLUSIVE, err->text);
  fields_bring_in(&phase_record_fields, r, PHASE_ADVICE);
  fields_copy_text(&r->advice, err->advice[0] ? err->advice : NULL);
}

/* The pairs and thinned rounds of what was timed. */
static int keep_samples(const struct ab_result *ab, struct results *own, struct error *err) {
  struct record_samples samples = { 0 };
  int rc = ab->results_dir ? record_make(ab->results_dir, &ab->m.core, &samples, err) : -ENOENT;
  if (rc == 0 || rc == -ENOENT) rc = record_samples_write(&samples, own, err);
  record_samples_free(&samples);
  return rc;
}

/* Step 1 of the row's gates by the audit. Where it could not be done the gate table's class stands
 * in, and the record says so. The row ends here where a gate is CORRECTNESS; true then. */
static bool ends_at_step1(const struct phase_measure *m, struct phase_record *r) {
  const struct gate *gates[64];
  bool ends = false;
  for (char *const *name = m->names; *name; name++) {
    size_t n = strcmp(*name, "all") == 0 ? 0 : registry_match(*name, gates, 64);
    for (size_t i = 0; i < n; i++) {
      enum audit_class cls;
      char reason[512] = "";
      struct error err = { 0 };
      int rc = audit_class_of_gate(gates[i]->name, &cls, reason, sizeof reason, &err);
      struct phase_gate_class *o = fields_append(&r->step1, sizeof *o);
      if (!o) return false;
      fields_copy_text(&o->gate, gates[i]->name);
      o->class = rc == 0 ? cls : (enum audit_class)fields_enum_of(audit_class_names, gate_class_name(gates[i]->class));
      fields_copy_text(&o->reason, rc == 0 ? reason : err.text);
      fields_copy_text(&o->source, rc == 0 ? "audit" : "gate table");
      if (rc != 0 || cls != AUDIT_CORRECTNESS) continue;
      r->verdict = m->stopped;
      fields_text(&r->reason, "Step 1: %s is CORRECTNESS: %s", gates[i]->name, reason);
      ends = true;
    }
  }
  return ends;
}

/* Whether a row of its own says that it failed; else the run ends with the error. */
static bool is_of_the_row(const struct error *err) {
  if (interrupt_pending() || err->kind == ERROR_USAGE || err->kind == ERROR_INTERRUPTED) return false;
  return err->code != -ENOMEM && err->code != -EIO && err->code != -ENOSPC;
}

static int measure_row(const struct phase_measure *m, const struct phase_run_spec *spec, const char *raw,
                       struct results *own, struct phase_record *r, struct error *err) {
  r->ab = malloc(sizeof *r->ab);
  if (!r->ab) return error_raise(err, ERROR_INTERNAL, -ENOMEM, "out of memory");
  int rc = measure(m, spec, raw, r->ab, err);
  if (rc == 0) {
    bool partial = r->ab->m.partial == ANSWER_YES;
    rc = keep_samples(r->ab, own, err);
    set_verdict(r, r->ab->m.verdict == VERDICT_NO_OP ? m->stopped : r->ab->m.verdict, r->ab->m.reason);
    return rc || partial ? rc : write_record(own, r, err);
  }
  free(r->ab);
  r->ab = NULL;
  if (!is_of_the_row(err)) return rc;
  put_failure(r, err);
  return write_record(own, r, err);
}

int phase_record_measured(const struct phase_measure *m, const struct phase_run_spec *spec, const struct results *set,
                          struct error *err) {
  struct results own, raw;
  struct phase_record r;
  int rc = results_subfolder(set, m->id, &own, err);
  if (rc) return rc;
  init_record(&r, m->id);
  fields_bring_in(&phase_record_fields, &r, PHASE_OF_GATES);
  fields_copy_text(&r.env, m->env[0] ? m->env : NULL);
  fields_copy_text(&r.with, m->with[0] ? m->with : NULL);
  fields_copy_text(&r.workload, m->workload[0] ? m->workload : spec->workload);
  r.budget_s = spec->budget_s;
  if (ends_at_step1(m, &r)) {
    rc = write_record(&own, &r, err);
  } else {
    rc = results_subfolder(&own, "raw", &raw, err);
    if (rc == 0) {
      rc = measure_row(m, spec, raw.path, &own, &r, err);
      results_close(&raw);
    }
  }
  results_close(&own);
  fields_free(&phase_record_fields, &r);
  return rc;
}

/* 28 and 34b have no gate: their variables. */
static const char *variable_of(const struct phase *p) {
  return strcmp(p->id, "28") == 0 ? "g_bg_spill_" : "g_remote_target_len";
}

static int judge_audit(const struct phase *p, const struct audit_record *audit, struct phase_record *r,
                       struct error *err) {
  size_t correctness = 0, n = 0;
  const char *variable = variable_of(p);
  fields_bring_in(&phase_record_fields, r, PHASE_AUDITED);
  r->audit = fields_new(&phase_audit_fields);
  if (!r->audit) return error_raise(err, ERROR_INTERNAL, -ENOMEM, "out of memory");
  for (size_t i = 0; i < audit->atomics.count; i++) {
    const struct atomic_record *a = &audit->atomics.item[i];
    if (!a->variable || strncmp(a->variable, variable, strlen(variable)) != 0) continue;
    struct atomic_record *one = fields_append(&r->audit->atomics, sizeof *one);
    if (!one || fields_copy(&atomic_record_fields, one, a) != 0)
      return error_raise(err, ERROR_INTERNAL, -ENOMEM, "out of memory");
    correctness += a->class == AUDIT_CORRECTNESS;
    n++;
  }
  bool all = n > 0 && correctness == n;
  r->verdict = all ? p->stopped : VERDICT_INCONCLUSIVE;
  if (n == 0) fields_copy_text(&r->reason, "Step 1 found no such atomic");
  else
    fields_text(&r->reason, "Step 1: %zu of %zu uses are CORRECTNESS%s", correctness, n,
                all ? ": flow control, not to be touched" : "; the others have to be looked at");
  r->audit->class = all ? AUDIT_CORRECTNESS : AUDIT_UNKNOWN;
  fields_copy_text(&r->audit->source, "the audit of the whole tree");
  return 0;
}

int phase_record_audit(const struct phase *p, const struct audit_record *audit, const struct results *set,
                       struct error *err) {
  struct results own;
  struct phase_record r;
  int rc = results_subfolder(set, p->id, &own, err);
  if (rc) return rc;
  init_record(&r, p->id);
  if (audit->error) {
    set_verdict(&r, VERDICT_INCONCLUSIVE, audit->error);
  } else if (p->kind == PHASE_PROCEDURE) {
    set_verdict(&r, p->stopped, "the procedure, and the audit of all atomics");
    fields_bring_in(&phase_record_fields, &r, PHASE_TOTALS);
    r.totals = fields_new(&audit_totals_fields);
    if (r.totals) *r.totals = audit->totals; /* numbers alone */
  } else {
    rc = judge_audit(p, audit, &r, err);
  }
  if (rc == 0) rc = write_record(&own, &r, err);
  results_close(&own);
  fields_free(&phase_record_fields, &r);
  return rc;
}
