/* SPDX-License-Identifier: GPL-3.0-or-later */
/* verdict.c: see verdict.h. */
#include "harness/data/verdict.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "harness/core/units.h"

const char *const verdict_names[] = { "GO",        "NEUTRAL", "NO-GO", "INCONCLUSIVE", "NO-OP", "SKIP",
                                      "PROCEDURE", "DEPENDS", NULL };

const char *verdict_name(enum verdict v) { return v < VERDICT_NONE ? verdict_names[v] : NULL; }

bool verdict_is_open(enum verdict v) { return v == VERDICT_INCONCLUSIVE || v == VERDICT_DEPENDS; }

enum exit_code verdict_exit_code(enum verdict v) {
  switch (v) {
  case VERDICT_GO:
  case VERDICT_NEUTRAL:
  case VERDICT_NO_GO: return EXIT_DONE;
  case VERDICT_NO_OP: return EXIT_CLAIM_FALSE;
  default: return EXIT_UNMEASURED;
  }
}

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

/* Four fifths of the margin at 99.9%: where the interval is wide beside the margin, passing that at 95% says little of
 * code that is equal, and an effect a little below the margin would be GO in some campaigns and NEUTRAL in others;
 * where it is narrow nothing more is asked. */
static bool is_sure(const struct estimate *g, double margin, double elapsed_s, double *needed_s) {
  struct estimate sure = stats_at_alpha(*g, VERDICT_SURE_ALPHA);
  double least = VERDICT_SURE_SHARE * margin, half = g->value > 0 ? sure.value - sure.low : sure.high - sure.value;
  double distance = fabs(g->value) - least;
  *needed_s = elapsed_s > 0 ? 1.1 * elapsed_s * (half / distance) * (half / distance) : NAN;
  return sure.low > least || sure.high < -least;
}

bool verdict_stands_out(const struct estimate *g, double margin_pct) {
  struct estimate sure = stats_at_alpha(*g, VERDICT_SURE_ALPHA);
  double v = log1p(g->value / 100); /* twice the width in logs: that of a large gain in percent is lopsided */
  return 2 * log1p(sure.low / 100) - v > log1p(margin_pct / 100) ||
         2 * log1p(sure.high / 100) - v < log1p(-margin_pct / 100);
}

struct verdict_company verdict_alone(void) {
  return (struct verdict_company){ NAN, NAN, NAN };
}

struct verdict_company verdict_worse_company(struct verdict_company a, struct verdict_company b) {
  return (struct verdict_company){ fmax(a.others_pct, b.others_pct), fmax(a.waiting_pct, b.waiting_pct),
                                   fmax(a.throttled_pct, b.throttled_pct) }; /* fmax passes over NaN */
}

bool verdict_is_crowded(const struct verdict_company *c) {
  return c->others_pct > VERDICT_OTHERS_MAX_PCT && c->waiting_pct > VERDICT_WAITING_MAX_PCT;
}

static bool is_throttled(const struct verdict_company *c) { return c->throttled_pct > VERDICT_DISTURBED_MAX_PCT; }

bool verdict_is_disturbed(const struct verdict_company *c) { return is_throttled(c) || verdict_is_crowded(c); }

void verdict_company_text(const struct verdict_company *c, char *text, size_t size) {
  if (is_throttled(c))
    snprintf(text, size, "a CPU quota stopped this control group for %.0f%% of the time: lift it while measuring",
             c->throttled_pct);
  else
    snprintf(text, size,
             "other processes had %.0f%% of this machine's CPU time, and somebody waited for a CPU in %.0f%% of the "
             "time: the runs were disturbed",
             c->others_pct, c->waiting_pct);
}

void verdict_beside(const struct verdict_company *c, const struct estimate *gain_pct, double margin_pct,
                    struct verdict_result *v) {
  if (!is_throttled(c)) {
    if (!verdict_is_crowded(c) || v->verdict == VERDICT_INCONCLUSIVE) return;
    if (v->verdict != VERDICT_NEUTRAL && verdict_stands_out(gain_pct, margin_pct)) return;
  }
  v->verdict = VERDICT_INCONCLUSIVE;
  verdict_company_text(c, v->reason, sizeof v->reason);
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
  if ((g->low >= m || g->high <= -m) && !is_sure(g, m, in->elapsed_s, &out->needed_s)) {
    int n = snprintf(out->reason, sizeof out->reason,
                     "%s beyond the margin, but not surely: at 99.9%% [%+.2f, %+.2f] holds %+.2f", sign_text(g),
                     stats_at_alpha(*g, VERDICT_SURE_ALPHA).low, stats_at_alpha(*g, VERDICT_SURE_ALPHA).high,
                     (g->value > 0 ? m : -m) * VERDICT_SURE_SHARE);
    if (!isnan(out->needed_s) && out->needed_s < 86400)
      snprintf(out->reason + n, sizeof out->reason - (size_t)n, "; --budget %.0f would resolve it",
               ceil(out->needed_s));
  } else if (g->low >= m) {
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

static bool firm(enum verdict v) { return v == VERDICT_GO || v == VERDICT_NEUTRAL || v == VERDICT_NO_GO; }

static const char *const end_words[CORE_ENDS] = { "a core that is ours alone",
                                                  "a core that another hardware thread uses too" };

static void add(struct verdict_result *out, const char *format, ...) __attribute__((format(printf, 2, 3)));
static void add(struct verdict_result *out, const char *format, ...) {
  size_t n = strlen(out->reason);
  va_list args;
  va_start(args, format);
  vsnprintf(out->reason + n, sizeof out->reason - n, format, args);
  va_end(args);
}

static void add_end(struct verdict_result *out, const struct core_end *e, enum core_end_name which, enum verdict v) {
  add(out, "on %s %s: %+.2f%% [%+.2f, %+.2f], %zu pair%s", end_words[which], verdict_name(v), e->gain.value,
      e->gain.low, e->gain.high, e->pairs, units_plural(e->pairs, "", "s"));
}

enum core_end_name verdict_quoted_end(enum pairs_core state) {
  return state == PAIRS_SHARED ? CORE_END_SHARED : CORE_END_ALONE;
}

enum pairs_core verdict_decide_ends(const struct verdict_input *in, const struct core_end end[CORE_ENDS], size_t tests,
                                    enum verdict verdict[CORE_ENDS], struct verdict_result *out) {
  struct verdict_result each[CORE_ENDS];
  struct verdict_input whole = *in; /* what forbids any verdict is no matter of an end */
  whole.mean_gain_pct = stats_none();
  out->needed_s = NAN;
  out->verdict = VERDICT_INCONCLUSIVE;
  bool nothing = forbidden(&whole, out);
  for (int k = 0; k < CORE_ENDS; k++) {
    struct verdict_input one = *in;
    one.gain_pct = end[k].gain;
    one.mean_gain_pct = end[k].mean;
    verdict_decide(&one, &each[k]);
    verdict[k] = end[k].pairs ? each[k].verdict : VERDICT_NONE;
  }
  enum core_end_name most = end[CORE_END_SHARED].pairs > end[CORE_END_ALONE].pairs, other = !most;
  enum pairs_core state = most == CORE_END_SHARED ? PAIRS_SHARED : PAIRS_ALONE;
  if (nothing) return state;
  *out = each[most];
  if (!end[other].pairs) {
    if (firm(out->verdict)) add(out, "; on %s, %s was not seen", end_words[most], end_words[other]);
    else add(out, "; on %s", end_words[most]);
    return state;
  }
  if (firm(verdict[most]) && verdict[other] == verdict[most]) {
    *out = each[CORE_END_ALONE];
    add(out, "; the same ");
    add_end(out, &end[CORE_END_SHARED], CORE_END_SHARED, verdict[CORE_END_SHARED]);
    return PAIRS_BOTH;
  }
  if (firm(verdict[most]) && firm(verdict[other])) {
    *out = (struct verdict_result){ .verdict = VERDICT_DEPENDS, .needed_s = NAN, .reason = "it depends on the core: " };
    add_end(out, &end[CORE_END_ALONE], CORE_END_ALONE, verdict[CORE_END_ALONE]);
    add(out, "; ");
    add_end(out, &end[CORE_END_SHARED], CORE_END_SHARED, verdict[CORE_END_SHARED]);
    return state;
  }
  if (firm(verdict[most]) && (double)end[other].pairs < VERDICT_END_SHARE * (double)tests) {
    add(out, "; on %s alone: %s was hardly seen, and is unresolved", end_words[most], end_words[other]);
    return state;
  }
  out->verdict = VERDICT_INCONCLUSIVE;
  out->needed_s = fmax(each[most].needed_s, each[other].needed_s); /* fmax passes over NaN */
  snprintf(out->reason, sizeof out->reason, "not decided at both ends of the core's width: ");
  add_end(out, &end[CORE_END_ALONE], CORE_END_ALONE, verdict[CORE_END_ALONE]);
  add(out, "; ");
  add_end(out, &end[CORE_END_SHARED], CORE_END_SHARED, verdict[CORE_END_SHARED]);
  if (!isnan(out->needed_s) && out->needed_s < 86400) add(out, "; --budget %.0f would resolve it", ceil(out->needed_s));
  return state;
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
