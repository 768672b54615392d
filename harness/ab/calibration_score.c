/* SPDX-License-Identifier: GPL-3.0-or-later */
/* calibration_score.c: see calibration_kind.h. */
#include <math.h>

#include "harness/ab/calibration_kind.h"

static const char *const end_names[CORE_ENDS] = { "alone", "shared" };

/* What holds of a kind: over all pairs, and at each end of the core's width. */
struct truth {
  struct estimate all, end[CORE_ENDS];
};

static struct truth estimates_of(const struct pairs *p) {
  struct core_end end[CORE_ENDS];
  struct truth t = { .all = stats_none() };
  core_model_fit(p, 0.05, end);
  if (p->count) t.all = stats_log_to_pct(pairs_trimmed(p, SAMPLE_TEST, PAIRS_BOTH, 0.05));
  for (int k = 0; k < CORE_ENDS; k++) t.end[k] = end[k].gain;
  return t;
}

static void nothing(struct estimate *e) {
  *e = stats_none();
  e->value = e->low = e->high = 0;
}

/* 0 where the code is the same; else what the campaigns that are not judged say. */
static struct truth truth_of(const struct calibration_campaigns *k) {
  struct truth t;
  if (!k->same_code) return estimates_of(&k->half[1]);
  nothing(&t.all);
  for (int i = 0; i < CORE_ENDS; i++) nothing(&t.end[i]);
  return t;
}

/* Wrong where the truth is surely on the other side of the margin. */
static bool false_of(enum verdict v, const struct estimate *truth, double margin) {
  if (!stats_known(truth)) return false;
  switch (v) {
  case VERDICT_GO: return truth->high < margin;
  case VERDICT_NO_GO: return truth->low > -margin;
  case VERDICT_NEUTRAL: return truth->low > margin || truth->high < -margin;
  default: return false;
  }
}

/* A verdict is judged for the state of the core that it names. */
static bool false_verdict(const struct calibration_said *c, const struct truth *t, double margin) {
  bool wrong = false;
  if (c->verdict == VERDICT_DEPENDS) {
    for (int i = 0; i < CORE_ENDS; i++) wrong |= false_of(c->end_verdict[i], &t->end[i], margin);
    return wrong;
  }
  if (c->core == PAIRS_CORE_NONE) return false_of(c->verdict, &t->all, margin);
  if (c->core != PAIRS_SHARED) wrong |= false_of(c->verdict, &t->end[CORE_END_ALONE], margin);
  if (c->core != PAIRS_ALONE) wrong |= false_of(c->verdict, &t->end[CORE_END_SHARED], margin);
  return wrong;
}

static bool holds(const struct estimate *e, double value) { return e->low <= value && value <= e->high; }

void calibration_score_kind(const struct calibration_campaigns *k, double margin_pct, struct calibration_score *s) {
  struct truth t = truth_of(k);
  if (!k->same_code && !stats_known(&t.all)) return;
  for (size_t i = 0; i < k->count; i += k->same_code ? 1 : 2) {
    const struct calibration_said *c = &k->said[i];
    const struct estimate *truth = c->core == PAIRS_CORE_NONE ? &t.all : &t.end[verdict_quoted_end(c->core)];
    s->campaigns++;
    s->count[c->verdict]++;
    s->wrong += false_verdict(c, &t, margin_pct);
    if (!stats_known(&c->gain) || !stats_known(truth)) continue;
    s->known++;
    s->covered += holds(&c->gain, truth->value);
  }
}

static void verdicts_of(const size_t count[VERDICT_NONE], struct calibration_verdicts *o) {
  o->go = (int64_t)count[VERDICT_GO];
  o->neutral = (int64_t)count[VERDICT_NEUTRAL];
  o->no_go = (int64_t)count[VERDICT_NO_GO];
  o->inconclusive = (int64_t)count[VERDICT_INCONCLUSIVE];
  o->depends = (int64_t)count[VERDICT_DEPENDS];
}

/* Weighted mean of the campaigns' estimates of one end, and their scatter about it. */
static void scatter(const struct calibration_campaigns *k, int end, struct calibration_end *o) {
  double w = 0, wx = 0, q = 0;
  size_t n = 0;
  for (int pass = 0; pass < 2; pass++)
    for (size_t i = 0; i < k->count; i++) {
      const struct estimate *e = &k->said[i].end[end].gain;
      if (!stats_known(e) || !(e->se > 0)) continue;
      double weight = 1 / (e->se * e->se);
      if (pass == 0) {
        w += weight;
        wx += weight * e->value;
        n++;
      } else {
        q += weight * (e->value - wx / w) * (e->value - wx / w);
      }
    }
  if (n) o->estimate = wx / w;
  if (n > 1) o->chi2_df = q / (double)(n - 1);
}

static int end_result(const struct calibration_campaigns *k, int end, const struct truth *t,
                      struct calibration_kind *kind) {
  size_t seen = 0, known = 0, covered = 0, count[VERDICT_NONE] = { 0 };
  for (size_t i = 0; i < k->count; i++) {
    const struct calibration_said *c = &k->said[i];
    if (!stats_known(&c->end[end].gain)) continue;
    seen++;
    if (c->end_verdict[end] < VERDICT_NONE) count[c->end_verdict[end]]++;
    if (!stats_known(&t->end[end]) || (!k->same_code && i % 2)) continue;
    known++;
    covered += holds(&c->end[end].gain, t->end[end].value);
  }
  if (seen == 0) return 0;
  struct calibration_end *o = fields_append(&kind->ends, sizeof *o);
  if (!o) return -ENOMEM;
  size_t firm[3] = { count[VERDICT_GO], count[VERDICT_NEUTRAL], count[VERDICT_NO_GO] }, most = 0;
  for (int i = 0; i < 3; i++) most = firm[i] > most ? firm[i] : most;
  o->estimate = o->chi2_df = o->coverage = NAN;
  fields_copy_text(&o->name, end_names[end]);
  o->campaigns = (int64_t)seen;
  o->true_pct = t->end[end].value;
  o->true_low = t->end[end].low;
  o->true_high = t->end[end].high;
  o->contradictions = (int64_t)(firm[0] + firm[1] + firm[2] - most);
  if (known) o->coverage = (double)covered / (double)known;
  verdicts_of(count, &o->verdicts);
  scatter(k, end, o);
  return 0;
}

int calibration_kind_result(const struct calibration_campaigns *k, double margin_pct, struct calibration_kind *o) {
  struct estimate pooled = estimates_of(k->same_code ? &k->pool : &k->half[0]).all;
  struct truth t = truth_of(k);
  struct calibration_score s = { 0 };
  calibration_score_kind(k, margin_pct, &s);
  fields_copy_text(&o->name, k->name);
  o->true_pct = t.all.value;
  o->true_low = t.all.low;
  o->true_high = t.all.high;
  o->estimate = pooled.value;
  o->low = pooled.low;
  o->high = pooled.high;
  o->pairs = (int64_t)k->pool.tests;
  o->measured_s = k->pool_s;
  o->campaigns = (int64_t)k->count;
  o->judged = (int64_t)s.campaigns;
  o->false_verdicts = (int64_t)s.wrong;
  o->coverage = s.known ? (double)s.covered / (double)s.known : NAN;
  verdicts_of(s.count, &o->verdicts);
  o->ns_per_op_out = pairs_ns(&k->pool, PAIRS_BOTH, 0);
  o->half_width_60s_pct = calibration_half_width(k, 60);
  int rc = 0;
  for (int end = 0; end < CORE_ENDS && rc == 0; end++) rc = end_result(k, end, &t, o);
  return rc;
}

double calibration_half_width(const struct calibration_campaigns *k, double budget_s) {
  struct estimate e = estimates_of(&k->pool).all;
  return stats_known(&e) && k->pool_s > 0 ? (e.high - e.low) / 2 * sqrt(k->pool_s / budget_s) : NAN;
}

double calibration_added_ns(const struct calibration_campaigns *k) {
  struct truth t = truth_of(k);
  bool alone = stats_known(&t.end[CORE_END_ALONE]) && pairs_used(&k->pool, SAMPLE_TEST, PAIRS_ALONE) > 0;
  return (alone ? t.end[CORE_END_ALONE].value : t.all.value) / 100 *
         pairs_ns(&k->pool, alone ? PAIRS_ALONE : PAIRS_BOTH, 0);
}
