/* SPDX-License-Identifier: GPL-3.0-or-later */
/* ab_source.c: the protocol that the source of HAKMEM's table used, for comparison: ten runs of
 * the baseline, then ten of the research, means against +-0.5%. No interval, no layouts. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "harness/ab/ab_run.h"
#include "harness/ab/pilot.h"
#include "harness/core/progress.h"

enum { RUNS = 10, RUN_ROUNDS = 20 };

static int one(struct campaign *c, unsigned side, unsigned run, double started, double *ns, struct error *err) {
  struct sample s;
  struct ab_record record;
  if (c->spec.kind == AB_JOB_COMMAND) c->spec.rounds = 1;
  int rc = campaign_single(c, side, c->spec.kind == AB_JOB_COMMAND ? 1 : RUN_ROUNDS, c->spec.round_ops, &s, err);
  if (rc) return rc;
  s.pair = run + 1;
  s.elapsed_s = c->elapsed_s = clock_monotonic_s() - started;
  campaign_count(c, &s);
  *ns = exp(s.log_mean_ns);
  if (session_take(&c->session, side, &record) != NULL)
    return error_raise(err, ERROR_UNMEASURED, -EBADMSG, "the measured process wrote a record that cannot be true");
  return samples_append(&c->log, &s, &record, err);
}

static int runs(struct campaign *c, double mean[2], struct error *err) {
  struct progress progress;
  double started = clock_monotonic_s();
  int rc = 0;
  progress_start(&progress, c->spec.label, c->spec.quiet);
  for (unsigned side = 0; side < 2 && rc == 0; side++) {
    double sum = 0, ns;
    for (unsigned run = 0; run < RUNS && rc == 0; run++) {
      rc = one(c, side, run, started, &ns, err);
      sum += ns;
      progress_update(&progress, (side * RUNS + run + 1) / (2.0 * RUNS), NULL);
    }
    mean[side] = sum / RUNS;
  }
  progress_finish(&progress);
  return rc;
}

int ab_source_protocol(const struct ab_options *o, ab_fill *fill, const void *what, struct results *results,
                       struct ab_result *result, struct error *err) {
  struct campaign_spec spec;
  struct campaign c;
  double mean[2];
  int rc = ab_base_spec(o, ab_first_threads(o), &spec, err);
  if (rc) return rc;
  fill(&spec, what);
  spec.label = "the source's protocol";
  spec.linked_layout = true;
  spec.control = false;
  spec.timeout_s = spec.timeout_s > 0 ? spec.timeout_s : 60 + o->budget_s;
  rc = campaign_open(&c, &spec, results, false, err);
  if (rc) return rc;
  rc = campaign_pilot(&c, err);
  if (rc == 0) {
    /* a run is a twentieth of the budget */
    double scale = o->budget_s / (2.0 * RUNS) / RUN_ROUNDS / (PILOT_ROUND_NS / 1e9);
    if (spec.kind != AB_JOB_COMMAND) c.spec.round_ops = (uint64_t)fmax(1, (double)c.spec.round_ops * scale);
    rc = runs(&c, mean, err);
  }
  if (rc == 0) {
    double gain = 100 * (mean[1] / mean[0] - 1);
    verdict_decide_source(gain, o->margin_pct, &c.verdict);
    fields_bring_in(&ab_result_fields, result, AB_TIMED);
    rc = ab_fill_measured(&c, &result->m, err);
    result->m.gain_pct = stats_none();
    result->m.gain_pct.value = gain;
    result->m.gain_pct.n = (size_t)COUNT_UNKNOWN;
    result->runs_of_each = RUNS;
    result->m.layouts = 1;
    fields_copy_text(&result->m.layout_sampling, "none: both variants as they were linked");
  }
  campaign_close(&c);
  return rc;
}
