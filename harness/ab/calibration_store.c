/* SPDX-License-Identifier: GPL-3.0-or-later */
/* calibration_store.c: where the last calibration of this machine is kept:
 * $XDG_STATE_HOME/hakmem (or ~/.local/state/hakmem) of the invoking user. */
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "harness/ab/calibration.h"
#include "harness/core/child.h"
#include "harness/core/foreign_file.h"
#include "harness/core/json_out.h"
#include "harness/core/machine.h"
#include "harness/core/paths.h"

#define FILE_NAME "calibration.json"

static int state_folder(char *path, size_t size, uid_t *uid, gid_t *gid, struct error *err) {
  return path_user_folder(PATH_STATE, "hakmem", path, size, uid, gid, err);
}

static int make_folder(const char *path, uid_t uid, gid_t gid, struct error *err) {
  int rc = path_make_folders(path, NULL, uid, gid, err);
  if (rc) error_advise(err, "set XDG_STATE_HOME to a folder that can be written");
  return rc;
}

int calibration_store(const json_t *result, struct error *err) {
  char path[PATH_MAX];
  uid_t uid;
  gid_t gid;
  struct results folder;
  int rc = state_folder(path, sizeof path, &uid, &gid, err);
  if (rc == 0) rc = make_folder(path, uid, gid, err);
  if (rc == 0) rc = results_open(&folder, path, err);
  if (rc) return rc;
  rc = results_write_json(&folder, FILE_NAME, result, err);
  results_close(&folder);
  return rc;
}

json_t *calibration_machine(void) {
  json_t *all = machine_record(), *o = json_object();
  static const char *const key[] = { "cpu", "cpu_model", "cpus", "kernel" };
  for (size_t i = 0; i < sizeof key / sizeof *key; i++) json_object_set(o, key[i], json_object_get(all, key[i]));
  json_decref(all);
  return o;
}

double calibration_core_width(void) {
  json_t *quote = calibration_quote(), *width = json_object_get(quote, "core_width_alone");
  double value = json_is_number(width) ? json_number_value(width) : 0;
  json_decref(quote);
  return value;
}

json_t *calibration_quote(void) {
  char path[PATH_MAX], file[PATH_MAX + 32];
  uid_t uid;
  gid_t gid;
  struct error err;
  error_clear(&err);
  json_t *quote = json_object(), *stored = NULL, *here = calibration_machine();
  if (state_folder(path, sizeof path, &uid, &gid, &err) == 0) {
    snprintf(file, sizeof file, "%s/%s", path, FILE_NAME);
    stored = foreign_file_json(file, NULL);
  }
  if (!stored || !json_equal(json_object_get(stored, "machine_key"), here)) {
    json_object_set_new(quote, "status",
                        json_text(stored ? "of another machine or kernel; run hakmem-harness calibrate"
                                         : "none on this machine; run hakmem-harness calibrate"));
  } else {
    static const char *const key[] = { "date",           "workload",       "campaigns",      "budget_s",
                                       "false_verdicts", "verdicts",       "neutral",        "coverage",
                                       "half_width_pct", "detectable_pct", "locked_cost_ns", "core_width_alone",
                                       "results_dir" };
    for (size_t i = 0; i < sizeof key / sizeof *key; i++)
      if (json_object_get(stored, key[i])) json_object_set(quote, key[i], json_object_get(stored, key[i]));
  }
  json_decref(stored);
  json_decref(here);
  return quote;
}
