/* SPDX-License-Identifier: GPL-3.0-or-later */
/* trust_campaign.h: one campaign whose answer is known, through the path of `ab`, and its line. */
#ifndef HARNESS_AB_TRUST_CAMPAIGN_H
#define HARNESS_AB_TRUST_CAMPAIGN_H

#include "harness/ab/ab_options.h"
#include "harness/ab/inject.h"
#include "harness/data/trust_line.h"

struct trust_campaign {
  const struct ab_options *options; /* budget_s, margin_pct, level, env, user, timeout_s */
  const struct injections *injected;
  enum trust_workload workload;
  enum trust_kind kind;            /* what is added is among injected */
  const struct trace_facts *trace; /* of TRUST_REPLAY */
  uint64_t seed;
};

/* Measures in a folder of its own below results, which is removed again: the line is what stays. *done is
 * false where Ctrl-C ended it. */
int trust_campaign_run(const struct trust_campaign *t, struct results *results, struct trust_line *line, bool *done,
                       struct error *err);

#endif
