/* SPDX-License-Identifier: GPL-3.0-or-later */
/* merge.c: which results belong together, and what they say; see merge.h. */
#include "harness/fleet/merge.h"

#include <gsl/gsl_cdf.h>
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "harness/data/random_effects.h"

static int no_memory(struct error *err) { return error_set_errno(err, -ENOMEM, "cannot merge"); }

/* --- which ------------------------------------------------------------------------------------ */

/* The pack of most results; of the first one where several have as many. */
static const char *most_common(const struct merge_input *in, size_t count) {
  const char *best = NULL;
  size_t most = 0;
  for (size_t i = 0; i < count; i++) {
    size_t n = 0;
    for (size_t k = 0; k < count && !in[i].why[0]; k++)
      n += !in[k].why[0] && strcmp(in[i].head.pack, in[k].head.pack) == 0;
    if (n > most) most = n, best = in[i].head.pack;
  }
  return best;
}

/* Of results of one run the longest stays. */
static void drop_duplicates(struct merge_input *in, size_t count) {
  for (size_t i = 0; i < count; i++)
    for (size_t k = 0; k < i && !in[i].why[0]; k++) {
      if (in[k].why[0] || strcmp(in[i].head.run, in[k].head.run) != 0) continue;
      bool longer = in[i].run.pairs > in[k].run.pairs;
      struct merge_input *out = longer ? &in[k] : &in[i];
      snprintf(out->why, sizeof out->why, "a duplicate: the same run as %.180s", (longer ? &in[i] : &in[k])->file);
    }
}

static void drop_others(struct merge_input *in, size_t count, const char *pack) {
  const struct merge_input *first = NULL;
  for (size_t i = 0; i < count; i++) {
    if (in[i].why[0]) continue;
    if (strcmp(in[i].head.pack, pack) != 0) {
      snprintf(in[i].why, sizeof in[i].why, "of another pack: %.12s… (%.120s)", in[i].head.pack, in[i].head.subject);
      continue;
    }
    if (!first) first = &in[i];
    if (in[i].head.margin_pct != first->head.margin_pct || in[i].head.level != first->head.level ||
        strcmp(in[i].head.subject, first->head.subject) != 0)
      snprintf(in[i].why, sizeof in[i].why, "it says of the same pack something else than %.150s", first->file);
  }
}

static int list_file(void *list, const char *file, const char *why, struct error *err) {
  struct merge_file *f = fields_append(list, sizeof *f);
  if (!f) return no_memory(err);
  f->absent = 0;
  fields_copy_text(&f->file, file);
  fields_copy_text(&f->why, why);
  return 0;
}

static struct merge_machine *machine_of(struct merge_result *r, const char *model) {
  for (size_t i = 0; i < r->machines.count; i++)
    if (strcmp(r->machines.item[i].model, model) == 0) return &r->machines.item[i];
  struct merge_machine *m = fields_append(&r->machines, sizeof *m);
  if (!m) return NULL;
  fields_init(&merge_machine_fields, m);
  fields_copy_text(&m->model, model);
  return m;
}

static int place(struct merge_result *r, struct merge_input *in, struct error *err) {
  if (in->why[0]) return list_file(&r->left_out, in->file, in->why, err);
  struct merge_machine *m = machine_of(r, in->model);
  struct merge_run *run = m ? fields_append(&m->runs, sizeof *run) : NULL;
  if (!run) return no_memory(err);
  *run = in->run;
  fields_init(&merge_run_fields, &in->run); /* moved */
  return in->cut[0] ? list_file(&r->partial, in->file, in->cut, err) : 0;
}

static bool firm(enum verdict v) { return v == VERDICT_GO || v == VERDICT_NEUTRAL || v == VERDICT_NO_GO; }

/* --- one model -------------------------------------------------------------------------------- */

static double log_of(double pct) { return log1p(pct / 100); }
static double log_se(const struct estimate *e) { return e->se / 100 / (1 + e->value / 100); }

/* Pooled on the scale of logarithms. Where the results of one model differ by more than they say, it is how they
 * differ that the interval comes from, with one degree of freedom less than results. */
static struct estimate pooled(const struct merge_machine *m, bool control, double level) {
  double *y = calloc(m->runs.count, sizeof *y), *se = calloc(m->runs.count, sizeof *se), mean, mean_se, df = 0, w = 0;
  struct estimate e = stats_none();
  size_t n = 0;
  for (size_t i = 0; y && se && i < m->runs.count; i++) {
    const struct estimate *x = control ? &m->runs.item[i].control_pct : &m->runs.item[i].gain_pct;
    if (!stats_known(x) || !(x->se > 0)) continue;
    y[n] = log_of(x->value);
    se[n] = log_se(x);
    w += 1 / (se[n] * se[n]);
    df += x->df;
    e.n += x->n;
    n++;
  }
  if (n > 0) {
    random_effects_pool(y, se, n, &mean, &mean_se);
    if (mean_se > sqrt(1 / w) * (1 + 1e-9)) df = (double)(n - 1);
    double t = gsl_cdf_tdist_Qinv((1 - level) / 2, df);
    e = (struct estimate){ .value = mean,
                           .low = mean - t * mean_se,
                           .high = mean + t * mean_se,
                           .se = mean_se,
                           .df = df,
                           .level = level,
                           .n = e.n };
  }
  free(y);
  free(se);
  return n > 0 ? stats_log_to_pct(e) : stats_none();
}

/* What disturbed any of its runs; *which: the first of those. */
static struct verdict_company company_of(const struct merge_machine *m, const struct merge_run **which) {
  struct verdict_company all = verdict_alone();
  *which = NULL;
  for (size_t i = 0; i < m->runs.count; i++) {
    const struct merge_run *r = &m->runs.item[i];
    if (!verdict_is_disturbed(&r->company)) continue; /* the worst of one and of another would be of none */
    all = verdict_worse_company(all, r->company);
    if (!*which) *which = r;
  }
  return all;
}

static void judge_machine(struct merge_machine *m, double margin_pct, double level) {
  const struct merge_run *first = &m->runs.item[0];
  double disturbed = 0;
  m->n = (int64_t)m->runs.count;
  m->pairs = 0;
  m->core = first->core;
  for (size_t i = 0; i < m->runs.count; i++) {
    const struct merge_run *r = &m->runs.item[i];
    m->pairs += r->pairs_used;
    disturbed += (isnan(r->disturbed_pct) ? 0 : r->disturbed_pct) * (double)r->pairs_used;
    if (r->core != first->core) m->core = PAIRS_CORE_NONE;
  }
  if (m->runs.count == 1) {
    m->gain_pct = first->gain_pct;
    m->verdict = first->verdict;
    fields_copy_text(&m->reason, first->reason);
    return;
  }
  m->gain_pct = pooled(m, false, level);
  struct verdict_input in = { .baseline_name = "a",
                              .gain_pct = m->gain_pct,
                              .mean_gain_pct = stats_none(),
                              .control_pct = pooled(m, true, level),
                              .margin_pct = margin_pct,
                              .disturbed_pct = disturbed / (double)m->pairs,
                              .elapsed_s = NAN };
  struct verdict_result v;
  const struct merge_run *disturbed_run;
  const struct verdict_company company = company_of(m, &disturbed_run);
  verdict_decide(&in, &v);
  verdict_beside(&company, &m->gain_pct, margin_pct, &v);
  m->verdict = v.verdict;
  if (disturbed_run && !firm(v.verdict)) fields_text(&m->reason, "%s (%s)", v.reason, disturbed_run->file);
  else fields_copy_text(&m->reason, v.reason);
}

/* --- all of them ------------------------------------------------------------------------------ */

/* What the interval alone says. */
static enum merge_verdict of_interval(double low, double high, double margin) {
  if (low > margin) return MERGE_GO;
  if (high < -margin) return MERGE_NO_GO;
  return low > -margin && high < margin ? MERGE_NEUTRAL : MERGE_INCONCLUSIVE;
}

/* "GO on A, B; NEUTRAL on C": who disagrees. NULL: nobody. */
static char *disagreement(const struct merge_result *r) {
  char *text = NULL;
  size_t size = 0, kinds = 0;
  FILE *f = open_memstream(&text, &size);
  if (!f) return NULL;
  for (enum verdict v = VERDICT_GO; v <= VERDICT_NO_GO; v++) {
    size_t n = 0;
    for (size_t i = 0; i < r->machines.count; i++) {
      if (r->machines.item[i].verdict != v) continue;
      if (n == 0) fprintf(f, "%s%s on ", kinds++ ? "; " : "", verdict_name(v));
      fprintf(f, "%s%s", n++ ? ", " : "", r->machines.item[i].model);
    }
  }
  fclose(f);
  if (kinds > 1) return text;
  free(text);
  return NULL;
}

/* A machine whose interval is clear and whose verdict is not: its control, its neighbours, the states of its core.
 * And one that was disturbed, whatever its interval is: no verdict is made of it. */
static const struct merge_machine *doubtful(const struct merge_result *r) {
  for (size_t i = 0; i < r->machines.count; i++) {
    const struct merge_machine *m = &r->machines.item[i];
    const struct merge_run *disturbed;
    company_of(m, &disturbed);
    if (!firm(m->verdict) && disturbed) return m;
    if (!firm(m->verdict) && of_interval(m->gain_pct.low, m->gain_pct.high, r->margin_pct) != MERGE_INCONCLUSIVE)
      return m;
  }
  return NULL;
}

static void decide(struct merge_result *r) {
  struct merge_summary *s = &r->summary;
  char *disagree = disagreement(r);
  const struct merge_machine *doubt = doubtful(r);
  s->verdict = MERGE_INCONCLUSIVE;
  if (r->machines.count == 0) {
    fields_text(&s->reason, "there is no result that can be used");
  } else if (disagree) {
    s->verdict = MERGE_MIXED;
    fields_text(&s->reason, "machines disagree: %s", disagree);
  } else if (doubt) {
    fields_text(&s->reason, "%s has no verdict that could be relied on: %s", doubt->model, doubt->reason);
  } else if (r->machines.count == 1) {
    fields_text(&s->reason, "one kind of machine says nothing of others; what it says of itself stands beside it");
  } else if (r->machines.count == 2) {
    fields_text(&s->reason,
                "from two kinds of machine nothing can be said of a third: there is no prediction interval");
  } else if (isnan(s->predict_low) || isnan(s->predict_high)) {
    fields_text(&s->reason, "there is no prediction interval");
  } else {
    s->verdict = of_interval(s->predict_low, s->predict_high, r->margin_pct);
    fields_text(&s->reason,
                "a kind of machine that was not tried lies between %+.2f%% and %+.2f%%, the margin is %.2f%%%s",
                s->predict_low, s->predict_high, r->margin_pct,
                s->verdict == MERGE_INCONCLUSIVE ? ": more kinds, or longer runs, would narrow it" : "");
  }
  free(disagree);
}

static int summarise(struct merge_result *r, double level, struct error *err) {
  struct merge_summary *s = &r->summary;
  size_t k = r->machines.count;
  s->kinds = (int64_t)k;
  s->level = k ? level : NAN;
  if (k > 0) {
    struct random_effects fit;
    double *y = calloc(k, sizeof *y), *se = calloc(k, sizeof *se);
    if (!y || !se) {
      free(y);
      free(se);
      return no_memory(err);
    }
    for (size_t i = 0; i < k; i++) {
      y[i] = log_of(r->machines.item[i].gain_pct.value);
      se[i] = log_se(&r->machines.item[i].gain_pct);
    }
    int rc = random_effects_fit(y, se, k, 1 - level, &fit);
    free(y);
    free(se);
    if (rc) return error_raise(err, ERROR_INTERNAL, rc, "the summary over machines could not be computed");
    s->estimate = 100 * expm1(fit.mu);
    s->low = 100 * expm1(fit.low);
    s->high = 100 * expm1(fit.high);
    s->predict_low = 100 * expm1(fit.predict_low);
    s->predict_high = 100 * expm1(fit.predict_high);
    s->tau2 = fit.tau2;
    s->tau_pct = 100 * expm1(sqrt(fit.tau2));
    s->i2 = fit.i2_pct;
    s->q = fit.q;
    fields_copy_text(&s->method, k > 1 ? fit.reml ? "REML" : "DerSimonian-Laird" : NULL);
  }
  decide(r);
  return 0;
}

int merge_results(char *const *files, size_t count, const char *pack, struct merge_result *r, struct error *err) {
  struct merge_input *in = calloc(count + 1, sizeof *in);
  size_t n = 0;
  double level = 0.95;
  int rc = in ? 0 : no_memory(err);
  for (; n < count && rc == 0; n++) rc = merge_read(files[n], &in[n], err);
  const char *chosen = rc == 0 ? pack ? pack : most_common(in, n) : NULL;
  if (chosen) {
    drop_others(in, n, chosen);
    drop_duplicates(in, n);
    fields_copy_text(&r->pack, chosen);
  }
  for (size_t i = 0; i < n && rc == 0; i++) {
    if (!in[i].why[0] && !r->subject) {
      fields_copy_text(&r->subject, in[i].head.subject);
      r->margin_pct = in[i].head.margin_pct;
      r->layouts = in[i].head.layouts;
      level = in[i].head.level;
    }
    rc = place(r, &in[i], err);
  }
  for (size_t i = 0; i < r->machines.count && rc == 0; i++) judge_machine(&r->machines.item[i], r->margin_pct, level);
  if (rc == 0) rc = summarise(r, level, err);
  for (size_t i = 0; i < n; i++) merge_input_free(&in[i]);
  free(in);
  return rc;
}

enum exit_code merge_exit_code(const struct merge_result *r) {
  if (r->interrupted == ANSWER_YES) return EXIT_INTERRUPTED;
  return r->summary.verdict <= MERGE_NO_GO ? EXIT_DONE : EXIT_UNMEASURED;
}
