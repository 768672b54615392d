/* SPDX-License-Identifier: GPL-3.0-or-later */
/* ab_fill.c: from a campaign to the result that is printed and kept. */
#include <errno.h>
#include <math.h>
#include <string.h>

#include "harness/ab/ab_run.h"

/* Switches against its will, for each run of a command, that are no news. */
#define SWITCHED_MAX 0.1

/* Without an interval there is no estimate to report. */
static struct estimate reported(const struct estimate *e) { return stats_known(e) ? *e : stats_none(); }

/* Both sides of one counter, for each operation. */
static void both(const struct campaign *c, struct ab_sides *o, uint64_t baseline, uint64_t research, bool measured) {
  const uint64_t value[2] = { baseline, research };
  for (int i = 0; i < 2; i++) {
    uint64_t ops = c->side[i].ops ? c->side[i].ops : c->side[i].processes;
    if (measured && ops) o->side[i] = (double)value[i] / (double)ops;
  }
}

const char *ab_counters_why_not(int code) {
  if (code < 0) code = -code;
  switch (code) {
  case ENOENT:
  case ENODEV:
  case EOPNOTSUPP: return "this machine gives its programs no hardware counters";
  case EACCES:
  case EPERM: return "not permitted: /proc/sys/kernel/perf_event_paranoid, or a filter of system calls";
  case EAGAIN: return "they were shared with other programs while it ran";
  default: return strerror(code);
  }
}

static void fill_counters(const struct campaign *c, struct ab_counters *o) {
  const struct campaign_side *a = &c->side[0], *b = &c->side[1];
  struct ab_sides *const hardware[AB_PMU_MAX] = { &o->cycles, &o->instructions, &o->cache_misses, &o->branch_misses };
  bool commands = campaign_is_foreign(&c->spec);
  for (uint32_t i = 0; i < AB_PMU_MAX; i++)
    both(c, hardware[i], a->pmu[i], b->pmu[i], i < a->pmu_count && i < b->pmu_count);
  both(c, &o->page_faults, a->minor_faults, b->minor_faults, true);
  both(c, &o->context_switches, a->voluntary + a->involuntary, b->voluntary + b->involuntary, true);
  both(c, &o->involuntary_switches, a->involuntary, b->involuntary, true);
  both(c, &o->migrations, a->migrations, b->migrations, !commands);
  fields_copy_text(&o->hardware_reason, c->spec.kind == AB_JOB_PROJECT ? "a program is measured from outside"
                                        : a->pmu_count                 ? NULL
                                        : a->pmu_errno                 ? ab_counters_why_not(a->pmu_errno)
                                                                       : "no hardware counters");
}

/* What is known of other hardware threads on the core. */
static void fill_core(const struct campaign *c, struct ab_core *o) {
  bool known = c->pairs.width_alone > 0;
  o->state = c->core;
  o->alone_pct = pairs_alone_pct(&c->pairs);
  if (known) o->pairs_left_out = 0;
  if (known) o->width_alone = c->pairs.width_alone;
  fields_copy_text(&o->reason, known                           ? NULL
                               : campaign_is_foreign(&c->spec) ? "a command is measured from outside"
                               : c->spec.take_turns
                                   ? "threads that take turns would be in each other's probe"
                                   : "there is no probe for this architecture, or for threads of the workload's own");
}

static void fill_end(const struct campaign *c, enum core_end_name which, struct ab_end *o) {
  const struct core_end *e = &c->end[which];
  if (!e->pairs || !stats_known(&e->gain)) return;
  o->e = e->gain;
  o->pairs = (int64_t)e->pairs;
  o->width = e->width;
  o->verdict = c->end_verdict[which];
}

/* The pairs that the times of the result are of. */
static enum pairs_core quoted(const struct campaign *c) {
  enum pairs_core core = c->core == PAIRS_CORE_NONE                       ? PAIRS_BOTH
                         : verdict_quoted_end(c->core) == CORE_END_SHARED ? PAIRS_SHARED
                                                                          : PAIRS_ALONE;
  return pairs_used(&c->pairs, SAMPLE_TEST, core) ? core : PAIRS_BOTH;
}

/* A command that is switched out against its will may share its CPU with its own children or with a
 * stranger; from outside the two look alike, so that how many pairs were disturbed is not known. */
static bool switched_unknown(const struct campaign *c) {
  const struct campaign_side *k = c->side;
  return campaign_is_foreign(&c->spec) &&
         (double)(k[0].involuntary + k[1].involuntary) > SWITCHED_MAX * (double)(k[0].processes + k[1].processes);
}

int ab_fill_measured(const struct campaign *c, struct ab_measured *m, struct error *err) {
  bool images = c->spec.kind == AB_JOB_IMAGE || c->spec.place;
  m->verdict = c->verdict.verdict;
  fields_copy_text(&m->reason, c->verdict.reason);
  m->needed_s = c->verdict.needed_s;
  m->gain_pct = reported(&c->gain_pct);
  m->mean_gain_pct = reported(&c->mean_gain_pct);
  if (images && !c->spec.linked_layout) m->layouts = (int64_t)c->pairs.count;
  fields_copy_text(&m->layout_sampling, images
                                            ? "a new random order of the functions for each pair"
                                            : "none: the code is measured in the one layout that it was linked with");
  m->pairs = (int64_t)c->pairs.tests;
  m->elapsed_s = c->elapsed_s;
  m->budget_s = c->spec.budget_s;
  m->stopped_early = c->stopped && c->elapsed_s < c->spec.budget_s ? ANSWER_YES : ANSWER_NO;
  m->control.e = reported(&c->control_pct);
  m->control.pairs = (int64_t)(c->pairs.count - c->pairs.tests);
  m->threads = c->spec.threads;
  m->take_turns = c->spec.take_turns ? ANSWER_YES : ANSWER_NO;
  m->rounds = c->spec.rounds;
  m->round_ops = (int64_t)c->spec.round_ops;
  for (unsigned i = 0; i < 2; i++) m->ns_per_op.side[i] = pairs_ns(&c->pairs, quoted(c), i);
  m->counters = fields_new(&ab_counters_fields);
  if (m->counters) fill_counters(c, m->counters);
  const struct verdict_company company = campaign_company(c);
  m->disturbed_pct =
      switched_unknown(c) || verdict_is_crowded(&company) ? NAN : pairs_disturbed_pct(&c->pairs, PAIRS_BOTH);
  fill_core(c, &m->core);
  fill_end(c, CORE_END_ALONE, &m->ends.alone);
  fill_end(c, CORE_END_SHARED, &m->ends.shared);
  m->steal_pct = c->steal_pct;
  m->throttled_pct = c->throttled_pct;
  m->others_pct = company.others_pct;
  m->waiting_pct = company.waiting_pct;
  if (c->strays) m->strays = (int64_t)c->strays;
  for (size_t i = 0; i < c->spending.taken; i++) {
    struct ab_look *look = fields_append(&m->looks, sizeof *look);
    if (!look) return error_raise(err, ERROR_INTERNAL, -ENOMEM, "out of memory");
    look->pairs = c->spending.information[i];
    look->alpha = stats_alpha_of_z(c->spending.bound[i]);
  }
  m->partial = c->interrupted ? ANSWER_YES : ANSWER_NO;
  return m->counters ? 0 : error_raise(err, ERROR_INTERNAL, -ENOMEM, "out of memory");
}
