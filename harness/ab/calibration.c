/* SPDX-License-Identifier: GPL-3.0-or-later */
/* calibration.c: see calibration.h. */
#include "harness/ab/calibration.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "harness/ab/ab_json.h"
#include "harness/ab/ab_run.h"
#include "harness/ab/inject.h"
#include "harness/ab/schedule.h"
#include "harness/core/json_out.h"
#include "harness/core/machine.h"

enum { CAMPAIGNS_MAX = 1000 };

/* One kind of campaign whose answer is known, or is told by every other one of its campaigns. */
struct kind {
  char name[32];
  const struct subject *subject;
  bool same_code, independent_layouts;
  uint64_t stream;      /* of random numbers */
  unsigned insns;       /* added to each tiny free, 0: none */
  struct pairs pool;    /* of all campaigns */
  struct pairs half[2]; /* of the judged ones (0, 2, 4 …) and of the others */
  double pool_s;        /* measuring time behind it */
  struct estimate gain[CAMPAIGNS_MAX];
  enum verdict verdict[CAMPAIGNS_MAX];
  size_t campaigns;
};

static int pool(struct pairs *all, const struct pairs *p, struct error *err) {
  struct pair *more = reallocarray(all->pair, all->count + p->count + 1, sizeof *more);
  if (!more) return error_set_errno(err, -ENOMEM, "calibration");
  all->pair = more;
  for (size_t i = 0; i < p->count; i++) all->pair[all->count++] = p->pair[i];
  all->tests += p->tests;
  pairs_find_alone(all, 0);
  return 0;
}

static int one_campaign(const struct calibration_request *q, struct kind *k, struct results *results, bool *interrupted,
                        struct error *err) {
  struct campaign_spec spec;
  struct campaign c;
  struct results own;
  char folder[64], label[96];
  int rc = ab_base_spec(&q->options, ab_first_threads(&q->options), &spec, err);
  if (rc) return rc;
  snprintf(folder, sizeof folder, "%.31s-%03zu", k->name, k->campaigns + 1);
  snprintf(label, sizeof label, "%.31s, campaign %zu of %u", k->name, k->campaigns + 1, q->campaigns);
  spec.kind = AB_JOB_IMAGE;
  spec.label = label;
  spec.seed = schedule_mix(q->options.seed, k->campaigns, k->stream) >> 11;
  spec.image[0] = &k->subject->image[0];
  spec.image[1] = &k->subject->image[k->same_code ? 0 : 1];
  spec.independent_layouts = k->independent_layouts;
  rc = ab_folder_campaign(&c, &spec, results, folder, &own, err);
  if (rc) return rc;
  *interrupted = c.interrupted;
  if (!c.interrupted) {
    k->gain[k->campaigns] = c.gain_pct;
    k->verdict[k->campaigns++] = c.verdict.verdict;
    k->pool_s += c.elapsed_s;
    rc = pool(&k->pool, &c.pairs, err);
    if (rc == 0) rc = pool(&k->half[(k->campaigns - 1) % 2], &c.pairs, err);
  }
  campaign_close(&c);
  results_close(&own);
  return rc;
}

/* Wrong where the truth is surely on the other side of the margin. */
static bool false_verdict(enum verdict v, double low, double high, double margin) {
  switch (v) {
  case VERDICT_GO: return high < margin;
  case VERDICT_NO_GO: return low > -margin;
  case VERDICT_NEUTRAL: return low > margin || high < -margin;
  default: return false;
  }
}

struct score {
  size_t campaigns, covered, known, wrong, count[VERDICT_NO_OP + 1];
};

/* Of equal code every campaign is judged. Of an injected effect every other one: the rest say what
 * the truth is, so that nothing is compared with itself. */
static void score_kind(const struct kind *k, const struct estimate *truth, double margin, struct score *s) {
  if (!stats_known(truth) && !k->same_code) return;
  for (size_t i = 0; i < k->campaigns; i += k->same_code ? 1 : 2) {
    s->campaigns++;
    s->count[k->verdict[i]]++;
    s->wrong += false_verdict(k->verdict[i], truth->low, truth->high, margin);
    if (stats_known(&k->gain[i])) {
      s->known++;
      s->covered += k->gain[i].low <= truth->value && truth->value <= k->gain[i].high;
    }
  }
}

static struct estimate pooled_gain(const struct pairs *p) {
  return p->count ? stats_log_to_pct(pairs_trimmed(p, SAMPLE_TEST, pairs_mostly(p), 0.05)) : stats_none();
}

/* 0 where the code is the same; else what the campaigns that are not judged say. */
static struct estimate truth_of(const struct kind *k) {
  struct estimate e = pooled_gain(&k->half[1]);
  if (k->same_code) e.value = e.low = e.high = 0;
  return e;
}

/* Half-width that this kind's pairs give in a campaign of budget_s, without early stop. */
static double half_width(const struct kind *k, double budget_s) {
  struct estimate e = stats_log_to_pct(pairs_trimmed(&k->pool, SAMPLE_TEST, pairs_mostly(&k->pool), 0.05));
  return stats_known(&e) && k->pool_s > 0 ? (e.high - e.low) / 2 * sqrt(k->pool_s / budget_s) : NAN;
}

static json_t *kind_json(const struct kind *k, double margin) {
  struct estimate pooled = pooled_gain(k->same_code ? &k->pool : &k->half[0]), truth = truth_of(k);
  struct score s = { 0 };
  json_t *o = json_object(), *verdicts = json_object();
  score_kind(k, &truth, margin, &s);
  json_object_set_new(o, "name", json_text(k->name));
  json_object_set_new(o, "true_pct", json_number(truth.value));
  json_object_set_new(o, "true_low", json_number(truth.low));
  json_object_set_new(o, "true_high", json_number(truth.high));
  json_object_set_new(o, "estimate", json_number(pooled.value));
  json_object_set_new(o, "low", json_number(pooled.low));
  json_object_set_new(o, "high", json_number(pooled.high));
  json_object_set_new(o, "pairs", json_integer((json_int_t)pairs_used(&k->pool, SAMPLE_TEST, pairs_mostly(&k->pool))));
  json_object_set_new(o, "measured_s", json_number(k->pool_s));
  json_object_set_new(o, "campaigns", json_integer((json_int_t)k->campaigns));
  json_object_set_new(o, "judged", json_integer((json_int_t)s.campaigns));
  json_object_set_new(o, "false_verdicts", json_integer((json_int_t)s.wrong));
  json_object_set_new(o, "coverage", json_number(s.known ? (double)s.covered / (double)s.known : NAN));
  for (int v = VERDICT_GO; v <= VERDICT_INCONCLUSIVE; v++)
    json_object_set_new(verdicts, verdict_name((enum verdict)v), json_integer((json_int_t)s.count[v]));
  json_object_set_new(o, "verdicts", verdicts);
  json_object_set_new(o, "ns_per_op_out", json_number(pairs_ns(&k->pool, pairs_mostly(&k->pool), 0)));
  json_object_set_new(o, "half_width_60s_pct", json_number(half_width(k, 60)));
  return o;
}

/* What one locked instruction costs here: the pooled effect of those added, over how many. */
static double locked_cost_ns(const json_t *callgrind, const json_t *injected) {
  size_t i, j;
  json_t *row, *counted;
  json_array_foreach(injected, i, row) json_array_foreach(
      json_object_get(callgrind, "injected"), j,
      counted) if (strncmp(json_string_value(json_object_get(row, "name")), "lock-", 5) == 0 &&
                   json_equal(json_object_get(row, "name"),
                              json_object_get(counted, "name"))) return json_number_value(json_object_get(row,
                                                                                                          "true_pct")) /
      100 * json_number_value(json_object_get(row, "ns_per_op_out")) /
      json_number_value(json_object_get(counted, "added_per_op"));
  return NAN;
}

static void result_json(const struct calibration_request *q, const struct kind *kinds, size_t n, bool partial,
                        json_t *o) {
  char date[32];
  time_t now = time(NULL);
  struct tm utc;
  struct score all = { 0 }, aa = { 0 };
  json_t *injected = json_array(), *list = json_array();
  for (size_t i = 0; i < n; i++) {
    struct estimate truth = truth_of(&kinds[i]);
    score_kind(&kinds[i], &truth, q->options.margin_pct, &all);
    if (kinds[i].same_code) score_kind(&kinds[i], &truth, q->options.margin_pct, &aa);
    json_t *row = kind_json(&kinds[i], q->options.margin_pct);
    json_array_append(kinds[i].insns ? injected : list, row);
    json_decref(row);
  }
  strftime(date, sizeof date, "%Y-%m-%dT%H:%M:%SZ", gmtime_r(&now, &utc));
  double half = half_width(&kinds[0], 60), width = 0;
  for (size_t i = 0; i < n; i++)
    if (kinds[i].pool.width_alone > 0 && (width == 0 || kinds[i].pool.width_alone < width))
      width = kinds[i].pool.width_alone;
  json_object_set_new(o, "date", json_text(date));
  json_object_set_new(o, "workload", json_text(q->options.workload));
  json_object_set_new(o, "budget_s", json_number(q->options.budget_s));
  json_object_set_new(o, "margin_pct", json_number(q->options.margin_pct));
  json_object_set_new(o, "campaigns", json_integer((json_int_t)aa.campaigns));
  json_object_set_new(o, "false_verdicts", json_integer((json_int_t)aa.wrong));
  json_object_set_new(o, "neutral", json_integer((json_int_t)aa.count[VERDICT_NEUTRAL]));
  json_object_set_new(o, "all_campaigns", json_integer((json_int_t)all.campaigns));
  json_object_set_new(o, "all_false_verdicts", json_integer((json_int_t)all.wrong));
  json_object_set_new(o, "coverage", json_number(all.known ? (double)all.covered / (double)all.known : NAN));
  json_object_set_new(o, "half_width_pct", json_number(half));
  /* told from 0 with 90% power at 60 s: (1.960 + 1.282) standard errors */
  json_object_set_new(o, "detectable_pct", json_number(half * (1.960 + 1.282) / 1.960));
  json_object_set_new(o, "core_width_alone", json_number(width > 0 ? width : NAN));
  json_object_set_new(o, "core_alone_pct", json_number(pairs_alone_pct(&kinds[0].pool)));
  json_object_set_new(o, "same_code", list);
  json_object_set_new(o, "locked_cost_ns", json_number(locked_cost_ns(json_object_get(o, "callgrind"), injected)));
  json_object_set_new(o, "injected", injected);
  json_object_set_new(o, "partial", json_boolean(partial));
  json_object_set_new(o, "machine_key", calibration_machine());
  json_object_set_new(o, "machine", machine_record());
}

static int run_kinds(const struct calibration_request *q, struct kind *kinds, size_t n, struct results *results,
                     bool *interrupted, struct error *err) {
  int rc = 0;
  /* in turn, so that a disturbed minute hits all kinds */
  for (unsigned i = 0; i < q->campaigns && rc == 0 && !*interrupted; i++)
    for (size_t k = 0; k < n && rc == 0 && !*interrupted; k++)
      rc = one_campaign(q, &kinds[k], results, interrupted, err);
  return rc;
}

int calibration_run(const struct calibration_request *q, json_t **result, struct error *err) {
  static struct kind kinds[2 + INJECT_MAX];
  struct injections injected;
  struct results results = { .dir_fd = -1 };
  bool interrupted = false;
  size_t n = 2;
  memset(kinds, 0, sizeof kinds);
  if (q->campaigns < 1 || q->campaigns > CAMPAIGNS_MAX)
    return error_set(err, -EINVAL, "--campaigns is 1 to %d", CAMPAIGNS_MAX);
  int rc = inject_build(&injected, q->options.source_dir, err);
  if (rc) return rc;
  for (size_t i = 0; i < 2; i++) {
    snprintf(kinds[i].name, sizeof kinds[i].name, "%s", i ? "aa-relinked" : "aa");
    kinds[i].subject = &injected.subject[0];
    kinds[i].stream = i;
    kinds[i].same_code = true;
    kinds[i].independent_layouts = i == 1;
  }
  for (size_t i = 0; i < injected.count; i++, n++) {
    snprintf(kinds[n].name, sizeof kinds[n].name, "%s", injected.kind[i]->name);
    kinds[n].stream = n;
    kinds[n].subject = &injected.subject[i];
    kinds[n].insns = injected.kind[i]->insns;
  }
  json_t *o = json_result("calibrate");
  if (!q->options.no_callgrind) json_object_set_new(o, "callgrind", inject_check(&injected, &q->options));
  rc = results_create(&results, q->options.out_dir, "calibrate", q->options.workload, err);
  if (rc == 0) rc = run_kinds(q, kinds, n, &results, &interrupted, err);
  if (rc == 0) {
    result_json(q, kinds, n, interrupted, o);
    json_object_set_new(o, "results_dir", json_text(results.path));
    rc = results_write_json(&results, "result.json", o, err);
  }
  if (rc == 0 && !interrupted) rc = calibration_store(o, err);
  results_close(&results);
  for (size_t i = 0; i < n; i++) {
    pairs_free(&kinds[i].pool);
    pairs_free(&kinds[i].half[0]);
    pairs_free(&kinds[i].half[1]);
  }
  inject_free(&injected);
  if (rc == 0) *result = o;
  else json_decref(o);
  return rc;
}
