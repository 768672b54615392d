/* SPDX-License-Identifier: GPL-3.0-or-later */
/* record.c: rows and sets in memory. Finding folders is in record_find.c. */
#include "harness/report/record.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "harness/core/content_hash.h"
#include "harness/core/foreign_file.h"
#include "harness/core/identifier.h"
#include "harness/report/record_internal.h"

static int broken(const char *path, unsigned line, struct error *err) {
  int rc = error_set(err, -EBADMSG, "%s:%u is not as it was written", path, line);
  error_advise(err, "take the record from version control again, or measure anew");
  return rc;
}

static void *one_more(void *list, size_t count, size_t size) {
  return count & (count - 1) ? list : realloc(list, (count ? count * 2 : 1) * size); /* room is the next power of two */
}

static int load_pairs(struct record_row *row, FILE *f, const char *path, struct error *err) {
  char line[512], kind[16];
  for (unsigned n = 1; fgets(line, sizeof line, f); n++) {
    struct record_pair p;
    int disturbed, left_out, end = 0;
    if (n == 1) continue;
    if (sscanf(line, "%" SCNu64 ",%15[a-z],%u,%lf,%lf,%lf,%lf,%lf,%d,%d%n", &p.pair, kind, &p.first, &p.elapsed_s,
               &p.ns[0], &p.ns[1], &p.mean_ns[0], &p.mean_ns[1], &disturbed, &left_out, &end) != 10 ||
        line[end] != '\n' || !(p.ns[0] > 0) || !(p.ns[1] > 0))
      return broken(path, n, err);
    p.control = strcmp(kind, "control") == 0;
    p.disturbed = disturbed != 0;
    p.left_out = left_out != 0;
    void *more = one_more(row->pair, row->pairs, sizeof p);
    if (!more) return error_set(err, -ENOMEM, "out of memory");
    row->pair = more;
    row->pair[row->pairs++] = p;
  }
  return 0;
}

static int load_rounds(struct record_row *row, FILE *f, const char *path, struct error *err) {
  char line[256];
  for (unsigned n = 1; fgets(line, sizeof line, f); n++) {
    struct record_round r;
    int end = 0;
    if (n == 1) continue;
    if (sscanf(line, "%" SCNu64 ",%u,%u,%lf%n", &r.pair, &r.side, &r.round, &r.ns, &end) != 4 || line[end] != '\n' ||
        r.side > 1 || !(r.ns > 0))
      return broken(path, n, err);
    void *more = one_more(row->round, row->rounds, sizeof r);
    if (!more) return error_set(err, -ENOMEM, "out of memory");
    row->round = more;
    row->round[row->rounds++] = r;
  }
  return 0;
}

static int load_csv(struct record_row *row, const char *dir, const char *name, struct content_hash *hash,
                    int (*load)(struct record_row *, FILE *, const char *, struct error *), struct error *err) {
  char path[PATH_MAX];
  snprintf(path, sizeof path, "%.3900s/%s", dir, name);
  struct error why = { 0 };
  FILE *f = foreign_file_stream(path, &why);
  if (!f && why.code == -ENOENT) return 0;
  if (!f) {
    *err = why;
    return why.code;
  }
  int rc = load(row, f, path, err);
  fclose(f);
  return rc ? rc : content_hash_add_file(hash, path, err);
}

static void row_free(struct record_row *row) {
  json_decref(row->json);
  free(row->pair);
  free(row->round);
  memset(row, 0, sizeof *row);
}

int record_put_row(struct record_set *set, const char *id, json_t *json, const char *json_path, const char *csv_dir,
                   struct error *err) {
  struct content_hash hash;
  struct record_row row = { .json = json };
  size_t i = 0;
  identifier_make(row.id, sizeof row.id, id);
  content_hash_start(&hash);
  int rc = content_hash_add_file(&hash, json_path, err);
  if (rc == 0) rc = load_csv(&row, csv_dir, "pairs.csv", &hash, load_pairs, err);
  if (rc == 0) rc = load_csv(&row, csv_dir, "rounds.csv", &hash, load_rounds, err);
  content_hash_finish(&hash, row.digest);
  while (i < set->rows && strcmp(set->row[i].id, row.id) != 0) i++;
  if (rc == 0 && i == RECORD_ROWS_MAX) rc = error_set(err, -E2BIG, "more than %d rows in one report", RECORD_ROWS_MAX);
  if (rc) {
    row_free(&row);
    return rc;
  }
  if (i == set->rows) set->rows++;
  else row_free(&set->row[i]);
  set->row[i] = row;
  return 0;
}

void record_set_free(struct record_set *set) {
  for (size_t i = 0; i < set->rows; i++) row_free(&set->row[i]);
  json_decref(set->sites);
  json_decref(set->calibration);
  json_decref(set->peers);
  json_decref(set->audit);
  memset(set, 0, sizeof *set);
}

const struct record_row *record_set_row(const struct record_set *set, const char *id) {
  for (size_t i = 0; i < set->rows; i++)
    if (strcmp(set->row[i].id, id) == 0) return &set->row[i];
  return NULL;
}

const json_t *record_row_ab(const struct record_row *row) {
  const json_t *ab = row ? json_object_get(row->json, "ab") : NULL;
  return json_is_object(ab) ? ab : NULL;
}

/* The pairs that the last look saw: the first n; pairs that ended while it was taken came later. */
static size_t logs(const struct record_row *row, bool control, bool mean, size_t n, double *x) {
  size_t k = 0;
  for (size_t i = 0; i < row->pairs && k < n; i++) {
    const struct record_pair *p = &row->pair[i];
    if (p->control == control && !p->left_out)
      x[k++] = mean ? log(p->mean_ns[1] / p->mean_ns[0]) : log(p->ns[1] / p->ns[0]);
  }
  return k;
}

static struct estimate gain(const struct record_row *row, bool control, bool mean) {
  const json_t *recorded = json_object_get(record_row_ab(row), control ? "control"
                                                               : mean  ? "mean_gain_pct"
                                                                       : "gain_pct");
  double level = json_is_object(recorded) ? json_number_value(json_object_get(recorded, "level")) : 0.95;
  size_t n = json_is_object(recorded) ? (size_t)json_integer_value(json_object_get(recorded, "n")) : row->pairs;
  double *x = malloc((row->pairs + 1) * sizeof *x);
  if (!x) return stats_none();
  size_t k = logs(row, control, mean, n, x);
  struct estimate e = stats_log_to_pct(stats_trimmed_interval(x, k, mean ? 0 : STATS_TRIM, 1 - level));
  free(x);
  return e;
}

struct estimate record_row_gain(const struct record_row *row, bool control) {
  return gain(row, control, false);
}

struct estimate record_row_mean_gain(const struct record_row *row) {
  return gain(row, false, true);
}
