/* SPDX-License-Identifier: GPL-3.0-or-later */
/* record.c: rows and sets in memory. Finding folders is in record_find.c. */
#include "harness/data/record.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "harness/data/record_internal.h"

void record_samples_free(struct record_samples *s) {
  free(s->pairs.item);
  free(s->rounds.item);
  memset(s, 0, sizeof *s);
}

void record_row_free(struct record_row *row) {
  fields_free(&phase_record_fields, &row->phase);
  record_samples_free(&row->samples);
  free(row->json_path);
  memset(row, 0, sizeof *row);
}

int record_put_row(struct record_set *set, struct record_row *row, struct error *err) {
  size_t i = 0;
  while (i < set->rows && strcmp(set->row[i].id, row->id) != 0) i++;
  if (i == RECORD_ROWS_MAX) {
    record_row_free(row);
    return error_raise(err, ERROR_USAGE, -E2BIG, "more than %d rows in one report", RECORD_ROWS_MAX);
  }
  if (i == set->rows) set->rows++;
  else record_row_free(&set->row[i]);
  set->row[i] = *row;
  return 0;
}

static void free_part(const struct field_table *table, void *part, char *path) {
  if (part) fields_free(table, part);
  free(part);
  free(path);
}

void record_set_free(struct record_set *set) {
  for (size_t i = 0; i < set->rows; i++) record_row_free(&set->row[i]);
  free_part(&ab_step0_fields, set->sites, set->sites_path);
  free_part(&calibration_result_fields, set->calibration, set->calibration_path);
  free_part(&peers_record_fields, set->peers, set->peers_path);
  free_part(&audit_record_fields, set->audit, set->audit_path);
  memset(set, 0, sizeof *set);
}

const struct record_row *record_set_row(const struct record_set *set, const char *id) {
  for (size_t i = 0; i < set->rows; i++)
    if (strcmp(set->row[i].id, id) == 0) return &set->row[i];
  return NULL;
}

const struct ab_result *record_row_ab(const struct record_row *row) { return row ? row->phase.ab : NULL; }

const struct ab_step0 *record_row_step0(const struct record_row *row) {
  return row && row->phase.ab ? row->phase.ab->step0 : NULL;
}

/* The pairs that the last look saw: the first n; pairs that ended while it was taken came later. */
static size_t logs(const struct record_row *row, bool control, bool mean, size_t n, double *x) {
  size_t k = 0;
  for (size_t i = 0; i < row->samples.pairs.count && k < n; i++) {
    const struct record_pair *p = &row->samples.pairs.item[i];
    if ((p->kind == SAMPLE_CONTROL) == control && !p->left_out)
      x[k++] = mean ? log(p->mean_ns[1] / p->mean_ns[0]) : log(p->ns[1] / p->ns[0]);
  }
  return k;
}

static struct estimate gain(const struct record_row *row, bool control, bool mean) {
  const struct ab_result *ab = record_row_ab(row);
  const struct estimate *recorded = !ab       ? NULL
                                    : control ? &ab->m.control.e
                                    : mean    ? &ab->m.mean_gain_pct
                                              : &ab->m.gain_pct;
  /* by the model of the core's width, which pairs.csv is not enough for */
  if (recorded && fields_has(&ab_result_fields, ab, "ends")) return *recorded;
  size_t pairs = row ? row->samples.pairs.count : 0, n = pairs;
  double level = 0.95;
  if (recorded && !isnan(recorded->value)) { /* without a level, the source's: there was no look */
    level = isnan(recorded->level) ? 0 : recorded->level;
    n = recorded->n == (size_t)COUNT_UNKNOWN ? 0 : recorded->n;
  }
  double *x = malloc((pairs + 1) * sizeof *x);
  if (!x) return stats_none();
  size_t k = row ? logs(row, control, mean, n, x) : 0;
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
