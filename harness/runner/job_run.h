/* SPDX-License-Identifier: GPL-3.0-or-later */
/* job_run.h: one job of a campaign, run by the engine in the process that calls it. */
#ifndef HARNESS_RUNNER_JOB_RUN_H
#define HARNESS_RUNNER_JOB_RUN_H

#include "harness/runner/engine.h"
#include "harness/runner/protocol.h"

/* What a mapped image asks for; all NULL where the malloc is the process's own (engine.h). */
struct job_hooks {
  void (*thread_start)(void *context);
  uint32_t (*round_start)(void *context, uint64_t round);
  void *context;
};

/* cycles, instructions, cache misses, branch misses: what is counted around each round. */
extern const struct perf_event_id job_events[AB_PMU_MAX];

/* What is wrong where a job's file_crc is not that of the file. */
extern const char job_file_changed[];

/* Does the job's rounds and copies them into the record, whole. NULL, or what is wrong. */
const char *job_run(const struct ab_job *job, const struct workload *workload, const struct job_hooks *hooks,
                    struct ab_record *record);
/* Ends the process: 0 with the record done, or 3 with the reason in it. */
void job_end(struct ab_record *record, const char *wrong) __attribute__((noreturn));

#endif
