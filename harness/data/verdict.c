/* SPDX-License-Identifier: GPL-3.0-or-later */
/* verdict.c: see verdict.h. */
#include "harness/data/verdict.h"

#include <math.h>
#include <stdio.h>

const char *const verdict_names[] = { "GO", "NEUTRAL", "NO-GO", "INCONCLUSIVE", "NO-OP", "SKIP", "PROCEDURE", NULL };

const char *verdict_name(enum verdict v) { return v < VERDICT_NONE ? verdict_names[v] : NULL; }

static const char *sign_text(const struct estimate *g) {
  return g->low > 0 ? "a gain" : g->high < 0 ? "a loss" : "sign unknown";
}

/* The half-width falls with the square root of time; 10% are added because the estimate that
 * the distance is taken from moves too. */
static double needed_budget(const struct verdict_input *in) {
  double m = in->margin_pct, v = in->gain_pct.value;
  double half = fmax(in->gain_pct.high - v, v - in->gain_pct.low);
  double distance = fabs(v) < m ? m - fabs(v) : fabs(v) - m;
  if (!(distance > 0) || !(in->elapsed_s > 0)) return NAN;
  return 1.1 * in->elapsed_s * (half / distance) * (half / distance);
}

static bool overlap(const struct estimate *a, const struct estimate *b) {
  return a->low <= b->high && b->low <= a->high;
}

/* Reasons that forbid a verdict whatever the interval says; false where there is none. */
static bool forbidden(const struct verdict_input *in, struct verdict_result *out) {
  const struct estimate *c = &in->control_pct;
  if (stats_known(c) && (c->low > VERDICT_CONTROL_SLACK_PCT || c->high < -VERDICT_CONTROL_SLACK_PCT)) {
    snprintf(out->reason, sizeof out->reason,
             "the live control (same code on both sides) reads %+.2f%% [%+.2f, %+.2f]: this machine is not measuring "
             "straight now",
             c->value, c->low, c->high);
    return true;
  }
  if (in->disturbed_pct > VERDICT_DISTURBED_MAX_PCT) {
    snprintf(
        out->reason, sizeof out->reason,
        "%.0f%% of the pairs were disturbed (steal, other work on this CPU, migrations); more than %.0f%% is too many",
        in->disturbed_pct, VERDICT_DISTURBED_MAX_PCT);
    return true;
  }
  if (stats_known(&in->mean_gain_pct) && !overlap(&in->gain_pct, &in->mean_gain_pct)) {
    snprintf(out->reason, sizeof out->reason,
             "the trimmed mean %+.2f%% and the ordinary mean %+.2f%% disagree beyond their intervals: one variant "
             "changes how often bad states occur",
             in->gain_pct.value, in->mean_gain_pct.value);
    return true;
  }
  return false;
}

void verdict_decide(const struct verdict_input *in, struct verdict_result *out) {
  const struct estimate *g = &in->gain_pct;
  const char *name = in->baseline_name ? in->baseline_name : "compiled out";
  double m = in->margin_pct;
  out->needed_s = NAN;
  out->verdict = VERDICT_INCONCLUSIVE;
  if (!stats_known(g)) {
    snprintf(out->reason, sizeof out->reason, "too few pairs for an interval (%zu)", g->n);
    return;
  }
  if (forbidden(in, out)) return;
  if (g->low >= m) {
    out->verdict = VERDICT_GO;
    snprintf(out->reason, sizeof out->reason, "%s is faster by at least %.2f%%, the margin is %.2f%%", name, g->low, m);
  } else if (g->high <= -m) {
    out->verdict = VERDICT_NO_GO;
    snprintf(out->reason, sizeof out->reason, "%s is slower by at least %.2f%%, the margin is %.2f%%", name, -g->high,
             m);
  } else if (g->low > -m && g->high < m) {
    out->verdict = VERDICT_NEUTRAL;
    snprintf(out->reason, sizeof out->reason,
             "the whole interval lies within the margin of %.2f%%: equivalence is proved%s", m,
             g->low > 0    ? "; the gain is real, and smaller than the margin"
             : g->high < 0 ? "; the loss is real, and smaller than the margin"
                           : "");
  } else {
    out->needed_s = needed_budget(in);
    int n = snprintf(out->reason, sizeof out->reason, "%s, margin unresolved: [%+.2f, %+.2f] holds %+.2f", sign_text(g),
                     g->low, g->high, fabs(g->low - m) < fabs(g->high + m) || g->value > 0 ? m : -m);
    if (!isnan(out->needed_s) && out->needed_s < 86400)
      snprintf(out->reason + n, sizeof out->reason - (size_t)n, "; --budget %.0f would resolve it",
               ceil(out->needed_s));
    else
      snprintf(out->reason + n, sizeof out->reason - (size_t)n,
               "; the effect is too near the margin for any budget within a day");
  }
}

void verdict_decide_source(double gain_pct, double margin_pct, struct verdict_result *out) {
  out->needed_s = NAN;
  out->verdict = isnan(gain_pct)           ? VERDICT_INCONCLUSIVE
                 : gain_pct >= margin_pct  ? VERDICT_GO
                 : gain_pct <= -margin_pct ? VERDICT_NO_GO
                                           : VERDICT_NEUTRAL;
  snprintf(out->reason, sizeof out->reason,
           "the source's rule: the difference of two means of ten runs against %.2f%%, without an interval; wrong on "
           "identical code in most campaigns on a virtual machine",
           margin_pct);
}
