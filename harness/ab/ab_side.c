/* SPDX-License-Identifier: GPL-3.0-or-later */
/* ab_side.c: what stands beside the gain: its direct part by live toggle, its layout and codegen
 * part, whether they add up, the instructions of an operation, and what was to be expected. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "harness/ab/ab_run.h"
#include "harness/ab/calibration_store.h"
#include "harness/ab/toggle.h"
#include "harness/core/interrupt.h"
#include "harness/counters/callgrind.h"
#include "harness/trace/trace_facts.h"
#include "harness/workloads/workload.h"

/* Of the live toggle and of the layout part, each: a quarter of the budget, at most 15 s. */
#define SIDE_BUDGET_MAX 15.0
/* Rounds of one toggled process, in couples of on and off. */
enum { TOGGLE_ROUNDS = 60, CALLGRIND_OPS = 20000 };

static int side_campaign(const struct ab_options *o, const struct subject *s, const struct toggle_list *list,
                         bool direct, enum pairs_core core, struct results *results, struct ab_part *out,
                         struct error *err) {
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
  spec.core_given = true;
  spec.core = core;
  if (direct) {
    spec.toggles = list;
    spec.rounds = TOGGLE_ROUNDS;
  } else {
    spec.patched_out = list;
  }
  rc = ab_folder_campaign(&c, &spec, results, direct ? "direct" : "layout", &own, err);
  if (rc) return rc;
  if (stats_known(&c.gain_pct)) {
    out->e = c.gain_pct;
    out->control = stats_known(&c.control_pct) ? c.control_pct : stats_none();
    out->disturbed_pct = pairs_disturbed_pct(&c.pairs, PAIRS_BOTH);
    out->elapsed_s = c.elapsed_s;
    out->core_state = c.core;
  }
  campaign_close(&c);
  results_close(&own);
  return 0;
}

/* Each of the three estimates is of the same end of the core's width; PAIRS_BOTH quotes that of a core alone. */
static bool same_state(const enum pairs_core state[3]) {
  bool same = true;
  for (int i = 1; i < 3; i++)
    same &= (state[i] == PAIRS_CORE_NONE) == (state[0] == PAIRS_CORE_NONE) &&
            verdict_quoted_end(state[i]) == verdict_quoted_end(state[0]);
  return same;
}

static void add_up(struct ab_result *r) {
  const struct estimate *g = &r->m.gain_pct, *d = &r->direct_pct.e, *l = &r->layout_pct.e;
  if (!stats_known(g) || !stats_known(d) || !stats_known(l)) return;
  fields_bring_in(&ab_result_fields, r, AB_DECOMPOSED);
  const enum pairs_core state[3] = { r->m.core.state, r->direct_pct.core_state, r->layout_pct.core_state };
  if (!same_state(state)) {
    fields_copy_text(&r->decomposition,
                     "not comparable: the core was shared with another hardware thread during some of the three and "
                     "not during others");
    return;
  }
  /* in/patched times patched/out is in/out: ratios multiply */
  double direct = 1 + d->value / 100, layout = 1 + l->value / 100;
  double both = 100 * (direct * layout - 1), half = 0;
  const struct estimate *each[3] = { g, d, l };
  const double weight[3] = { 1, layout, direct };
  for (int i = 0; i < 3; i++) half += pow(weight[i] * (each[i]->high - each[i]->low) / 2, 2);
  half = sqrt(half);
  bool yes = fabs(g->value - both) <= half;
  fields_text(&r->decomposition,
              "direct %+.3f%% and layout/codegen %+.3f%% multiply to %+.3f%%; recompiled %+.3f%%: the difference %+.3f "
              "is %s its uncertainty +-%.3f: %s",
              d->value, l->value, both, g->value, g->value - both, yes ? "within" : "beyond", half,
              yes ? "they add up" : "they do not add up");
  r->adds_up = yes ? ANSWER_YES : ANSWER_NO;
}

/* Step 0's executions for each operation x the cost of one locked instruction on this machine. */
static void expect(const struct toggle_list *list, struct ab_result *r) {
  struct calibration_quote *calibration = calibration_quote();
  double cost = calibration ? calibration->locked_cost_ns : NAN, hits = r->step0 ? r->step0->hits_per_op : NAN,
         ns = r->m.ns_per_op.side[0];
  if (list->locked && list->locked == list->found && !isnan(cost) && ns > 0) r->expected_pct = 100 * hits * cost / ns;
  else
    fields_copy_text(&r->expected_reason, !list->found ? list->reason
                                          : list->locked != list->found
                                              ? "not all updates are locked instructions, whose cost is calibrated"
                                              : "no calibration of this machine");
  if (calibration) fields_free(&calibration_quote_fields, calibration);
  free(calibration);
}

int ab_decompose(const struct ab_options *o, const struct subject *s, struct results *results, struct ab_result *r,
                 struct error *err) {
  struct toggle_list list;
  int rc = toggle_find(s, &list, err);
  if (rc) return rc;
  expect(&list, r);
  r->toggles.found = (int64_t)list.found;
  r->toggles.toggled = (int64_t)list.count;
  if (list.reason[0]) fields_copy_text(&r->direct_reason, list.reason);
  if (o->no_direct || ab_first_threads(o) != 1 || list.count == 0) {
    if (!list.reason[0])
      fields_copy_text(&r->direct_reason,
                       o->no_direct ? "--no-direct" : "more than one thread: code can be changed under one only");
    return 0;
  }
  enum pairs_core core = r->m.core.state == PAIRS_SHARED ? PAIRS_SHARED : PAIRS_ALONE;
  for (int direct = 1; direct >= 0 && rc == 0 && !interrupt_pending(); direct--)
    rc = side_campaign(o, s, &list, direct, core, results, direct ? &r->direct_pct : &r->layout_pct, err);
  if (rc == 0 && interrupt_pending()) r->m.partial = ANSWER_YES;
  if (rc == 0) add_up(r);
  return rc;
}

void ab_count_insns(const struct ab_options *o, const struct subject *s, struct ab_result *result) {
  struct callgrind_result r;
  struct error err;
  int rc = 0;
  error_clear(&err);
  if (o->no_callgrind || ab_first_threads(o) != 1) {
    fields_copy_text(&result->insns_reason,
                     o->no_callgrind ? "--no-callgrind" : "more than one thread: waiting makes the count arbitrary");
    return;
  }
  if (o->trace && o->trace->header.events > CALLGRIND_TRACE_MAX) {
    fields_copy_text(&result->insns_reason, "the trace is too long to be simulated");
    return;
  }
  struct ab_sides *insns = &result->insns_per_op;
  for (int side = 0; side < 2 && rc == 0; side++) {
    struct bench_run_spec spec = { .workload = workload_find(o->workload)->name,
                                   .file = workload_file(o->workload),
                                   .library = s->variant[side].image_path,
                                   .slots = o->slots,
                                   .seed = 1,
                                   .threads = 1,
                                   .env = o->env,
                                   .user = o->user,
                                   .timeout_s = 120 };
    rc = callgrind_measure(&spec, CALLGRIND_OPS, &r, &err);
    if (rc == 0) insns->side[side] = r.insns_per_op;
  }
  if (rc) {
    insns->side[0] = insns->side[1] = NAN;
    fields_copy_text(&result->insns_reason, err.text);
  }
}
