/* SPDX-License-Identifier: GPL-3.0-or-later */
/* ab_side.c: what stands beside the gain: its direct part by live toggle, its layout and codegen
 * part, whether they add up, the instructions of an operation, and what was to be expected. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "harness/ab/ab_json.h"
#include "harness/ab/ab_run.h"
#include "harness/ab/calibration.h"
#include "harness/ab/toggle.h"
#include "harness/core/interrupt.h"
#include "harness/core/json_out.h"
#include "harness/counters/callgrind.h"

/* Of the live toggle and of the layout part, each: a quarter of the budget, at most 15 s. */
#define SIDE_BUDGET_MAX 15.0
/* Rounds of one toggled process, in couples of on and off. */
enum { TOGGLE_ROUNDS = 60, CALLGRIND_OPS = 20000 };

static double get(const json_t *o, const char *key) {
  const json_t *v = json_object_get(o, key);
  return json_is_number(v) ? json_number_value(v) : NAN;
}

static int side_campaign(const struct ab_options *o, const struct subject *s, const struct toggle_list *list,
                         bool direct, enum pairs_core core, struct results *results, json_t **out, struct error *err) {
  struct campaign_spec spec;
  struct campaign c;
  struct results own;
  int rc = ab_base_spec(o, 1, &spec, err);
  if (rc) return rc;
  spec.kind = AB_JOB_IMAGE;
  spec.label = direct ? "ab, live toggle" : "ab, layout and codegen";
  spec.image[0] = &s->image[0];
  spec.image[1] = &s->image[1];
  spec.budget_s = fmin(SIDE_BUDGET_MAX, o->budget_s / 4);
  spec.run_whole_budget = true;
  spec.core = core;
  if (direct) {
    spec.toggles = list;
    spec.rounds = TOGGLE_ROUNDS;
  } else {
    spec.patched_out = list;
  }
  rc = ab_folder_campaign(&c, &spec, results, direct ? "direct" : "layout", &own, err);
  if (rc) return rc;
  *out = ab_estimate_json(&c.gain_pct);
  if (json_is_object(*out)) {
    json_object_set_new(*out, "control", ab_estimate_json(&c.control_pct));
    json_object_set_new(*out, "disturbed_pct", json_number(pairs_disturbed_pct(&c.pairs, c.core)));
    json_object_set_new(*out, "elapsed_s", json_number(c.elapsed_s));
    json_object_set_new(*out, "core_state", json_text(campaign_core_state(&c)));
  }
  campaign_close(&c);
  results_close(&own);
  return 0;
}

static void add_up(json_t *result) {
  const json_t *g = json_object_get(result, "gain_pct"), *d = json_object_get(result, "direct_pct"),
               *l = json_object_get(result, "layout_pct");
  if (!json_is_object(g) || !json_is_object(d) || !json_is_object(l)) return;
  const json_t *state = json_object_get(json_object_get(result, "core"), "state");
  if (!json_equal(state, json_object_get(d, "core_state")) || !json_equal(state, json_object_get(l, "core_state"))) {
    json_object_set_new(result, "decomposition",
                        json_text("not comparable: the core was shared with another hardware thread during some of the "
                                  "three and not during others"));
    json_object_set_new(result, "adds_up", json_null());
    return;
  }
  /* in/patched times patched/out is in/out: ratios multiply */
  double direct = 1 + get(d, "estimate") / 100, layout = 1 + get(l, "estimate") / 100;
  double both = 100 * (direct * layout - 1), gain = get(g, "estimate"), half = 0;
  const json_t *each[3] = { g, d, l };
  const double weight[3] = { 1, layout, direct };
  char text[256];
  for (int i = 0; i < 3; i++) half += pow(weight[i] * (get(each[i], "high") - get(each[i], "low")) / 2, 2);
  half = sqrt(half);
  bool yes = fabs(gain - both) <= half;
  snprintf(text, sizeof text,
           "direct %+.3f%% and layout/codegen %+.3f%% multiply to %+.3f%%; recompiled %+.3f%%: the difference %+.3f is "
           "%s its uncertainty +-%.3f: %s",
           get(d, "estimate"), get(l, "estimate"), both, gain, gain - both, yes ? "within" : "beyond", half,
           yes ? "they add up" : "they do not add up");
  json_object_set_new(result, "decomposition", json_text(text));
  json_object_set_new(result, "adds_up", json_boolean(yes));
}

/* Step 0's executions for each operation x the cost of one locked instruction on this machine. */
static void expect(const struct toggle_list *list, json_t *result) {
  json_t *calibration = calibration_quote();
  double cost = get(calibration, "locked_cost_ns"), hits = get(json_object_get(result, "step0"), "hits_per_op"),
         ns = get(json_object_get(result, "ns_per_op"), "out");
  if (list->locked && list->locked == list->found && !isnan(cost) && ns > 0)
    json_object_set_new(result, "expected_pct", json_number(100 * hits * cost / ns));
  else
    json_object_set_new(result, "expected_reason",
                        json_text(!list->found ? list->reason
                                  : list->locked != list->found
                                      ? "not all updates are locked instructions, whose cost is calibrated"
                                      : "no calibration of this machine"));
  json_decref(calibration);
}

int ab_decompose(const struct ab_options *o, const struct subject *s, struct results *results, json_t *result,
                 struct error *err) {
  struct toggle_list list;
  int rc = toggle_find(s, &list, err);
  if (rc) return rc;
  expect(&list, result);
  json_object_set_new(result, "toggles", json_pack("{s:i, s:i}", "found", (int)list.found, "toggled", (int)list.count));
  if (list.reason[0]) json_object_set_new(result, "direct_reason", json_text(list.reason));
  if (o->no_direct || ab_first_threads(o) != 1 || list.count == 0) {
    if (!list.reason[0])
      json_object_set_new(
          result, "direct_reason",
          json_text(o->no_direct ? "--no-direct" : "more than one thread: code can be changed under one only"));
    return 0;
  }
  json_t *part;
  enum pairs_core core = pairs_core_of(json_string_value(json_object_get(json_object_get(result, "core"), "state")));
  for (int direct = 1; direct >= 0 && rc == 0 && !interrupt_pending(); direct--) {
    rc = side_campaign(o, s, &list, direct, core, results, &part, err);
    if (rc == 0) json_object_set_new(result, direct ? "direct_pct" : "layout_pct", part);
  }
  if (rc == 0 && interrupt_pending()) json_object_set_new(result, "partial", json_true());
  if (rc == 0) add_up(result);
  return rc;
}

void ab_count_insns(const struct ab_options *o, const struct subject *s, json_t *result) {
  struct callgrind_result r;
  struct error err;
  double per_op[2] = { NAN, NAN };
  int rc = 0;
  error_clear(&err);
  if (o->no_callgrind || ab_first_threads(o) != 1) {
    json_object_set_new(
        result, "insns_reason",
        json_text(o->no_callgrind ? "--no-callgrind" : "more than one thread: waiting makes the count arbitrary"));
    return;
  }
  for (int side = 0; side < 2 && rc == 0; side++) {
    struct bench_run_spec spec = { .workload = o->workload,
                                   .library = s->variant[side].image_path,
                                   .slots = o->slots,
                                   .seed = 1,
                                   .threads = 1,
                                   .env = o->env,
                                   .user = o->user,
                                   .timeout_s = 120 };
    rc = callgrind_measure(&spec, CALLGRIND_OPS, &r, &err);
    per_op[side] = rc == 0 ? r.insns_per_op : NAN;
  }
  if (rc) {
    json_object_set_new(result, "insns_reason", json_text(err.text));
    return;
  }
  json_object_set_new(result, "insns_per_op",
                      json_pack("{s:o, s:o}", "out", json_number(per_op[0]), "in", json_number(per_op[1])));
}
