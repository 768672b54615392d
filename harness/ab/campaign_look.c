/* SPDX-License-Identifier: GPL-3.0-or-later */
/* campaign_look.c: the planned looks of a campaign. */
#include <limits.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "harness/ab/campaign.h"
#include "harness/core/units.h"
#include "harness/data/csv_tables.h"

/* Each look taken is a line of looks.csv: a resumed campaign must not spend its error twice. */
static int put_line(struct campaign *c, const char *line, size_t length, struct error *err) {
  if (fwrite(line, 1, length, c->looks) == length && fflush(c->looks) == 0) return 0;
  return error_set_errno(err, errno ? -errno : -EIO, "cannot write %s/%s", c->results->path, look_columns.file);
}

/* What was spent before, from the file; *last is the last look. */
static int looks_load(struct campaign *c, FILE *f, struct look_line *last, struct error *err) {
  struct columns_reader reader;
  char path[PATH_MAX];
  snprintf(path, sizeof path, "%.3900s/%s", c->results->path, look_columns.file);
  int rc = columns_start(&reader, &look_columns, f, path, err);
  while (rc == 0 && (rc = columns_next(&reader, last, err)) > 0) {
    if (last->look >= c->spending.planned || fabs(last->planned_s - c->spending.look_s[last->look]) > 1e-6)
      return error_raise(err, ERROR_UNMEASURED, -EBADMSG, "%s:%zu is of a campaign with another budget", path,
                         reader.line);
    spending_take(&c->spending, last->look, (double)last->pairs);
    c->next_look = last->look + 1;
    rc = 0;
  }
  return rc;
}

int campaign_looks_open(struct campaign *c, bool resume, struct error *err) {
  struct look_line last = { .verdict = VERDICT_NONE, .alpha = NAN };
  char header[COLUMNS_LINE_MAX];
  spending_plan(&c->spending, c->spec.budget_s, 1 - c->spec.level);
  if (c->spec.run_whole_budget) { /* the end is the only look: its interval need not be widened */
    c->spending.planned = 1;
    c->spending.look_s[0] = c->spec.budget_s;
  }
  FILE *f = resume ? samples_file(c->results, look_columns.file, true, err) : NULL;
  if (resume && !f) return err->code;
  int rc = f ? looks_load(c, f, &last, err) : 0;
  if (f) fclose(f);
  if (rc) return rc;
  c->looks = results_append(c->results, look_columns.file, err);
  if (!c->looks) return err->code;
  if (!resume) return put_line(c, header, columns_header(&look_columns, header), err);
  /* cut off between its verdict and its result: the verdict stands, nothing more is measured */
  if (last.verdict != VERDICT_NONE && last.verdict != VERDICT_INCONCLUSIVE && !c->spec.run_whole_budget) {
    campaign_judge(c, last.alpha);
    c->stopped = true;
  } else if (c->next_look == c->spending.planned && c->spending.taken) {
    campaign_judge(c, last.alpha); /* its last look is behind it */
  }
  return 0;
}

static void too_few(struct campaign *c) {
  size_t used = c->pairs.tests;
  c->verdict.verdict = VERDICT_INCONCLUSIVE;
  c->verdict.needed_s = used ? c->elapsed_s * 1.1 * PAIRS_MIN / (double)used : NAN;
  int n = snprintf(c->verdict.reason, sizeof c->verdict.reason, "%zu pair%s; no verdict with fewer than %d", used,
                   units_plural(used, "", "s"), PAIRS_MIN);
  if (!isnan(c->verdict.needed_s))
    snprintf(c->verdict.reason + n, sizeof c->verdict.reason - (size_t)n, "; --budget %.0f would give as many",
             ceil(c->verdict.needed_s));
}

/* By the model where the core's width is known, and enough pairs had one; else over all pairs. */
static void judge_ends(struct campaign *c, const struct verdict_input *in) {
  c->core = verdict_decide_ends(in, c->end, c->pairs.tests, c->end_verdict, &c->verdict);
  if (c->spec.core_given && c->end[verdict_quoted_end(c->spec.core)].pairs) c->core = c->spec.core;
  const struct core_end *e = &c->end[verdict_quoted_end(c->core)];
  c->gain_pct = e->gain;
  c->mean_gain_pct = e->mean;
}

void campaign_judge(struct campaign *c, double alpha) {
  pairs_find_alone(&c->pairs, c->spec.width_alone);
  bool ends = core_model_fit(&c->pairs, alpha, c->end);
  bool known = c->pairs.width_alone > 0;
  c->core = known ? pairs_mostly(&c->pairs) : PAIRS_CORE_NONE;
  c->gain_pct = stats_log_to_pct(pairs_trimmed(&c->pairs, SAMPLE_TEST, known ? c->core : PAIRS_BOTH, alpha));
  c->mean_gain_pct = stats_log_to_pct(pairs_mean(&c->pairs, SAMPLE_TEST, known ? c->core : PAIRS_BOTH, alpha));
  /* equal code is equal at any width */
  c->control_pct = stats_log_to_pct(pairs_trimmed(&c->pairs, SAMPLE_CONTROL, PAIRS_BOTH, 0.05));
  if (c->spec.toggles) { /* rounds of one process: there is no other mean */
    c->mean_gain_pct = stats_none();
    for (int k = 0; k < CORE_ENDS; k++) c->end[k].mean = stats_none();
  }
  struct verdict_input in = {
    .baseline_name = c->spec.baseline_name,
    .gain_pct = c->gain_pct,
    .mean_gain_pct = c->mean_gain_pct,
    .control_pct = c->control_pct,
    .margin_pct = c->spec.margin_pct,
    .disturbed_pct = pairs_disturbed_pct(&c->pairs, PAIRS_BOTH),
    .elapsed_s = c->elapsed_s,
  };
  if (ends) judge_ends(c, &in);
  else verdict_decide(&in, &c->verdict);
  if (c->pairs.tests < PAIRS_MIN) too_few(c); /* below, the interval of skewed pairs is too short */
}

bool campaign_look(struct campaign *c, struct error *err) {
  bool due = false;
  size_t look = 0;
  /* Several looks may have come due during one long pair: only the last is taken, the error of
   * those passed over is there for it. */
  while (c->next_look < c->spending.planned && c->elapsed_s >= c->spending.look_s[c->next_look]) {
    look = c->next_look++;
    due = true;
  }
  if (!due) return false;
  size_t used = c->pairs.tests;
  if (used < PAIRS_MIN) return false;
  double alpha = spending_take(&c->spending, look, (double)used);
  if (!(alpha > 0)) return false;
  campaign_judge(c, alpha);
  struct look_line line = { .look = (uint32_t)look,
                            .planned_s = c->spending.look_s[look],
                            .pairs = used,
                            .alpha = alpha,
                            .estimate = c->gain_pct.value,
                            .low = c->gain_pct.low,
                            .high = c->gain_pct.high,
                            .verdict = c->verdict.verdict,
                            .core = c->core };
  char text[COLUMNS_LINE_MAX];
  put_line(c, text, columns_line(&look_columns, &line, text), err);
  return c->verdict.verdict != VERDICT_INCONCLUSIVE && !c->spec.run_whole_budget;
}
