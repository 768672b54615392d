/* SPDX-License-Identifier: GPL-3.0-or-later */
/* core_probe.h: is the core ours alone at this moment?
 *
 * Hardware threads of one core share its issue width (AMD, Software Optimization Guide for the Zen
 * family, "simultaneous multithreading"). On a virtual machine the other thread may be another
 * guest's, and nothing in the guest says so: no steal is counted. Measured here: with the core
 * shared a step of random_mixed takes 10.3 ns instead of 8.9, and telemetry of a few instructions
 * costs +5.0% instead of +2.9%; the state changes every few seconds.
 *
 * Two loops are timed: one that the width bounds (eight independent chains of additions), one that
 * latency bounds (a chain of multiplications). A shared core slows the first by 15 to 50% and the
 * second by less than 1%; another clock frequency changes both alike, so it drops out of their
 * quotient. Takes about 4 us, in parts: an interrupt, or another process that gets the CPU meanwhile, lengthens
 * one part of one loop, and of three parts the middle one counts. Without that a busy machine had one
 * probe in forty far too narrow or too wide, and the narrowest is what all others are compared with. */
#ifndef HARNESS_RUNNER_CORE_PROBE_H
#define HARNESS_RUNNER_CORE_PROBE_H

#include <stdint.h>

/* Time of the first loop over that of the second: about 0.7 on a Zen core that is alone, larger
 * where it is shared. 0: there is no probe for this machine. */
double core_probe(void);

enum { CORE_PROBE_PARTS = 3 };
/* Of the ticks of each loop's parts; 0: no quotient. For tests. */
double core_probe_quotient(const uint64_t width[CORE_PROBE_PARTS], const uint64_t chain[CORE_PROBE_PARTS]);

/* Times the width alone from which on the core counts as shared: where it is alone, hardly a probe
 * is 5% above the narrowest; where it is shared, hardly one is less than 10% above. */
#define CORE_SHARED_ABOVE 1.07

#endif
