/* SPDX-License-Identifier: GPL-3.0-or-later */
/* calibration.h: how the A/B engine proves itself on this machine.
 *
 * Campaigns whose answer is known run through the very path of `ab`: the same files on both sides
 * (A/A), the same code in two layouts (A/A'), and exactly counted instructions added to the free
 * path. What comes out is stored for the machine, and quoted by `ab`. */
#ifndef HARNESS_AB_CALIBRATION_H
#define HARNESS_AB_CALIBRATION_H

#include "harness/ab/ab_options.h"
#include "harness/core/results.h"
#include "harness/data/calibration_result.h"

struct calibration_request {
  struct ab_options options; /* workload, threads[0], budget_s of each campaign, margin, seed … */
  unsigned campaigns;        /* of each kind */
  const char *const *kinds;  /* of what is added (inject.h), NULL-terminated, may be none; NULL: the usual ones */
  bool same_code;            /* also campaigns of the same code; without them nothing is stored */
};

/* Runs it. *stored: it is what ab quotes from now on; partial ones (Ctrl-C), and those with fewer campaigns
 * than the stored one, are not. *result is to be freed by fields_free. */
int calibration_run(const struct calibration_request *request, struct calibration_result *result, bool *stored,
                    struct error *err);

#endif
