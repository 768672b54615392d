/* SPDX-License-Identifier: GPL-3.0-or-later */
/* live_toggle.h: telemetry instructions of a mapped image overwritten by nops, and restored, round by
 * round: the same process, the same heap, the same layout with and without them. */
#ifndef HARNESS_RUNNER_LIVE_TOGGLE_H
#define HARNESS_RUNNER_LIVE_TOGGLE_H

#include "harness/runner/image.h"
#include "harness/runner/protocol.h"

/* Sets the image's code for this round of the job; 1 where its telemetry is off. The image's code
 * must be writable and no other thread may run in it. */
uint32_t live_toggle_round(const struct ab_job *job, const struct image *image, uint64_t round);

#endif
