/* SPDX-License-Identifier: GPL-3.0-or-later */
/* calibration.h: how the A/B engine proves itself on this machine.
 *
 * Campaigns whose answer is known run through the very path of `ab`: the same files on both sides
 * (A/A), the same code in two layouts (A/A'), and exactly counted instructions added to the free
 * path. What comes out is stored for the machine, and quoted by `ab`. */
#ifndef HARNESS_AB_CALIBRATION_H
#define HARNESS_AB_CALIBRATION_H

#include <jansson.h>

#include "harness/ab/ab_options.h"
#include "harness/core/results.h"

struct calibration_request {
  struct ab_options options; /* workload, threads[0], budget_s of each campaign, margin, seed … */
  unsigned campaigns;        /* of each kind */
};

/* Runs it; *result has the fields of CLI.md. Partial (Ctrl-C) results are not stored. */
int calibration_run(const struct calibration_request *request, json_t **result, struct error *err);

/* calibration_store.c: for this machine (CPU and its model, number of CPUs, kernel) and user. */
int calibration_store(const json_t *result, struct error *err);
/* What `ab` quotes: the chief numbers, or {status} with what to do. Never NULL. */
json_t *calibration_quote(void);
/* Of the core while it is alone (core_probe.h), 0 where there is no calibration that says it. */
double calibration_core_width(void);
/* {cpu, cpu_model, cpus, kernel}: a calibration is of the machine that has the same. */
json_t *calibration_machine(void);

#endif
