/* SPDX-License-Identifier: GPL-3.0-or-later */
/* ab_gate.c: --fail-on: what a CI asks of a result, and what is missing where that is not known. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "harness/ab/ab_run.h"

/* One comparison that a condition is asked of. */
struct asked {
  enum verdict verdict;
  const struct estimate *gain; /* how much faster the first is */
  double margin;
  bool exact; /* the interval holds by itself: the number of runs was not chosen by what was seen */
};

static bool is_unresolved(enum verdict v) {
  return v != VERDICT_GO && v != VERDICT_NO_GO && v != VERDICT_NEUTRAL && v != VERDICT_NO_OP;
}

/* It holds, it surely does not, or neither is known. */
static enum answer gate_of(const char *condition, const struct asked *a) {
  bool worse = strcmp(condition, "worse") == 0, known = a->verdict == VERDICT_INCONCLUSIVE && stats_known(a->gain);
  if (strcmp(condition, "unresolved") == 0) return is_unresolved(a->verdict) ? ANSWER_YES : ANSWER_NO;
  if (a->verdict == (worse ? VERDICT_GO : VERDICT_NO_GO)) return ANSWER_YES;
  if (!is_unresolved(a->verdict)) return ANSWER_NO;
  /* undecided as a verdict, and yet this, or not this */
  if (known && a->exact && (worse ? a->gain->low >= a->margin : a->gain->high <= -a->margin)) return ANSWER_YES;
  if (known && (worse ? a->gain->high < a->margin : a->gain->low > -a->margin)) return ANSWER_NO;
  return ANSWER_UNKNOWN;
}

/* The worst of two answers, for a gate. */
static enum answer either(enum answer a, enum answer b) {
  return a == ANSWER_YES || b == ANSWER_YES           ? ANSWER_YES
         : a == ANSWER_UNKNOWN || b == ANSWER_UNKNOWN ? ANSWER_UNKNOWN
                                                      : ANSWER_NO;
}

uint64_t ab_gate_runs(size_t arms) {
  double alpha = 0.05 / fmax(1, (double)(arms * (arms - 1)) / 2);
  return (uint64_t)ceil(log2(2 / alpha));
}

static void explain_arms(const char *condition, const struct ab_arm_pair *p, const struct ab_result *r, enum answer a,
                         char *text, size_t size) {
  size_t n = strlen(text);
  if (n + 1 >= size || a == ANSWER_NO) return;
  if (a == ANSWER_YES && strcmp(condition, "unresolved") != 0)
    snprintf(text + n, size - n, "; %.60s takes %.4g%% [%.4g, %.4g] of the time of %.60s", p->b,
             100 + p->gain_pct.value, 100 + p->gain_pct.low, 100 + p->gain_pct.high, p->a);
  else if (!stats_known(&p->gain_pct))
    snprintf(text + n, size - n, "; %.60s: so few runs give no interval: %d of each at least, 40 for a verdict", p->b,
             (int)ab_gate_runs(r->arms.count));
  else
    snprintf(text + n, size - n,
             "; %.60s: the interval [%+.3g, %+.3g]%% reaches over the margin of %.3g%%: more runs or a larger budget, "
             "or a wider --margin",
             p->b, p->gain_pct.low, p->gain_pct.high, r->margin_pct);
}

/* Of a result: where the core's ends differ each is asked, of many arms the first is what the others are compared
 * with. */
static enum answer gate_holds(const char *condition, const struct ab_result *r, char *text, size_t size) {
  enum answer all = ANSWER_NO;
  if (r->arms.count > 0) {
    for (size_t i = 0; i + 1 < r->arms.count && i < r->arm_pairs.count; i++) {
      const struct ab_arm_pair *p = &r->arm_pairs.item[i];
      const struct asked a = { p->verdict, &p->gain_pct, r->margin_pct, true };
      enum answer one = gate_of(condition, &a);
      explain_arms(condition, p, r, one, text, size);
      all = either(all, one);
    }
    return all;
  }
  const struct ab_end *end[] = { &r->m.ends.alone, &r->m.ends.shared };
  if (r->m.verdict == VERDICT_DEPENDS && strcmp(condition, "unresolved") == 0) all = ANSWER_YES;
  else if (r->m.verdict == VERDICT_DEPENDS)
    for (int i = 0; i < 2; i++)
      all = either(all, gate_of(condition, &(struct asked){ end[i]->verdict, &end[i]->e, r->margin_pct, false }));
  else all = gate_of(condition, &(struct asked){ r->m.verdict, &r->m.gain_pct, r->margin_pct, false });
  size_t n = strlen(text);
  if (all == ANSWER_UNKNOWN && r->m.reason && n + 1 < size) snprintf(text + n, size - n, "; %.300s", r->m.reason);
  return all;
}

enum exit_code ab_gate_code(const struct ab_result *r, char *const *conditions, char *text, size_t size) {
  enum exit_code code = ab_exit_code(r);
  enum answer any = ANSWER_NO;
  text[0] = '\0';
  if (!conditions[0] || code == EXIT_INTERRUPTED) return code;
  if (r->arms.count > 0 && code != EXIT_DONE) { /* one could not be measured */
    snprintf(text, size, "not known: one of the %zu could not be measured", r->arms.count);
    return code;
  }
  for (; *conditions; conditions++) {
    char why[512] = "";
    enum answer one = gate_holds(*conditions, r, why, sizeof why);
    size_t n = strlen(text);
    snprintf(text + n, size - n, "%s%s: %s%s", n ? "\n" : "", *conditions,
             one == ANSWER_YES  ? "yes"
             : one == ANSWER_NO ? "no"
                                : "not known",
             why);
    any = either(any, one);
  }
  return any == ANSWER_YES ? EXIT_CLAIM_FALSE : any == ANSWER_NO ? EXIT_DONE : EXIT_UNMEASURED;
}
