/* SPDX-License-Identifier: GPL-3.0-or-later */
/* phase_summary.c: the object of `phase` and `phases`, from the records of a set. */
#include <math.h>
#include <string.h>

#include "harness/phase/phase_parts.h"
#include "harness/phase/phase_run.h"

struct phase_parts phase_parts_of(const struct record_set *set) {
  struct phase_parts parts = { .sum = stats_none() };
  double sum = 0, square = 0;
  for (size_t i = 0; i < phase_count(); i++) {
    const struct phase *p = phase_at(i);
    const struct record_row *row = phase_is_part(p) ? record_set_row(set, p->id) : NULL;
    enum verdict v = row ? row->phase.verdict : VERDICT_NONE;
    struct estimate e = row ? record_row_gain(row, false) : stats_none();
    if (!phase_is_part(p)) continue;
    if (stats_known(&e)) {
      double half = (e.high - e.low) / 2;
      sum += e.value;
      square += half * half;
      parts.timed++;
    } else if (v == VERDICT_NO_OP || v == VERDICT_SKIP || v == VERDICT_NEUTRAL) {
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

static struct estimate reported(const struct estimate *e) { return stats_known(e) ? *e : stats_none(); }

static int add_row(struct phases_result *r, const struct phase *p, const struct record_row *row, struct error *err) {
  struct phases_row *o = fields_append(&r->phases, sizeof *o);
  if (!o) return error_raise(err, ERROR_INTERNAL, -ENOMEM, "out of memory");
  struct estimate e = record_row_gain(row, false);
  fields_init(&phases_row_fields, o);
  fields_copy_text(&o->id, row->id);
  o->step0 = phase_record_step0(&row->phase);
  o->step1 = phase_record_class(&row->phase);
  o->verdict = row->phase.verdict;
  fields_copy_text(&o->reason, row->phase.reason);
  o->gain_pct = reported(&e);
  if (p) o->source_pct = phase_source_pct(p, false);
  if (p && p->source_verdict[0]) fields_copy_text(&o->source_verdict, p->source_verdict);
  return 0;
}

static int fill_cumulative(struct phases_result *r, const struct record_set *records, struct error *err) {
  const struct record_row *whole = record_set_row(records, "cumulative");
  struct phases_cumulative *c = r->cumulative = fields_new(&phases_cumulative_fields);
  if (!c) return error_raise(err, ERROR_INTERNAL, -ENOMEM, "out of memory");
  struct estimate measured = whole ? record_row_gain(whole, false) : stats_none();
  struct phase_parts parts = phase_parts_of(records);
  c->measured_pct = reported(&measured);
  c->sum_pct = reported(&parts.sum);
  c->source_pct = PHASE_SOURCE_SUM_PCT;
  if (whole) c->verdict = whole->phase.verdict;
  if (whole) fields_copy_text(&c->reason, whole->phase.reason);
  return 0;
}

int phase_summary(const struct results *set, bool all, bool partial, struct phases_result *r, struct error *err) {
  static struct record_set records;
  int rc = 0;
  record_set_add(&records, set->path, err); /* nothing recorded is a result, too */
  error_clear(err);
  for (size_t i = 0; i < phase_count() && rc == 0; i++) {
    const struct phase *p = phase_at(i);
    char open[64];
    snprintf(open, sizeof open, "%s-open", p->id);
    const struct record_row *row = record_set_row(&records, p->id), *more = record_set_row(&records, open);
    if (row) rc = add_row(r, p, row, err);
    if (more && rc == 0) rc = add_row(r, NULL, more, err);
  }
  if (all && rc == 0) rc = fill_cumulative(r, &records, err);
  r->partial = partial ? ANSWER_YES : ANSWER_NO;
  fields_copy_text(&r->results_dir, set->path);
  record_set_free(&records);
  return rc;
}
