/* SPDX-License-Identifier: GPL-3.0-or-later */
/* calibration.c: see calibration.h. */
#include "harness/ab/calibration.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "harness/ab/ab_run.h"
#include "harness/ab/calibration_kind.h"
#include "harness/ab/calibration_store.h"
#include "harness/ab/schedule.h"
#include "harness/core/machine.h"
#include "harness/workloads/workload.h"

static int pool(struct pairs *all, const struct pairs *p, struct error *err) {
  struct pair *more = reallocarray(all->pair, all->count + p->count + 1, sizeof *more);
  if (!more) return error_raise(err, ERROR_INTERNAL, -ENOMEM, "out of memory");
  all->pair = more;
  for (size_t i = 0; i < p->count; i++) all->pair[all->count++] = p->pair[i];
  all->tests += p->tests;
  pairs_find_alone(all, 0);
  return 0;
}

static int one_campaign(const struct calibration_request *q, struct calibration_campaigns *k, struct results *results,
                        bool *interrupted, struct error *err) {
  struct campaign_spec spec;
  struct campaign c;
  struct results own;
  char folder[64], label[96];
  int rc = ab_base_spec(&q->options, ab_first_threads(&q->options), &spec, err);
  if (rc) return rc;
  snprintf(folder, sizeof folder, "%.31s-%03zu", k->name, k->count + 1);
  snprintf(label, sizeof label, "%.31s, campaign %zu of %u", k->name, k->count + 1, q->campaigns);
  spec.kind = AB_JOB_IMAGE;
  spec.label = label;
  spec.seed = schedule_mix(q->options.seed, k->count, k->stream) >> 11;
  spec.image[0] = &k->subject->image[0];
  spec.image[1] = &k->subject->image[k->same_code ? 0 : 1];
  spec.independent_layouts = k->independent_layouts;
  rc = ab_folder_campaign(&c, &spec, results, folder, &own, err);
  if (rc) return rc;
  *interrupted = c.interrupted;
  if (!c.interrupted) {
    struct calibration_said *said = &k->said[k->count++];
    *said = (struct calibration_said){ .gain = c.gain_pct, .verdict = c.verdict.verdict, .core = c.core };
    memcpy(said->end, c.end, sizeof said->end);
    memcpy(said->end_verdict, c.end_verdict, sizeof said->end_verdict);
    k->pool_s += c.elapsed_s;
    rc = pool(&k->pool, &c.pairs, err);
    if (rc == 0) rc = pool(&k->half[(k->count - 1) % 2], &c.pairs, err);
  }
  campaign_close(&c);
  results_close(&own);
  return rc;
}

/* What one locked instruction costs here: the pooled effect of those added, over how many. */
static double locked_cost_ns(const struct calibration_campaigns *kinds, size_t n,
                             const struct calibration_callgrind *counted) {
  for (size_t i = 0; i < n && counted; i++) {
    if (!kinds[i].injection || !kinds[i].injection->locked) continue;
    double ns = calibration_added_ns(&kinds[i]);
    size_t k = kinds[i].counted;
    return k < counted->injected.count ? ns / counted->injected.item[k].added_per_op : NAN;
  }
  return NAN;
}

static int kinds_result(const struct calibration_request *q, const struct calibration_campaigns *kinds, size_t n,
                        struct calibration_result *o, struct error *err) {
  struct calibration_score all = { 0 }, aa = { 0 };
  double margin = q->options.margin_pct;
  for (size_t i = 0; i < n; i++) {
    calibration_score_kind(&kinds[i], margin, &all);
    if (kinds[i].same_code) calibration_score_kind(&kinds[i], margin, &aa);
    struct calibration_kind *row =
        kinds[i].injection ? fields_append(&o->injected, sizeof *row) : fields_append(&o->same_code, sizeof *row);
    if (!row || calibration_kind_result(&kinds[i], margin, row) != 0)
      return error_raise(err, ERROR_INTERNAL, -ENOMEM, "out of memory");
  }
  o->campaigns = (int64_t)aa.campaigns;
  o->false_verdicts = (int64_t)aa.wrong;
  o->neutral = (int64_t)aa.count[VERDICT_NEUTRAL];
  o->all_campaigns = (int64_t)all.campaigns;
  o->all_false_verdicts = (int64_t)all.wrong;
  o->coverage = all.known ? (double)all.covered / (double)all.known : NAN;
  return 0;
}

static int fill_result(const struct calibration_request *q, const struct calibration_campaigns *kinds, size_t n,
                       bool partial, struct calibration_result *o, struct error *err) {
  char date[32];
  time_t now = time(NULL);
  struct tm utc;
  double half = q->same_code ? calibration_half_width(&kinds[0], 60) : NAN, width = NAN;
  int rc = kinds_result(q, kinds, n, o, err);
  if (rc) return rc;
  for (size_t i = 0; i < n; i++)
    if (kinds[i].pool.width_alone > 0) width = fmin(width, kinds[i].pool.width_alone); /* fmin passes over NaN */
  strftime(date, sizeof date, "%Y-%m-%dT%H:%M:%SZ", gmtime_r(&now, &utc));
  fields_copy_text(&o->date, date);
  fields_copy_text(&o->workload, q->options.workload);
  o->budget_s = q->options.budget_s;
  o->margin_pct = q->options.margin_pct;
  o->half_width_pct = half;
  /* told from 0 with 90% power at 60 s: (1.960 + 1.282) standard errors */
  o->detectable_pct = half * (1.960 + 1.282) / 1.960;
  o->core_width_alone = width;
  o->core_alone_pct = q->same_code ? pairs_alone_pct(&kinds[0].pool) : NAN;
  o->locked_cost_ns = locked_cost_ns(kinds, n, o->callgrind);
  o->partial = partial ? ANSWER_YES : ANSWER_NO;
  calibration_machine(&o->machine_key);
  machine_read(&o->machine);
  return 0;
}

static int run_kinds(const struct calibration_request *q, struct calibration_campaigns *kinds, size_t n,
                     struct results *results, bool *interrupted, struct error *err) {
  int rc = 0;
  /* in turn, so that a disturbed minute hits all kinds */
  for (unsigned i = 0; i < q->campaigns && rc == 0 && !*interrupted; i++)
    for (size_t k = 0; k < n && rc == 0 && !*interrupted; k++)
      rc = one_campaign(q, &kinds[k], results, interrupted, err);
  return rc;
}

static void free_kinds(struct calibration_campaigns *kinds, size_t n) {
  for (size_t i = 0; i < n; i++) {
    pairs_free(&kinds[i].pool);
    pairs_free(&kinds[i].half[0]);
    pairs_free(&kinds[i].half[1]);
  }
}

static size_t make_kinds(struct calibration_campaigns *kinds, const struct injections *injected, size_t added,
                         bool same_code) {
  size_t n = same_code ? 2 : 0;
  for (size_t i = 0; i < n; i++) {
    snprintf(kinds[i].name, sizeof kinds[i].name, "%s", i ? "aa-relinked" : "aa");
    kinds[i].subject = &injected->subject[0];
    kinds[i].stream = i;
    kinds[i].same_code = true;
    kinds[i].independent_layouts = i == 1;
  }
  for (size_t i = 0; i < added; i++, n++) {
    snprintf(kinds[n].name, sizeof kinds[n].name, "%s", injected->kind[i]->name);
    kinds[n].stream = i + 2;
    kinds[n].subject = &injected->subject[i];
    kinds[n].injection = injected->kind[i];
    kinds[n].counted = i;
  }
  return n;
}

int calibration_run(const struct calibration_request *q, struct calibration_result *result, bool *stored,
                    struct error *err) {
  *stored = false;
  static struct calibration_campaigns kinds[2 + INJECT_MAX];
  struct injections injected;
  struct results results = { .dir_fd = -1 };
  bool interrupted = false;
  memset(kinds, 0, sizeof kinds);
  fields_init(&calibration_result_fields, result);
  if (q->campaigns < 1 || q->campaigns > CALIBRATION_CAMPAIGNS_MAX)
    return error_raise(err, ERROR_USAGE, -EINVAL, "--campaigns is 1 to %d", CALIBRATION_CAMPAIGNS_MAX);
  int rc = workload_file(q->options.workload)
               ? error_raise(err, ERROR_USAGE, -EINVAL,
                             "calibrate runs built-in workloads; --append FILE --trace FILE replays one")
               : ab_check_workload(&q->options, err);
  if (rc) return rc;
  bool adds = !q->kinds || q->kinds[0]; /* else the same code is that of the usual ones */
  rc = inject_build(&injected, q->options.source_dir, adds ? q->kinds : NULL, err);
  if (rc) return rc;
  size_t n = make_kinds(kinds, &injected, adds ? injected.count : 0, q->same_code);
  if (!q->options.no_callgrind && adds) result->callgrind = inject_check(&injected, &q->options);
  rc = results_create(&results, q->options.out_dir, "calibrate", q->options.workload, err);
  if (rc == 0) rc = run_kinds(q, kinds, n, &results, &interrupted, err);
  if (rc == 0) rc = fill_result(q, kinds, n, interrupted, result, err);
  if (rc == 0) {
    fields_copy_text(&result->results_dir, results.path);
    rc = results_write_fields(&results, "result.json", &calibration_result_fields, result, err);
  }
  if (rc == 0 && !interrupted && q->same_code) rc = calibration_store(result, stored, err);
  results_close(&results);
  free_kinds(kinds, n);
  inject_free(&injected);
  if (rc) fields_free(&calibration_result_fields, result);
  return rc;
}
