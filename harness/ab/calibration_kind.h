/* SPDX-License-Identifier: GPL-3.0-or-later */
/* calibration_kind.h: campaigns of one kind, whose answer is known or told by every other one of them, and
 * how they are judged. Of this module alone. */
#ifndef HARNESS_AB_CALIBRATION_KIND_H
#define HARNESS_AB_CALIBRATION_KIND_H

#include "harness/ab/campaign.h"
#include "harness/ab/inject.h"
#include "harness/data/calibration_result.h"

enum { CALIBRATION_CAMPAIGNS_MAX = 1000 };

/* What a campaign said. */
struct calibration_said {
  struct estimate gain;
  struct core_end end[CORE_ENDS];
  enum verdict verdict, end_verdict[CORE_ENDS];
  enum pairs_core core;
};

struct calibration_campaigns {
  char name[32];
  const struct subject *subject;
  bool same_code, independent_layouts;
  uint64_t stream;                   /* of random numbers */
  const struct injection *injection; /* what is added to each tiny free; NULL: nothing */
  size_t counted;                    /* its place in callgrind's list */
  struct pairs pool;                 /* of all campaigns */
  struct pairs half[2];              /* of the judged ones (0, 2, 4 …) and of the others */
  double pool_s;                     /* measuring time behind it */
  struct calibration_said said[CALIBRATION_CAMPAIGNS_MAX];
  size_t count;
};

struct calibration_score {
  size_t campaigns, covered, known, wrong, count[VERDICT_NONE];
};

/* Adds this kind's judged campaigns: all of equal code; of an injected effect every other one, for the rest
 * say what the truth is, at each end of the core's width and, where that is not known, over all pairs. */
void calibration_score_kind(const struct calibration_campaigns *k, double margin_pct, struct calibration_score *s);
/* Into an object that fields_init has seen; -ENOMEM. */
int calibration_kind_result(const struct calibration_campaigns *k, double margin_pct, struct calibration_kind *o);
/* Half-width that this kind's pairs give in a campaign of budget_s without early stop; NaN: not known. */
double calibration_half_width(const struct calibration_campaigns *k, double budget_s);
/* The injected effect as a time for each operation, at the end that a core alone has where that was seen. */
double calibration_added_ns(const struct calibration_campaigns *k);

#endif
