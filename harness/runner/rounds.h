/* SPDX-License-Identifier: GPL-3.0-or-later */
/* rounds.h: the measured loop of one process: warm-up, then rounds, each with its clocks, faults,
 * switches and counters, written straight into the shared record. */
#ifndef HARNESS_RUNNER_ROUNDS_H
#define HARNESS_RUNNER_ROUNDS_H

#include "harness/runner/image.h"
#include "harness/runner/protocol.h"
#include "harness/workloads/workload.h"

/* Runs the job's rounds with the process's malloc. im is NULL where the malloc is not a mapped
 * image. Returns NULL or what is wrong. */
const char *rounds_run(const struct ab_job *job, const struct workload *w, const struct image *im,
                       struct ab_record *record);

#endif
