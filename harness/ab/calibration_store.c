/* SPDX-License-Identifier: GPL-3.0-or-later */
/* calibration_store.c: where the last calibration of this machine is kept:
 * $XDG_STATE_HOME/hakmem (or ~/.local/state/hakmem) of the invoking user. */
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "harness/ab/calibration_store.h"
#include "harness/core/child.h"
#include "harness/core/machine.h"
#include "harness/core/paths.h"
#include "harness/core/results.h"

#define FILE_NAME "calibration.json"

static int state_folder(char *path, size_t size, struct error *err) {
  return path_user_folder(PATH_STATE, "hakmem", path, size, err);
}

static int make_folder(const char *path, struct error *err) { return path_make_user_folder(path, NULL, err); }

void calibration_machine(struct machine_key *key) {
  struct machine m;
  machine_read(&m);
  fields_init(&machine_key_fields, key);
  fields_copy_text(&key->cpu, m.cpu);
  fields_copy_text(&key->cpu_model, m.cpu_model);
  key->cpus = m.cpus;
  fields_copy_text(&key->kernel, m.kernel);
  fields_free(&machine_fields, &m);
}

static bool same_text(const char *a, const char *b) { return a && b ? strcmp(a, b) == 0 : a == b; }

bool calibration_of_this_machine(const struct machine_key *k) {
  struct machine_key here;
  calibration_machine(&here);
  bool same = same_text(k->cpu, here.cpu) && same_text(k->cpu_model, here.cpu_model) && k->cpus == here.cpus &&
              same_text(k->kernel, here.kernel);
  fields_free(&machine_key_fields, &here);
  return same;
}

/* The last calibration of this user; false: none. */
static bool load_stored(struct calibration_result *stored) {
  char path[PATH_MAX], file[PATH_MAX + 32];
  struct error err;
  error_clear(&err);
  fields_init(&calibration_result_fields, stored);
  if (state_folder(path, sizeof path, &err) != 0) return false;
  snprintf(file, sizeof file, "%s/%s", path, FILE_NAME);
  return fields_read(&calibration_result_fields, stored, file, &err) == 0;
}

int calibration_store(const struct calibration_result *result, bool *kept, struct error *err) {
  struct calibration_result before;
  char path[PATH_MAX];
  struct results folder;
  /* one with more campaigns says more; that of another machine says nothing here */
  *kept = !load_stored(&before) || !calibration_of_this_machine(&before.machine_key) ||
          before.campaigns <= result->campaigns;
  fields_free(&calibration_result_fields, &before);
  if (!*kept) return 0;
  int rc = state_folder(path, sizeof path, err);
  if (rc == 0) rc = make_folder(path, err);
  if (rc == 0) rc = results_open(&folder, path, err);
  if (rc) return rc;
  rc = results_write_fields(&folder, FILE_NAME, &calibration_result_fields, result, err);
  results_close(&folder);
  return rc;
}

double calibration_core_width(void) {
  struct calibration_result stored;
  double width = load_stored(&stored) && calibration_of_this_machine(&stored.machine_key) ? stored.core_width_alone : 0;
  fields_free(&calibration_result_fields, &stored);
  return width > 0 ? width : 0;
}

struct calibration_quote *calibration_quote(void) {
  struct calibration_result stored;
  struct calibration_quote *q = fields_new(&calibration_quote_fields);
  bool any = load_stored(&stored);
  if (q && (!any || !calibration_of_this_machine(&stored.machine_key))) {
    fields_leave_out(&calibration_quote_fields, q, CALIBRATION_KNOWN);
    fields_copy_text(&q->status, any ? "of another machine or kernel; run hakmem-harness calibrate"
                                     : "none on this machine; run hakmem-harness calibrate");
  } else if (q) {
    fields_copy_text(&q->date, stored.date);
    fields_copy_text(&q->workload, stored.workload);
    q->campaigns = stored.campaigns;
    q->budget_s = stored.budget_s;
    q->false_verdicts = stored.false_verdicts;
    q->neutral = stored.neutral;
    q->coverage = stored.coverage;
    q->half_width_pct = stored.half_width_pct;
    q->detectable_pct = stored.detectable_pct;
    q->locked_cost_ns = stored.locked_cost_ns;
    q->core_width_alone = stored.core_width_alone;
    fields_copy_text(&q->results_dir, stored.results_dir);
  }
  fields_free(&calibration_result_fields, &stored);
  return q;
}
