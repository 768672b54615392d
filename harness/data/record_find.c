/* SPDX-License-Identifier: GPL-3.0-or-later */
/* record_find.c: which folders there are, and what kind each is. */
#include <dirent.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "harness/core/foreign_file.h"
#include "harness/core/identifier.h"
#include "harness/core/locate.h"
#include "harness/data/record_internal.h"

static int broken(const char *path, size_t line, struct error *err) {
  error_raise(err, ERROR_UNMEASURED, -EBADMSG, "%s:%zu is not as it was written", path, line);
  return error_advise(err, "take the record from version control again, or measure anew");
}

static bool is_sound(const struct columns *c, const void *row) {
  const struct record_pair *p = row;
  const struct record_round *r = row;
  return c == &record_pair_columns ? p->ns[0] > 0 && p->ns[1] > 0 : r->side < 2 && r->ns > 0;
}

/* A CSV file of a record, which may be missing, into a list. */
static int load_csv(const char *dir, const struct columns *c, void *list, struct content_hash *hash,
                    struct error *err) {
  struct columns_reader reader;
  union {
    struct record_pair pair;
    struct record_round round;
  } row;
  char path[PATH_MAX];
  snprintf(path, sizeof path, "%.3900s/%s", dir, c->file);
  struct error why = { 0 };
  FILE *f = foreign_file_stream(path, &why);
  if (!f && why.code == -ENOENT) return 0;
  if (!f) {
    *err = why;
    return why.code;
  }
  int rc = columns_start(&reader, c, f, path, err);
  reader.whole = true;
  while (rc == 0 && (rc = columns_next(&reader, &row, err)) > 0) {
    void *item = is_sound(c, &row) ? fields_append(list, c->size) : NULL;
    if (item) memcpy(item, &row, c->size);
    rc = item                ? 0
         : is_sound(c, &row) ? error_raise(err, ERROR_INTERNAL, -ENOMEM, "out of memory")
                             : broken(path, reader.line, err);
  }
  fclose(f);
  return rc ? rc : content_hash_add_file(hash, path, err);
}

/* record.json of one row, with its CSV files. */
static int add_row(struct record_set *set, const char *dir, const char *path, struct error *err) {
  struct record_row row = { .json_path = strdup(path) };
  struct content_hash hash;
  fields_init(&phase_record_fields, &row.phase);
  int rc = fields_read(&phase_record_fields, &row.phase, path, err);
  if (rc == 0 && !row.phase.id) rc = error_raise(err, ERROR_UNMEASURED, -EBADMSG, "%s has no id", path);
  content_hash_start(&hash);
  if (rc == 0) rc = content_hash_add_file(&hash, path, err);
  if (rc == 0) rc = load_csv(dir, &record_pair_columns, &row.samples.pairs, &hash, err);
  if (rc == 0) rc = load_csv(dir, &record_round_columns, &row.samples.rounds, &hash, err);
  if (rc) {
    record_row_free(&row);
    return rc;
  }
  content_hash_finish(&hash, row.digest);
  identifier_make(row.id, sizeof row.id, row.phase.id);
  return record_put_row(set, &row, err);
}

static int hash_samples(const struct record_samples *s, struct content_hash *hash, struct error *err) {
  int rc = 0;
  for (int rounds = 0; rounds < 2 && rc == 0; rounds++) {
    char *text;
    size_t length;
    rc = record_samples_text(s, rounds, &text, &length, err);
    if (rc) break;
    content_hash_add(hash, text, length);
    content_hash_add(hash, "", 1); /* as a file ends */
    free(text);
  }
  return rc;
}

/* An `ab` by itself: its record is made in memory, with the digest that its files would have. */
static int add_campaign(struct record_set *set, const json_t *result, const char *path, const char *dir,
                        struct error *err) {
  struct record_row row = { .json_path = strdup(path) };
  struct content_hash hash;
  fields_init(&phase_record_fields, &row.phase);
  row.phase.absent = UINT64_MAX; /* there is nothing but the campaign */
  row.phase.ab = fields_new(&ab_result_fields);
  int rc = row.phase.ab ? fields_load(&ab_result_fields, row.phase.ab, result, path, err)
                        : error_raise(err, ERROR_INTERNAL, -ENOMEM, "out of memory");
  bool timed = false;
  content_hash_start(&hash);
  if (rc == 0) rc = content_hash_add_file(&hash, path, err);
  if (rc == 0) {
    rc = record_make(dir, &row.phase.ab->m.core, &row.samples, err);
    timed = rc == 0;
    if (rc == -ENOENT) rc = 0;
  }
  if (rc == 0 && timed) rc = hash_samples(&row.samples, &hash, err);
  if (rc) {
    record_row_free(&row);
    return rc;
  }
  content_hash_finish(&hash, row.digest);
  identifier_make(row.id, sizeof row.id, row.phase.ab->subject ? row.phase.ab->subject : "ab");
  return record_put_row(set, &row, err);
}

static int add_part(const struct field_table *table, void **part, char **part_path, const json_t *result,
                    const char *path, struct error *err) {
  void *object = fields_new(table);
  int rc = object ? fields_load(table, object, result, path, err)
                  : error_raise(err, ERROR_INTERNAL, -ENOMEM, "out of memory");
  if (rc) {
    free(object);
    return rc;
  }
  if (*part) fields_free(table, *part);
  free(*part);
  *part = object;
  fields_copy_text(part_path, path);
  return 0;
}

static int add_result(struct record_set *set, const json_t *result, const char *path, const char *dir,
                      struct error *err) {
  void *part = NULL;
  int rc;
  if (fields_is(&ab_result_fields, result)) return add_campaign(set, result, path, dir, err);
  if (fields_is(&verify_sites_fields, result)) {
    part = set->sites;
    rc = add_part(&verify_sites_fields, &part, &set->sites_path, result, path, err);
    set->sites = part;
  } else if (fields_is(&calibration_result_fields, result)) {
    part = set->calibration;
    rc = add_part(&calibration_result_fields, &part, &set->calibration_path, result, path, err);
    set->calibration = part;
  } else if (fields_is(&peers_record_fields, result)) {
    part = set->peers;
    rc = add_part(&peers_record_fields, &part, &set->peers_path, result, path, err);
    set->peers = part;
  } else if (fields_is(&audit_record_fields, result)) {
    part = set->audit;
    rc = add_part(&audit_record_fields, &part, &set->audit_path, result, path, err);
    set->audit = part;
  } else {
    rc = -ENOENT;
  }
  return rc;
}

/* One subfolder of a set, or the folder of one measurement. 0, -ENOENT: nothing of ours. */
static int add_folder(struct record_set *set, const char *dir, struct error *err) {
  char path[PATH_MAX];
  error_clear(err);
  snprintf(path, sizeof path, "%.3800s/record.json", dir);
  if (access(path, F_OK) == 0) return add_row(set, dir, path, err);
  snprintf(path, sizeof path, "%.3800s/result.json", dir);
  if (access(path, F_OK) != 0) return -ENOENT;
  json_t *j = foreign_file_json(path, err);
  if (!j) return err->code;
  int rc = add_result(set, j, path, dir, err);
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
    rc = error_raise(err, ERROR_MISSING, -ENOENT, "nothing recorded in %s", dir);
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

static int find(struct record_set *set, char *const *dirs, const char *results_dir, struct error *err) {
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
  rc = error_raise(err, ERROR_MISSING, -ENOENT,
                   "nothing recorded: neither in %s nor in the record that comes with the sources", results_dir);
  error_advise(err, "measure first: hakmem-harness phases --budget 15, or verify --all, ab, calibrate, peers");
  return rc;
}

int record_set_find(struct record_set *set, char *const *dirs, const char *results_dir, struct error *err) {
  int rc = find(set, dirs, results_dir, err);
  if (rc == -EBADMSG) error_set_kind(err, ERROR_UNMEASURED); /* what was measured is lost: there is no figure */
  return rc;
}
