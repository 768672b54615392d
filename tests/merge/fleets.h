/* SPDX-License-Identifier: GPL-3.0-or-later */
/* fleets.h: simulated fleets of machines with a known effect, for test_random_effects.c and bench_merge.c. */
#ifndef TESTS_MERGE_FLEETS_H
#define TESTS_MERGE_FLEETS_H

#include <stdbool.h>
#include <stddef.h>

struct fleet_kind {
  size_t machines;
  double tau; /* between machines, in typical standard errors of one */
  bool heavy; /* the machines' effects are t with 3 degrees of freedom, scaled to SD tau; else normal */
};

struct fleet_coverage {             /* shares of the fleets, in percent */
  double mean_pct, predict_pct;     /* intervals that held the mean; the effect of one machine more */
  double plain_pct;                 /* t with k - 2 degrees of freedom at the estimated tau, for comparison */
  double mean_width, predict_width; /* medians, in typical standard errors */
};

/* Standard errors vary between machines by a factor exp(0.4 N(0,1)). The same seed gives the same fleets. */
struct fleet_coverage fleets_simulate(struct fleet_kind kind, size_t fleets, unsigned long seed);

#endif
