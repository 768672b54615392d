/* SPDX-License-Identifier: GPL-3.0-or-later */
/* project_candidates.c: which of a project's gates to try next; see ab_run.h. Steps that cost seconds stand for one
 * that costs minutes: what differs, what runs, how many instructions more. */
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "harness/ab/ab_run.h"
#include "harness/core/interrupt.h"
#include "harness/project/project_builtin.h"

/* Of the instructions of a run. Below a twentieth of a percent no campaign tells an effect from none. */
#define HIGH_PCT 0.5
#define LOW_PCT 0.05

static const char *class_of(enum project_class c) {
  return c == PROJECT_CLASS_TELEMETRY ? "TELEMETRY" : c == PROJECT_CLASS_CORRECTNESS ? "CORRECTNESS" : NULL;
}

static void judge(struct candidate *c, const struct ab_result *r, enum project_step0 answer, const char *reason) {
  int n;
  const double *insns = r->insns_per_op.side;
  bool counted = answer == PROJECT_GO_ON && insns[0] > 0 && insns[1] > 0;
  if (r->step0 && answer == PROJECT_GO_ON) c->hits_per_op = r->step0->ops > 0 ? r->step0->hits_per_op : NAN;
  if (counted) c->expected_pct = 100 * (insns[1] / insns[0] - 1);
  c->priority = answer == PROJECT_NO_CODE || answer == PROJECT_NEVER_RUN ? "none"
                : !counted                                               ? "unmeasured"
                : c->expected_pct >= HIGH_PCT                            ? "high"
                : c->expected_pct >= LOW_PCT                             ? "medium"
                                                                         : "low";
  if (counted) n = asprintf(&c->reason, "%s; %.0f instructions without it, %.0f with it", reason, insns[0], insns[1]);
  else if (answer == PROJECT_GO_ON)
    n = asprintf(&c->reason, "%s; instructions: %s", reason, r->insns_reason ? r->insns_reason : "not counted");
  else n = asprintf(&c->reason, "%s", reason);
  if (n < 0) c->reason = NULL;
}

static int add(struct project_candidates *all, const struct ab_options *options, const struct project_gate *gate,
               struct error *err) {
  char *names[2] = { gate->name, NULL }, reason[512] = "";
  struct ab_options o = *options;
  struct ab_project p;
  struct ab_result r;
  enum project_step0 answer = PROJECT_NO_ANSWER;
  struct candidate *c = &all->list.item[all->list.count];
  o.names = names;
  fields_init(&ab_result_fields, &r);
  *c = (struct candidate){ .site = gate->name,
                           .class_name = class_of(gate->user_class),
                           .hits_per_op = NAN,
                           .expected_pct = NAN,
                           .order = (int)all->list.count };
  int rc = ab_project_open(&o, &p, err);
  if (rc == 0) {
    rc = ab_project_steps(&o, &p, NULL, NULL, &r, &answer, reason, sizeof reason, err);
    if (rc == 0 && answer == PROJECT_GO_ON && !interrupt_pending()) ab_project_count_insns(&o, &p, &r);
  }
  /* a gate that does not build is no reason to hide the others */
  bool no_macro = rc == -ENOENT && p.built;
  if (rc && (error_exit_code(err) == EXIT_UNMEASURED || no_macro) && !interrupt_pending()) {
    snprintf(reason, sizeof reason, "%.500s", err->text);
    error_clear(err);
    answer = no_macro ? PROJECT_NO_CODE : PROJECT_NO_ANSWER;
    rc = 0;
  }
  ab_project_close(&p);
  if (rc == 0) {
    judge(c, &r, answer, reason);
    all->list.count++;
  }
  fields_free(&ab_result_fields, &r);
  return rc;
}

int project_candidates_make(struct project_candidates *c, const struct ab_options *o, struct error *err) {
  *c = (struct project_candidates){ .list = { .ns_per_op = NAN } };
  int rc = project_open(&c->file, o->project, NULL, err);
  if (rc) return rc;
  if (c->file.gates == 0) {
    project_find_gate(&c->file, NULL, err);
    rc = err->code;
  }
  c->list.atomic_ns = candidates_atomic_ns();
  c->list.item = calloc(c->file.gates + 1, sizeof *c->list.item);
  if (!c->list.item) rc = error_raise(err, ERROR_INTERNAL, -ENOMEM, "out of memory");
  for (size_t i = 0; rc == 0 && i < c->file.gates; i++) rc = add(c, o, &c->file.gate[i], err);
  if (rc) project_candidates_free(c);
  else candidates_rank(&c->list);
  return rc;
}

void project_candidates_free(struct project_candidates *c) {
  candidates_free(&c->list);
  project_free(&c->file);
}
