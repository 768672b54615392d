/* SPDX-License-Identifier: GPL-3.0-or-later */
/* pilot.c: see pilot.h. */
#include "harness/ab/pilot.h"

#include <math.h>

/* From few steps up: a step of some workloads is a thousand times that of others. */
#define OPS_FIRST 150
#define OPS_MAX 1e7
#define AGREE 1.25

void pilot_start(struct pilot *p) { *p = (struct pilot){ .ops = OPS_FIRST }; }

bool pilot_next(struct pilot *p, double fastest_ns) {
  bool agree = false;
  p->processes++;
  if (fastest_ns > 0) {
    uint64_t want = (uint64_t)fmin(fmax(PILOT_ROUND_NS / fastest_ns, 1), OPS_MAX);
    agree = (double)want <= AGREE * (double)p->ops && (double)p->ops <= AGREE * (double)want;
    p->last[p->answers++ % PILOTS_KEPT] = p->ops = want;
  }
  if (p->answers >= PILOTS_MIN && agree) return false;
  if (p->processes < PILOTS_MAX) return true;
  /* time only ever grows by what others do */
  for (unsigned i = 0; i < PILOTS_KEPT; i++)
    if (p->last[i] > p->ops) p->ops = p->last[i];
  return false;
}
