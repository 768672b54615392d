/* SPDX-License-Identifier: GPL-3.0-or-later */
/* phase_summary.c: the object of `phase` and `phases`, from the records of a set. */
#include <math.h>
#include <string.h>

#include "harness/ab/ab_json.h"
#include "harness/core/json_out.h"
#include "harness/phase/phase_parts.h"
#include "harness/phase/phase_run.h"

/* Gates that stand in a row of their own: 26A to 26E are parts of 26. */
static bool is_part(const struct phase *p) {
  return p->kind == PHASE_MEASURED && !(strncmp(p->id, "26", 2) == 0 && p->id[2] != '\0');
}

struct phase_parts phase_parts_of(const struct record_set *set) {
  struct phase_parts parts = { .sum = stats_none() };
  double sum = 0, square = 0;
  for (size_t i = 0; i < phase_count(); i++) {
    const struct phase *p = phase_at(i);
    const struct record_row *row = is_part(p) ? record_set_row(set, p->id) : NULL;
    const char *v = json_string_value(json_object_get(row ? row->json : NULL, "verdict"));
    struct estimate e = row ? record_row_gain(row, false) : stats_none();
    if (!is_part(p)) continue;
    if (stats_known(&e)) {
      double half = (e.high - e.low) / 2;
      sum += e.value;
      square += half * half;
      parts.timed++;
    } else if (v && (strcmp(v, "NO-OP") == 0 || strcmp(v, "SKIP") == 0 || strcmp(v, "NEUTRAL") == 0)) {
      parts.stopped++; /* its code does not run, or is the same: 0, exactly */
    } else {
      parts.unknown++;
    }
  }
  if (parts.unknown == 0 && parts.timed > 0)
    parts.sum = (struct estimate){
      .value = sum, .low = sum - sqrt(square), .high = sum + sqrt(square), .level = 0.95, .n = parts.timed
    };
  return parts;
}

const char *phase_step0_verdict(const json_t *step0) {
  const char *whole = json_string_value(json_object_get(step0, "verdict")), *same = NULL;
  size_t i;
  json_t *s;
  json_array_foreach(json_object_get(step0, "per_site"), i, s) {
    const char *v = json_string_value(json_object_get(s, "verdict"));
    if (!v || (same && strcmp(v, same) != 0)) return whole;
    same = v;
  }
  return same ? same : whole;
}

static json_t *row_json(const struct phase *p, const char *id, const struct record_row *row) {
  const json_t *r = row->json, *ab = record_row_ab(row), *step0 = json_object_get(ab, "step0"),
               *step1 = json_object_get(r, "step1");
  json_t *o = json_object();
  struct estimate e = record_row_gain(row, false);
  json_object_set_new(o, "id", json_text(id));
  json_object_set_new(o, "step0", json_text(phase_step0_verdict(step0)));
  if (json_is_array(step1)) step1 = json_array_get(step1, 0);
  json_object_set(o, "step1", json_is_object(step1) ? json_object_get(step1, "class") : json_null());
  json_object_set(o, "verdict", json_object_get(r, "verdict"));
  json_object_set(o, "reason", json_object_get(r, "reason"));
  json_object_set_new(o, "gain_pct", ab_estimate_json(&e));
  json_object_set_new(o, "source_pct", json_number(p ? phase_source_pct(p, false) : (double)NAN));
  json_object_set_new(o, "source_verdict", json_text(p && p->source_verdict[0] ? p->source_verdict : NULL));
  json_object_set_new(o, "page", json_null());
  return o;
}

int phase_summary(const struct results *set, const char *command, bool all, bool partial, json_t **result,
                  struct error *err) {
  static struct record_set records;
  json_t *r = json_result(command), *rows = json_array();
  record_set_add(&records, set->path, err); /* nothing recorded is a result, too */
  error_clear(err);
  for (size_t i = 0; i < phase_count(); i++) {
    const struct phase *p = phase_at(i);
    char open[64];
    snprintf(open, sizeof open, "%s-open", p->id);
    const struct record_row *row = record_set_row(&records, p->id), *more = record_set_row(&records, open);
    if (row) json_array_append_new(rows, row_json(p, p->id, row));
    if (more) json_array_append_new(rows, row_json(NULL, open, more));
  }
  json_object_set_new(r, "phases", rows);
  json_t *cumulative = json_null();
  if (all) {
    const struct record_row *whole = record_set_row(&records, "cumulative");
    struct estimate measured = whole ? record_row_gain(whole, false) : stats_none();
    struct phase_parts parts = phase_parts_of(&records);
    cumulative = json_object();
    json_object_set_new(cumulative, "measured_pct", ab_estimate_json(&measured));
    json_object_set_new(cumulative, "sum_pct", ab_estimate_json(&parts.sum));
    json_object_set_new(cumulative, "source_pct", json_number(PHASE_SOURCE_SUM_PCT));
    json_object_set(cumulative, "verdict", whole ? json_object_get(whole->json, "verdict") : json_null());
    json_object_set(cumulative, "reason", whole ? json_object_get(whole->json, "reason") : json_null());
  }
  json_object_set_new(r, "cumulative", cumulative);
  json_object_set_new(r, "partial", json_boolean(partial));
  json_object_set_new(r, "results_dir", json_text(set->path));
  record_set_free(&records);
  *result = r;
  return 0;
}
