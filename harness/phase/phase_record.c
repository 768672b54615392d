/* SPDX-License-Identifier: GPL-3.0-or-later */
/* phase_record.c: one row, from its measurement or the audit to record.json. */
#include <dirent.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "harness/ab/ab_run.h"
#include "harness/audit/audit.h"
#include "harness/core/foreign_file.h"
#include "harness/core/interrupt.h"
#include "harness/core/json_out.h"
#include "harness/core/machine.h"
#include "harness/core/registry.h"
#include "harness/phase/phase_run.h"
#include "harness/report/record.h"

static bool is_path(const json_t *value) {
  const char *text = json_string_value(value);
  return text && text[0] == '/';
}

void phase_strip_paths(json_t *value) {
  const char *key;
  json_t *member;
  size_t i;
  void *next;
  if (json_is_object(value)) json_object_foreach_safe(value, next, key, member) {
      if (is_path(member)) json_object_del(value, key);
      else phase_strip_paths(member);
    }
  else if (json_is_array(value)) json_array_foreach(value, i, member) phase_strip_paths(member);
}

static bool has_result(const char *dir, bool *partial) {
  char path[PATH_MAX];
  snprintf(path, sizeof path, "%.3900s/result.json", dir);
  json_t *j = foreign_file_json(path, NULL);
  bool there = j != NULL;
  *partial = json_is_true(json_object_get(j, "partial"));
  json_decref(j);
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
static int measure(const struct phase_measure *m, const struct phase_run_spec *spec, const char *raw, json_t **ab,
                   struct error *err) {
  struct ab_options o;
  char before[PATH_MAX], *env[2] = { (char *)m->env, NULL }, *with[2] = { (char *)m->with, NULL };
  memset(&o, 0, sizeof o);
  unfinished(raw, before, sizeof before);
  int rc = before[0] ? ab_options_load(&o, before, err) : 0;
  if (rc) return rc;
  if (!before[0]) {
    o.names = m->names;
    o.with = m->with[0] ? with : NULL;
    o.protocol = "paired";
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
  }
  o.out_dir = raw;
  o.quiet = spec->quiet;
  if (rc == 0) rc = ab_run(&o, before[0] ? before : NULL, ab, err);
  ab_options_free(&o);
  return rc;
}

static json_t *head(const char *id) {
  json_t *r = json_result("phase-record");
  json_object_set_new(r, "id", json_text(id));
  return r;
}

static int write_record(struct results *own, json_t *r, struct error *err) {
  char date[32];
  time_t now = time(NULL);
  struct tm utc;
  strftime(date, sizeof date, "%Y-%m-%dT%H:%M:%SZ", gmtime_r(&now, &utc));
  json_object_set_new(r, "date", json_text(date));
  json_object_set_new(r, "machine", machine_record());
  phase_strip_paths(r);
  return results_write_json(own, "record.json", r, err);
}

static void remove_old(const struct results *own) {
  unlinkat(own->dir_fd, "pairs.csv", 0);
  unlinkat(own->dir_fd, "rounds.csv", 0);
}

/* What cannot be measured is a row too: INCONCLUSIVE, with the reason. */
static void put_failure(json_t *r, const struct error *err) {
  json_object_set_new(r, "verdict", json_text("INCONCLUSIVE"));
  json_object_set_new(r, "reason", json_text(err->text));
  json_object_set_new(r, "advice", json_text(err->advice[0] ? err->advice : NULL));
  json_object_set_new(r, "ab", json_null());
}

static int distil(const json_t *ab, struct results *own, struct error *err) {
  char path[PATH_MAX];
  const char *dir = json_string_value(json_object_get(ab, "results_dir"));
  snprintf(path, sizeof path, "%.3900s/processes.csv", dir ? dir : "");
  remove_old(own);
  return dir && access(path, F_OK) == 0 ? record_distil(dir, own, err) : 0;
}

/* Step 1 of the row's gates by the audit. Where it could not be done the gate table's class stands
 * in, and the record says so. *untouchable: why the row ends here, NULL: it does not. */
static json_t *class_of(char *const *names, const char **untouchable) {
  json_t *list = json_array();
  static char text[700];
  const struct gate *gates[64];
  for (; *names; names++) {
    size_t n = strcmp(*names, "all") == 0 ? 0 : registry_match(*names, gates, 64);
    for (size_t i = 0; i < n; i++) {
      enum audit_class cls;
      char reason[512] = "";
      struct error err = { 0 };
      json_t *o = json_object();
      int rc = audit_class_of_gate(gates[i]->name, &cls, reason, sizeof reason, &err);
      json_object_set_new(o, "gate", json_text(gates[i]->name));
      json_object_set_new(o, "class", json_text(rc == 0 ? audit_class_name(cls) : gate_class_name(gates[i]->class)));
      json_object_set_new(o, "reason", json_text(rc == 0 ? reason : err.text));
      json_object_set_new(o, "source", json_text(rc == 0 ? "audit" : "gate table"));
      json_array_append_new(list, o);
      if (rc == 0 && cls == AUDIT_CORRECTNESS) {
        snprintf(text, sizeof text, "Step 1: %s is CORRECTNESS: %s", gates[i]->name, reason);
        *untouchable = text;
      }
    }
  }
  return list;
}

int phase_record_measured(const struct phase_measure *m, const struct phase_run_spec *spec, const struct results *set,
                          json_t **record, struct error *err) {
  struct results own, raw;
  json_t *ab = NULL, *r = head(m->id);
  int rc = results_subfolder(set, m->id, &own, err);
  if (rc == 0) {
    rc = results_subfolder(&own, "raw", &raw, err);
    if (rc) results_close(&own);
  }
  if (rc) {
    json_decref(r);
    return rc;
  }
  json_object_set_new(r, "env", json_text(m->env[0] ? m->env : NULL));
  json_object_set_new(r, "with", json_text(m->with[0] ? m->with : NULL));
  json_object_set_new(r, "workload", json_text(m->workload[0] ? m->workload : spec->workload));
  json_object_set_new(r, "budget_s", json_number(spec->budget_s));
  const char *untouchable = NULL;
  json_object_set_new(r, "step1", class_of(m->names, &untouchable));
  if (untouchable) {
    json_object_set_new(r, "verdict", json_text(m->stopped));
    json_object_set_new(r, "reason", json_text(untouchable));
    json_object_set_new(r, "ab", json_null());
    rc = write_record(&own, r, err);
    results_close(&raw);
    goto out;
  }
  rc = measure(m, spec, raw.path, &ab, err);
  if (rc == 0) {
    const char *v = json_string_value(json_object_get(ab, "verdict"));
    bool partial = json_is_true(json_object_get(ab, "partial"));
    rc = distil(ab, &own, err);
    json_object_set_new(r, "verdict", json_text(v && strcmp(v, "NO-OP") == 0 ? m->stopped : v));
    json_object_set(r, "reason", json_object_get(ab, "reason"));
    json_object_set_new(r, "ab", ab);
    if (rc == 0 && !partial) rc = write_record(&own, r, err);
  } else if (rc != -EINTR && rc != -ENOMEM && rc != -EINVAL && rc != -EIO && !interrupt_pending()) {
    put_failure(r, err);
    rc = write_record(&own, r, err);
  }
  results_close(&raw);
out:
  results_close(&own);
  if (rc == 0) *record = r;
  else json_decref(r);
  return rc;
}

/* 28 and 34b have no gate: their variables. */
static const char *variable_of(const struct phase *p) {
  return strcmp(p->id, "28") == 0 ? "g_bg_spill_" : "g_remote_target_len";
}

static void judge_audit(const struct phase *p, const json_t *audit, json_t *r) {
  json_t *rows = json_array(), *a;
  size_t i, correctness = 0;
  char reason[256];
  json_array_foreach(json_object_get(audit, "atomics"), i, a) {
    const char *variable = json_string_value(json_object_get(a, "variable")),
               *cls = json_string_value(json_object_get(a, "class"));
    if (variable && strncmp(variable, variable_of(p), strlen(variable_of(p))) == 0) {
      json_array_append(rows, a);
      correctness += cls && strcmp(cls, "CORRECTNESS") == 0;
    }
  }
  size_t n = json_array_size(rows);
  bool all = n > 0 && correctness == n;
  snprintf(reason, sizeof reason, n == 0 ? "Step 1 found no such atomic" : "Step 1: %zu of %zu uses are CORRECTNESS%s",
           correctness, n, all ? ": flow control, not to be touched" : "; the others have to be looked at");
  json_object_set_new(r, "verdict", json_text(all ? p->stopped : "INCONCLUSIVE"));
  json_object_set_new(r, "reason", json_text(reason));
  json_object_set_new(r, "step1",
                      json_pack("{s:s, s:s, s:o}", "class", all ? "CORRECTNESS" : "UNKNOWN", "source",
                                "the audit of the whole tree", "atomics", rows));
}

int phase_record_audit(const struct phase *p, const json_t *audit, const struct results *set, json_t **record,
                       struct error *err) {
  struct results own;
  json_t *r = head(p->id);
  const char *failed = json_string_value(json_object_get(audit, "error"));
  int rc = results_subfolder(set, p->id, &own, err);
  if (rc) {
    json_decref(r);
    return rc;
  }
  json_object_set_new(r, "ab", json_null());
  if (failed) {
    json_object_set_new(r, "verdict", json_text("INCONCLUSIVE"));
    json_object_set_new(r, "reason", json_text(failed));
  } else if (p->kind == PHASE_PROCEDURE) {
    json_object_set_new(r, "verdict", json_text(p->stopped));
    json_object_set_new(r, "reason", json_text("the procedure, and the audit of all atomics"));
    json_object_set(r, "totals", json_object_get(audit, "totals"));
  } else {
    judge_audit(p, audit, r);
  }
  rc = write_record(&own, r, err);
  results_close(&own);
  if (rc == 0) *record = r;
  else json_decref(r);
  return rc;
}
