/* SPDX-License-Identifier: GPL-3.0-or-later */
/* pilot.h: how many steps a round of a campaign has, found by a few processes before it.
 *
 * By the fastest round of each that waited for no CPU: one that does, or whose threads wait for one that does, lasts
 * a hundred times as long, and rounds made a hundred times shorter for that are over before their threads have met.
 * So measured, a locked increment that costs two threads a third cost them a twentieth. A process whose rounds
 * all waited says nothing, and after one whose answer is not about that of the one before another is asked. */
#ifndef HARNESS_AB_PILOT_H
#define HARNESS_AB_PILOT_H

#include <stdbool.h>
#include <stdint.h>

/* Of a round: two clock readings are then 0.05% of it, and a round that another process cut into
 * is one of many. */
#define PILOT_ROUND_NS 150000.0

enum { PILOT_ROUNDS = 10, PILOTS_MIN = 3, PILOTS_MAX = 15, PILOTS_KEPT = 3 };

struct pilot {
  uint64_t ops; /* of a round of the next process; at the end what was chosen */
  unsigned processes, answers;
  uint64_t last[PILOTS_KEPT]; /* what each of the last answers asked for */
};

void pilot_start(struct pilot *p);
/* fastest_ns: of a step, in the fastest of PILOT_ROUNDS rounds of p->ops steps; NaN: all waited. False: p->ops is
 * chosen; without any answer that is what a step of a microsecond would ask for. */
bool pilot_next(struct pilot *p, double fastest_ns);

#endif
