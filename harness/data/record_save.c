/* SPDX-License-Identifier: GPL-3.0-or-later */
/* record_save.c: writes records, and a whole set to a folder, for keeping it with the sources. What
 * is published has no folders of this machine in it: every member that is an absolute path goes. */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "harness/core/foreign_file.h"
#include "harness/data/record_internal.h"

static bool is_path(const json_t *value) {
  const char *text = json_string_value(value);
  return text && text[0] == '/';
}

static void strip_paths(json_t *value) {
  const char *key;
  json_t *member;
  size_t i;
  void *next;
  if (json_is_object(value)) json_object_foreach_safe(value, next, key, member) {
      if (is_path(member)) json_object_del(value, key);
      else strip_paths(member);
    }
  else if (json_is_array(value)) json_array_foreach(value, i, member) strip_paths(member);
}

int record_publish_json(struct results *into, const char *file, json_t *value, struct error *err) {
  strip_paths(value);
  return results_write_json(into, file, value, err);
}

int record_publish(struct results *into, const char *file, const struct field_table *table, const void *object,
                   struct error *err) {
  json_t *value = fields_json(table, object);
  int rc = record_publish_json(into, file, value, err);
  json_decref(value);
  return rc;
}

int record_samples_text(const struct record_samples *s, bool rounds, char **text, size_t *length, struct error *err) {
  const struct columns *c = rounds ? &record_round_columns : &record_pair_columns;
  char line[COLUMNS_LINE_MAX];
  FILE *f = open_memstream(text, length);
  if (!f) return error_raise(err, ERROR_INTERNAL, -ENOMEM, "out of memory");
  fwrite(line, 1, columns_header(c, line), f);
  for (size_t i = 0; i < (rounds ? s->rounds.count : s->pairs.count); i++)
    fwrite(line, 1, columns_line(c, rounds ? (const void *)&s->rounds.item[i] : (const void *)&s->pairs.item[i], line),
           f);
  if (fclose(f) == 0) return 0;
  free(*text);
  return error_raise(err, ERROR_INTERNAL, -ENOMEM, "out of memory");
}

int record_samples_write(const struct record_samples *s, struct results *into, struct error *err) {
  char *text;
  size_t length;
  int rc = 0;
  for (int rounds = 0; rounds < 2 && rc == 0; rounds++) {
    const char *file = rounds ? record_round_columns.file : record_pair_columns.file;
    if (s->pairs.count == 0) {
      unlinkat(into->dir_fd, file, 0);
      continue;
    }
    rc = record_samples_text(s, rounds, &text, &length, err);
    if (rc) break;
    rc = results_write(into, file, text, length, err);
    free(text);
  }
  return rc;
}

/* As it stands in its file: a record of another version keeps what this one does not know. */
static int copy_published(const char *from, struct results *into, const char *file, struct error *err) {
  json_t *value = foreign_file_json(from, err);
  if (!value) return err->code;
  int rc = record_publish_json(into, file, value, err);
  json_decref(value);
  return rc;
}

static int save(const struct results *to, const char *folder, const char *from, const char *file,
                const struct record_samples *samples, struct error *err) {
  struct results into;
  if (!from) return 0;
  int rc = results_subfolder(to, folder, &into, err);
  if (rc) return rc;
  rc = copy_published(from, &into, file, err);
  if (rc == 0 && samples) rc = record_samples_write(samples, &into, err);
  results_close(&into);
  return rc;
}

int record_set_save(const struct record_set *set, const struct results *to, struct error *err) {
  int rc = 0;
  for (size_t i = 0; i < set->rows && rc == 0; i++)
    if (set->row[i].phase.id) /* not an `ab` by itself: it belongs to no page */
      rc = save(to, set->row[i].id, set->row[i].json_path, "record.json", &set->row[i].samples, err);
  if (rc == 0 && !record_set_row(set, "cumulative")) /* whose Step 0 has all sites */
    rc = save(to, "sites", set->sites_path, "result.json", NULL, err);
  if (rc == 0) rc = save(to, "calibration", set->calibration_path, "result.json", NULL, err);
  if (rc == 0) rc = save(to, "peers", set->peers_path, "result.json", NULL, err);
  if (rc == 0) rc = save(to, "audit", set->audit_path, "result.json", NULL, err);
  return rc;
}
