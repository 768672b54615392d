/* SPDX-License-Identifier: GPL-3.0-or-later */
/* spending.h: the error of looking more than once.
 *
 * Owns the planned looks of a campaign and the error that each may spend (Lan and DeMets 1983).
 * The looks are fixed in advance in seconds of measuring; at each one the interval is widened so
 * that all looks together err with probability alpha. Spending goes by planned time, the
 * correlation of the looks by the pairs really there. */
#ifndef HARNESS_AB_SPENDING_H
#define HARNESS_AB_SPENDING_H

#include <stddef.h>

#define SPENDING_LOOKS_MAX 16

struct spending {
  double alpha;                           /* of the whole campaign */
  size_t planned;                         /* number of planned looks */
  double look_s[SPENDING_LOOKS_MAX];      /* when; the last is the budget */
  size_t taken;                           /* looks that were evaluated */
  double information[SPENDING_LOOKS_MAX]; /* pairs at each look taken */
  double bound[SPENDING_LOOKS_MAX];       /* |z| at each look taken */
  double spent;                           /* error spent so far */
};

/* Looks at 4, 8, 15, 30, 60, 120 s as far as they lie before the budget, then the budget. */
void spending_plan(struct spending *s, double budget_s, double alpha);
/* Share of alpha that may be spent by the fraction t of the budget: t^1.5 (Kim and DeMets). */
double spending_power(double t, double alpha);
/* Takes look `planned_index` with `pairs` pairs. Returns the error alpha_k of the two-sided
 * interval at this look (to be given to an interval function), 0 where nothing may be spent.
 * A planned look that is passed over spends nothing: its share is there for the next. */
double spending_take(struct spending *s, size_t planned_index, double pairs);

#endif
