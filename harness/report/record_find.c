/* SPDX-License-Identifier: GPL-3.0-or-later */
/* record_find.c: which folders there are, and what kind each is. */
#include <dirent.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "harness/core/foreign_file.h"
#include "harness/core/locate.h"
#include "harness/report/record_internal.h"

static json_t *load(const char *dir, const char *file, char *path, size_t size, struct error *err) {
  snprintf(path, size, "%.3800s/%s", dir, file);
  if (access(path, F_OK) != 0) return NULL;
  return foreign_file_json(path, err);
}

/* The samples are reduced in a folder of their own, which goes away again. */
static int add_campaign(struct record_set *set, json_t *result, const char *result_path, const char *dir,
                        struct error *err) {
  char scratch[] = "/tmp/hakmem-record-XXXXXX", path[PATH_MAX];
  struct results into;
  json_t *row = json_pack("{s:O}", "ab", result);
  const char *id = json_string_value(json_object_get(result, "subject"));
  if (!mkdtemp(scratch)) {
    json_decref(row);
    return error_set_errno(err, -errno, "cannot make a folder in /tmp");
  }
  int rc = results_open(&into, scratch, err);
  if (rc == 0) {
    snprintf(path, sizeof path, "%.3900s/processes.csv", dir);
    if (access(path, F_OK) == 0) rc = record_distil(dir, &into, err);
    results_close(&into);
  }
  if (rc == 0) rc = record_put_row(set, id ? id : "ab", row, result_path, scratch, err);
  else json_decref(row);
  snprintf(path, sizeof path, "%s/pairs.csv", scratch);
  unlink(path);
  snprintf(path, sizeof path, "%s/rounds.csv", scratch);
  unlink(path);
  rmdir(scratch);
  return rc;
}

static int add_result(struct record_set *set, json_t *result, const char *path, const char *dir, struct error *err) {
  const char *schema = json_string_value(json_object_get(result, "schema"));
  json_t **part = NULL;
  if (!schema) return -ENOENT;
  if (strcmp(schema, "hakmem.ab/1") == 0) return add_campaign(set, result, path, dir, err);
  if (strcmp(schema, "hakmem.verify/1") == 0) part = &set->sites;
  else if (strcmp(schema, "hakmem.calibrate/1") == 0) part = &set->calibration;
  else if (strcmp(schema, "hakmem.peers/1") == 0) part = &set->peers;
  else if (strcmp(schema, "hakmem.audit/1") == 0) part = &set->audit;
  if (!part) return -ENOENT;
  json_decref(*part);
  *part = json_incref(result);
  return 0;
}

/* One subfolder of a set, or the folder of one measurement. 0, -ENOENT: nothing of ours. */
static int add_folder(struct record_set *set, const char *dir, struct error *err) {
  char path[PATH_MAX];
  error_clear(err);
  json_t *j = load(dir, "record.json", path, sizeof path, err);
  const char *id = json_string_value(json_object_get(j, "id"));
  int rc = err->code;
  if (j && !id) rc = error_set(err, -EBADMSG, "%s has no id", path);
  if (rc == 0 && j) return record_put_row(set, id, j, path, dir, err);
  json_decref(j);
  if (rc) return rc;
  j = load(dir, "result.json", path, sizeof path, err);
  if (!j) return err->code ? err->code : -ENOENT;
  rc = add_result(set, j, path, dir, err);
  json_decref(j);
  return rc;
}

static int visible(const struct dirent *d) { return d->d_name[0] != '.'; }

int record_set_add(struct record_set *set, const char *dir, struct error *err) {
  char path[PATH_MAX];
  struct dirent **entry;
  bool any = false;
  snprintf(set->from, sizeof set->from, "%s", dir);
  int rc = add_folder(set, dir, err);
  if (rc != -ENOENT && rc != 0) return rc;
  any = rc == 0;
  int n = scandir(dir, &entry, visible, alphasort);
  if (n < 0) return error_set_errno(err, -errno, "cannot read %s", dir);
  rc = 0;
  for (int i = 0; i < n; i++) {
    snprintf(path, sizeof path, "%.3000s/%.255s", dir, entry[i]->d_name);
    struct stat st;
    if (rc == 0 && !any && stat(path, &st) == 0 && S_ISDIR(st.st_mode) && strcmp(entry[i]->d_name, "raw") != 0)
      rc = add_folder(set, path, err);
    if (rc == -ENOENT) rc = 0;
    free(entry[i]);
  }
  free(entry);
  if (rc == 0 && !any && set->rows == 0 && !set->sites && !set->calibration && !set->peers && !set->audit) {
    rc = error_set(err, -ENOENT, "nothing recorded in %s", dir);
    error_advise(err, "give a folder that phases, ab, verify, calibrate or peers wrote");
  }
  return rc;
}

/* 20250131T120000Z-ab-free-trace: of this command? */
static bool of_command(const char *name, const char *command) {
  const char *dash = strchr(name, '-');
  size_t n = strlen(command);
  return dash && strncmp(dash + 1, command, n) == 0 && dash[1 + n] == '-';
}

/* The newest folder of each kind, the oldest of them first: what was measured last wins. */
static int add_newest(struct record_set *set, const char *results_dir, bool *any, struct error *err) {
  static const char *const kind[] = { "verify", "audit", "calibrate", "peers", "phases", "phase", "ab" };
  enum { KINDS = sizeof kind / sizeof *kind };
  const char *newest[KINDS] = { NULL };
  char path[PATH_MAX];
  struct dirent **entry;
  int rc = 0, n = scandir(results_dir, &entry, visible, alphasort);
  for (int i = 0; i < n; i++) {
    snprintf(path, sizeof path, "%.3000s/%.255s/result.json", results_dir, entry[i]->d_name);
    for (int k = 0; k < KINDS; k++)
      if (of_command(entry[i]->d_name, kind[k]) && access(path, R_OK) == 0) newest[k] = entry[i]->d_name;
  }
  for (int i = 0; i < n; i++) {
    for (int k = 0; k < KINDS && rc == 0; k++)
      if (newest[k] == entry[i]->d_name) {
        snprintf(path, sizeof path, "%.3000s/%.255s", results_dir, entry[i]->d_name);
        rc = record_set_add(set, path, err);
        *any |= rc == 0;
        if (rc == -ENOENT) /* cut off before anything was recorded */
          rc = 0;
      }
  }
  for (int i = 0; i < n; i++) free(entry[i]);
  if (n >= 0) free(entry);
  return rc;
}

int record_set_find(struct record_set *set, char *const *dirs, const char *results_dir, struct error *err) {
  char path[PATH_MAX];
  bool any = false;
  int rc = 0;
  if (dirs && *dirs) {
    for (; *dirs && rc == 0; dirs++) rc = record_set_add(set, *dirs, err);
    return rc;
  }
  if (locate(LOCATE_ANALYSIS_DATA, path, sizeof path, err) == 0) { /* older than what the user measured */
    rc = record_set_add(set, path, err);
    any = rc == 0;
    if (rc && rc != -ENOENT) return rc;
  }
  rc = add_newest(set, results_dir, &any, err);
  if (rc || any) return rc;
  rc = error_set(err, -ENOENT, "nothing recorded: neither in %s nor in the record that comes with the sources",
                 results_dir);
  error_advise(err, "measure first: hakmem-harness phases --budget 15, or verify --all, ab, calibrate, peers");
  return rc;
}
