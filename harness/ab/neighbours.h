/* SPDX-License-Identifier: GPL-3.0-or-later */
/* neighbours.h: what other processes of this machine did while something was measured. */
#ifndef HARNESS_AB_NEIGHBOURS_H
#define HARNESS_AB_NEIGHBOURS_H

#include <stdbool.h>

struct neighbours {
  double at_s;      /* monotonic */
  double busy_s;    /* of all CPUs since the start of the machine; NaN: not told */
  double waiting_s; /* in which some process waited for a CPU (/proc/pressure/cpu); NaN: not told */
};

void neighbours_read(struct neighbours *n);
/* In percent of the machine's CPU time from a to b; own_s: what is no other's. NaN: not known. */
double neighbours_others_pct(const struct neighbours *a, const struct neighbours *b, double own_s);
/* In percent of the time from a to b; NaN: not known. */
double neighbours_waiting_pct(const struct neighbours *a, const struct neighbours *b);
/* Of this process, and with_children of those that it has waited for. */
double neighbours_own_s(bool with_children);

#endif
