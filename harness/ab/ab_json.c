/* SPDX-License-Identifier: GPL-3.0-or-later */
/* ab_json.c: see ab_json.h. Printing is in ab_print.c. */
#include "harness/ab/ab_json.h"

#include <math.h>
#include <string.h>

#include "harness/core/json_out.h"

json_t *ab_estimate_json(const struct estimate *e) {
  if (!stats_known(e)) return json_null();
  json_t *o = json_object();
  json_object_set_new(o, "estimate", json_number(e->value));
  json_object_set_new(o, "low", json_number(e->low));
  json_object_set_new(o, "high", json_number(e->high));
  json_object_set_new(o, "level", json_number(e->level));
  json_object_set_new(o, "n", json_integer((json_int_t)e->n));
  return o;
}

void ab_verdict_json(const struct verdict_result *v, json_t *o) {
  json_object_set_new(o, "verdict", json_text(verdict_name(v->verdict)));
  json_object_set_new(o, "reason", json_text(v->reason));
  json_object_set_new(o, "needed_s", json_number(v->needed_s));
}

/* Both sides of one counter, for each operation. */
static json_t *both(const struct campaign *c, uint64_t baseline, uint64_t research, bool measured) {
  json_t *o = json_object();
  uint64_t ops[2];
  for (int i = 0; i < 2; i++) ops[i] = c->side[i].ops ? c->side[i].ops : c->side[i].processes;
  json_object_set_new(o, "out", json_number(measured && ops[0] ? (double)baseline / (double)ops[0] : NAN));
  json_object_set_new(o, "in", json_number(measured && ops[1] ? (double)research / (double)ops[1] : NAN));
  return o;
}

static json_t *counters_json(const struct campaign *c) {
  static const char *const hardware[AB_PMU_MAX] = { "cycles", "instructions", "cache-misses", "branch-misses" };
  const struct campaign_side *a = &c->side[0], *b = &c->side[1];
  json_t *o = json_object();
  bool commands = c->spec.kind == AB_JOB_COMMAND;
  for (uint32_t i = 0; i < AB_PMU_MAX; i++)
    json_object_set_new(o, hardware[i], both(c, a->pmu[i], b->pmu[i], i < a->pmu_count && i < b->pmu_count));
  json_object_set_new(o, "page-faults", both(c, a->minor_faults, b->minor_faults, true));
  json_object_set_new(o, "context-switches",
                      both(c, a->voluntary + a->involuntary, b->voluntary + b->involuntary, true));
  json_object_set_new(o, "involuntary-switches", both(c, a->involuntary, b->involuntary, true));
  json_object_set_new(o, "migrations", both(c, a->migrations, b->migrations, !commands));
  json_object_set_new(o, "hardware_reason",
                      json_text(commands       ? "a command is measured from outside, by its wall time"
                                : a->pmu_count ? NULL
                                : a->pmu_errno ? strerror(a->pmu_errno > 0 ? a->pmu_errno : -a->pmu_errno)
                                               : "no hardware counters"));
  return o;
}

static json_t *ns_json(const struct campaign *c) {
  json_t *o = json_object();
  for (int i = 0; i < 2; i++)
    json_object_set_new(o, i ? "in" : "out", json_number(pairs_ns(&c->pairs, c->core, (unsigned)i)));
  return o;
}

/* What is known of other hardware threads on the core. */
static json_t *core_json(const struct campaign *c) {
  json_t *o = json_object();
  bool known = c->pairs.width_alone > 0;
  json_object_set_new(o, "state", json_text(campaign_core_state(c)));
  json_object_set_new(o, "alone_pct", json_number(pairs_alone_pct(&c->pairs)));
  json_object_set_new(o, "pairs_left_out",
                      known ? json_integer((json_int_t)(c->pairs.tests - pairs_used(&c->pairs, SAMPLE_TEST, c->core)))
                            : json_null());
  json_object_set_new(o, "width_alone", json_number(known ? c->pairs.width_alone : NAN));
  json_object_set_new(o, "left_out_gain_pct", ab_estimate_json(&c->other_gain_pct));
  json_object_set_new(o, "reason",
                      json_text(known                            ? NULL
                                : c->spec.kind == AB_JOB_COMMAND ? "a command is measured from outside"
                                : c->spec.threads > 1 ? "several threads of the workload would be seen as strangers"
                                                      : "there is no probe for this architecture"));
  return o;
}

void ab_campaign_json(const struct campaign *c, json_t *o) {
  bool images = c->spec.kind == AB_JOB_IMAGE;
  json_t *control = ab_estimate_json(&c->control_pct);
  ab_verdict_json(&c->verdict, o);
  json_object_set_new(o, "gain_pct", ab_estimate_json(&c->gain_pct));
  json_object_set_new(o, "mean_gain_pct", ab_estimate_json(&c->mean_gain_pct));
  json_object_set_new(o, "margin_pct", json_number(c->spec.margin_pct));
  json_object_set_new(o, "layouts",
                      images && !c->spec.linked_layout ? json_integer((json_int_t)(c->pairs.count)) : json_null());
  json_object_set_new(o, "layout_sampling",
                      json_text(images ? "a new random order of the functions for each pair"
                                       : "none: the code is measured in the one layout that it was linked with"));
  json_object_set_new(o, "pairs", json_integer((json_int_t)pairs_used(&c->pairs, SAMPLE_TEST, c->core)));
  json_object_set_new(o, "elapsed_s", json_number(c->elapsed_s));
  json_object_set_new(o, "budget_s", json_number(c->spec.budget_s));
  json_object_set_new(o, "stopped_early", json_boolean(c->stopped && c->elapsed_s < c->spec.budget_s));
  if (json_is_object(control))
    json_object_set_new(control, "pairs", json_integer((json_int_t)pairs_used(&c->pairs, SAMPLE_CONTROL, c->core)));
  json_object_set_new(o, "control", control);
  json_object_set_new(o, "threads", json_integer(c->spec.threads));
  json_object_set_new(o, "rounds", json_integer(c->spec.rounds));
  json_object_set_new(o, "round_ops", json_integer((json_int_t)c->spec.round_ops));
  json_object_set_new(o, "ns_per_op", ns_json(c));
  json_object_set_new(o, "counters", counters_json(c));
  json_object_set_new(o, "disturbed_pct", json_number(pairs_disturbed_pct(&c->pairs, c->core)));
  json_object_set_new(o, "core", core_json(c));
  json_object_set_new(o, "steal_pct", json_number(c->steal_pct));
  json_t *looks = json_array();
  for (size_t i = 0; i < c->spending.taken; i++)
    json_array_append_new(looks, json_pack("{s:o, s:o}", "pairs", json_number(c->spending.information[i]), "alpha",
                                           json_number(stats_alpha_of_z(c->spending.bound[i]))));
  json_object_set_new(o, "looks", looks);
  json_object_set_new(o, "partial", json_boolean(c->interrupted));
}
