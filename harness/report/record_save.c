/* SPDX-License-Identifier: GPL-3.0-or-later */
/* record_save.c: writes a set to a folder, for keeping it with the sources. */
#include <inttypes.h>
#include <stdlib.h>

#include "harness/core/json_out.h"
#include "harness/phase/phase_run.h"
#include "harness/report/record.h"

struct text {
  FILE *f;
  char *bytes;
  size_t length;
};

static int finish(struct text *t, const char *file, struct results *into, struct error *err) {
  int rc = fclose(t->f) == 0 ? results_write(into, file, t->bytes, t->length, err)
                             : error_set(err, -ENOMEM, "out of memory");
  free(t->bytes);
  return rc;
}

static int save_samples(const struct record_row *row, struct results *into, struct error *err) {
  struct text t = { .f = NULL };
  if (row->pairs == 0) return 0;
  if (!(t.f = open_memstream(&t.bytes, &t.length))) return error_set(err, -ENOMEM, "out of memory");
  fputs(RECORD_PAIRS_HEAD, t.f);
  for (size_t i = 0; i < row->pairs; i++) {
    const struct record_pair *p = &row->pair[i];
    fprintf(t.f, RECORD_PAIRS_LINE, p->pair, p->control ? "control" : "test", p->first, p->elapsed_s, p->ns[0],
            p->ns[1], p->mean_ns[0], p->mean_ns[1], p->disturbed, p->left_out);
  }
  int rc = finish(&t, "pairs.csv", into, err);
  if (rc || !(t.f = open_memstream(&t.bytes, &t.length))) return rc ? rc : error_set(err, -ENOMEM, "out of memory");
  fputs(RECORD_ROUNDS_HEAD, t.f);
  for (size_t i = 0; i < row->rounds; i++)
    fprintf(t.f, RECORD_ROUNDS_LINE, row->round[i].pair, row->round[i].side, row->round[i].round, row->round[i].ns);
  return finish(&t, "rounds.csv", into, err);
}

static int save_row(const struct record_row *row, const struct results *to, struct error *err) {
  struct results into;
  int rc = results_subfolder(to, row->id, &into, err);
  if (rc) return rc;
  json_t *copy = json_deep_copy(row->json);
  phase_strip_paths(copy);
  rc = results_write_json(&into, "record.json", copy, err);
  json_decref(copy);
  if (rc == 0) rc = save_samples(row, &into, err);
  results_close(&into);
  return rc;
}

static int save_part(const json_t *part, const char *name, const struct results *to, struct error *err) {
  struct results into;
  if (!part) return 0;
  int rc = results_subfolder(to, name, &into, err);
  if (rc) return rc;
  json_t *copy = json_deep_copy(part);
  phase_strip_paths(copy);
  rc = results_write_json(&into, "result.json", copy, err);
  json_decref(copy);
  results_close(&into);
  return rc;
}

int record_set_save(const struct record_set *set, const struct results *to, struct error *err) {
  int rc = 0;
  for (size_t i = 0; i < set->rows && rc == 0; i++)
    if (json_object_get(set->row[i].json, "id")) /* not an `ab` by itself: it belongs to no page */
      rc = save_row(&set->row[i], to, err);
  if (rc == 0 && !record_set_row(set, "cumulative")) /* whose Step 0 has all sites */
    rc = save_part(set->sites, "sites", to, err);
  if (rc == 0) rc = save_part(set->calibration, "calibration", to, err);
  if (rc == 0) rc = save_part(set->peers, "peers", to, err);
  if (rc == 0) rc = save_part(set->audit, "audit", to, err);
  return rc;
}
