/* SPDX-License-Identifier: GPL-3.0-or-later */
/* pairs_core.c: which pairs had their core alone. Telemetry costs another share of the time on a
 * core that another hardware thread uses too, and that comes and goes in seconds: campaigns that
 * mixed both states did not agree with each other. */
#include <math.h>
#include <stdlib.h>

#include "harness/data/pairs.h"
#include "harness/runner/core_probe.h"

/* Two glitches in one process are rarer than this; a core that is shared all the time is alone for
 * single rounds in more pairs than this. */
#define ALONE_QUANTILE 0.01

void pairs_find_alone(struct pairs *p, double known) {
  double *x = malloc((p->count + 1) * sizeof *x);
  size_t n = 0;
  p->width_alone = 0;
  for (size_t i = 0; x && i < p->count; i++)
    if (p->pair[i].narrowest > 0) x[n++] = p->pair[i].narrowest;
  if (n) {
    double narrow = stats_quantile(x, n, ALONE_QUANTILE);
    p->width_alone = known > 0 ? fmin(known, narrow) : narrow;
  }
  free(x);
}

bool pairs_in(const struct pairs *p, const struct pair *q, enum pairs_core core) {
  bool alone = !(p->width_alone > 0) || !(q->width > 0) || q->width <= CORE_SHARED_ABOVE * p->width_alone;
  return core == PAIRS_BOTH || (core == PAIRS_ALONE ? alone : !alone);
}

const char *const pairs_core_names[] = { "alone", "shared", "both", "unknown", NULL };

enum pairs_core pairs_mostly(const struct pairs *p) {
  size_t alone = pairs_used(p, SAMPLE_TEST, PAIRS_ALONE);
  return alone < PAIRS_MIN && p->tests - alone > alone ? PAIRS_SHARED : PAIRS_ALONE;
}

size_t pairs_used(const struct pairs *p, enum sample_kind kind, enum pairs_core core) {
  size_t n = 0;
  for (size_t i = 0; i < p->count; i++) n += p->pair[i].kind == kind && pairs_in(p, &p->pair[i], core);
  return n;
}

double pairs_alone_pct(const struct pairs *p) {
  size_t n = 0, known = 0;
  for (size_t i = 0; i < p->count; i++) {
    known += p->pair[i].width > 0;
    n += p->pair[i].width > 0 && pairs_in(p, &p->pair[i], PAIRS_ALONE);
  }
  return known ? 100.0 * (double)n / (double)known : NAN;
}
