/* SPDX-License-Identifier: GPL-3.0-or-later */
/* verdict.h: from an interval to a verdict.
 *
 * Owns the rule of the paired protocol and that of the source, and the words of each reason.
 * With margin m and [L, U] the interval of the gain in percent (how much faster the baseline,
 * compiled out, is): GO if L >= m; NO-GO if U <= -m, both where 0.8 m is passed at 99.9% too: a wide
 * interval of identical code passes the margin once in forty times; NEUTRAL if -m < L and U < m, which is
 * equivalence proved; else INCONCLUSIVE, with the sign where it is clear and the budget that
 * would resolve it. */
#ifndef HARNESS_DATA_VERDICT_H
#define HARNESS_DATA_VERDICT_H

#include <stdbool.h>
#include <stddef.h>

#include "harness/core/exit_codes.h"
#include "harness/data/core_model.h"
#include "harness/data/stats.h"

#define VERDICT_MARGIN_PCT 0.5
#define VERDICT_DISTURBED_MAX_PCT 10.0
#define VERDICT_CONTROL_SLACK_PCT 0.1
/* Of what shares its CPU with whom it likes (a command): beyond both it was disturbed by others. */
#define VERDICT_OTHERS_MAX_PCT 10.0
#define VERDICT_WAITING_MAX_PCT 20.0
#define VERDICT_SURE_ALPHA 0.001
#define VERDICT_SURE_SHARE 0.8 /* of the margin */

enum verdict {
  VERDICT_GO,
  VERDICT_NEUTRAL,
  VERDICT_NO_GO,
  VERDICT_INCONCLUSIVE,
  VERDICT_NO_OP,     /* Step 0 or 1: there is nothing to measure */
  VERDICT_SKIP,      /* of a phase: the same */
  VERDICT_PROCEDURE, /* of phase 30, which is no measurement */
  VERDICT_DEPENDS,   /* on the core: its ends have different firm verdicts */
  VERDICT_NONE,      /* none yet */
};
extern const char *const verdict_names[]; /* VERDICT_NONE of them, then NULL */
const char *verdict_name(enum verdict v); /* NULL for VERDICT_NONE */
/* Measured, and no answer: INCONCLUSIVE or DEPENDS. */
bool verdict_is_open(enum verdict v);
/* Of a command that ends with this verdict (doc/exit-codes.md). */
enum exit_code verdict_exit_code(enum verdict v);

struct verdict_input {
  const char *baseline_name;     /* in the reason; NULL: "compiled out" */
  struct estimate gain_pct;      /* trimmed, with the interval of this look */
  struct estimate mean_gain_pct; /* ordinary mean, same level; unknown: not compared */
  struct estimate control_pct;   /* live A/A, unknown: none */
  double margin_pct;
  double disturbed_pct; /* share of pairs disturbed, NaN where not measured */
  double elapsed_s;     /* measuring time behind gain_pct */
};

struct verdict_result {
  enum verdict verdict;
  double needed_s; /* budget that would resolve it, NaN where none is named */
  char reason[512];
};

void verdict_decide(const struct verdict_input *in, struct verdict_result *out);
/* Whether an effect is known beside whatever else the machine does: an interval of twice the width of that at 99.9% is
 * beyond the margin. */
bool verdict_stands_out(const struct estimate *gain_pct, double margin_pct);

/* What the machine did beside a measurement; NaN: not known, or nothing that disturbs it. */
struct verdict_company {
  double others_pct;    /* of its CPU time, by other processes */
  double waiting_pct;   /* of the time somebody waited for a CPU */
  double throttled_pct; /* of the time a CPU quota stopped us */
};
struct verdict_company verdict_alone(void);
/* Each of the two, whichever is more. */
struct verdict_company verdict_worse_company(struct verdict_company a, struct verdict_company b);
bool verdict_is_crowded(const struct verdict_company *c);
bool verdict_is_disturbed(const struct verdict_company *c);
/* Of one that is disturbed: by what. */
void verdict_company_text(const struct verdict_company *c, char *text, size_t size);
/* No firm verdict beside a quota, and beside others only of an effect that stands out. */
void verdict_beside(const struct verdict_company *c, const struct estimate *gain_pct, double margin_pct,
                    struct verdict_result *v);

/* An end that fewer pairs than this share of them saw cannot hold up the verdict of the other. */
#define VERDICT_END_SHARE 0.1
/* The same for what core_model_fit found, at least one end of which was seen; in->gain_pct and mean_gain_pct
 * are not looked at. The same firm verdict at both ends is the verdict; two different ones are DEPENDS; of
 * an end that was seen and is unresolved, nothing is said of the other either; a firm verdict of one end
 * where the other was not seen holds for that end alone, and the reason says so. verdict[] receives each
 * end's own, VERDICT_NONE where it was not seen. Returns what the verdict holds for; of DEPENDS and
 * INCONCLUSIVE, the end that more pairs saw. tests: of the campaign. */
enum pairs_core verdict_decide_ends(const struct verdict_input *in, const struct core_end end[CORE_ENDS], size_t tests,
                                    enum verdict verdict[CORE_ENDS], struct verdict_result *out);
/* Which end's gain is quoted for what verdict_decide_ends returned: of both that of a core alone. */
enum core_end_name verdict_quoted_end(enum pairs_core state);
/* The source's rule: the point estimate against the margin, no interval. */
void verdict_decide_source(double gain_pct, double margin_pct, struct verdict_result *out);

#endif
