/* SPDX-License-Identifier: GPL-3.0-or-later */
/* protocol.h: what the campaign and its runner say to each other.
 *
 * The campaign starts one runner (hakmem-ab-runner, small, pinned) and writes jobs to a pipe; for
 * each job the runner forks a process, which maps its variant, works and ends. Its rounds then go into
 * a record in a shared mapping of a file in the results folder, so that a process is on disk (in the
 * page cache) the moment it ends, whoever is killed after it. Not sooner: a store into pages that two
 * processes share faults, and would do so between a round and the probe behind it. */
#ifndef HARNESS_RUNNER_PROTOCOL_H
#define HARNESS_RUNNER_PROTOCOL_H

#include <stdint.h>

#include "harness/runner/round.h"

enum {
  AB_MAGIC = 0x42414b48, /* "HKAB" */
  AB_VERSION = 6,
  AB_ROUNDS_MAX = 64,
  AB_RECORDS = 16, /* processes that may be in flight */
  AB_TOGGLES_MAX = 64,
  AB_TOGGLE_BYTES_MAX = 32,
  AB_PMU_MAX = 4,
  AB_THREADS_MAX = 64,
  AB_ARMS_MAX = 64,
};

/* What is run for a command that is not the command: once before the first and after the last run, or before
 * and after each. */
enum ab_hook { AB_HOOK_SETUP, AB_HOOK_PREPARE, AB_HOOK_CONCLUDE, AB_HOOK_CLEANUP, AB_HOOKS };

enum ab_job_kind {
  AB_JOB_IMAGE,   /* fork, map image, run the workload */
  AB_JOB_COMMAND, /* exec side's command line: one round, from start to end */
  AB_JOB_BENCH,   /* exec side's command line, hakmem-bench: rounds as with an image */
  AB_JOB_SETUP,   /* the hook of the side alone */
  AB_JOB_CLEANUP,
  AB_JOB_PROJECT, /* exec side's command line, hakmem-project-run: rounds of somebody's program */
};

/* An instruction range of the image that is overwritten by a nop in toggled rounds. */
struct ab_toggle {
  uint64_t vaddr; /* in the image */
  uint32_t length;
  uint8_t original[AB_TOGGLE_BYTES_MAX];
  uint8_t off[AB_TOGGLE_BYTES_MAX];
};

struct ab_job {
  uint32_t magic, version;
  uint32_t kind, record;             /* record: index into ab_records.record */
  uint64_t id;                       /* pair */
  uint64_t image_offset, image_size; /* in the image area */
  uint32_t side; /* which command line (COMMAND, BENCH): 0 or 1, of many commands below their number */
  uint32_t threads, rounds, warm_rounds;
  uint64_t round_ops, warm_ops; /* of each thread; a warm round is one of warm_ops */
  uint64_t slots, seed;
  uint64_t address_seed; /* moves mappings and stack; the same for both of a pair */
  uint32_t timeout_s, toggles;
  uint32_t file_crc;           /* of what is replayed: another file is not measured */
  int32_t cpu[AB_THREADS_MAX]; /* CPU of each thread, -1: not pinned */
  struct ab_toggle toggle[AB_TOGGLES_MAX];
};

enum ab_record_state { AB_RECORD_FREE, AB_RECORD_RUNNING, AB_RECORD_DONE, AB_RECORD_FAILED };

struct ab_record {
  uint32_t state, rounds_done;
  uint64_t id;
  uint32_t arm, order; /* filled by the campaign: what the process was */
  struct ab_job job;
  uint64_t started_ns, ready_ns, ended_ns; /* CLOCK_MONOTONIC: fork, first timed round, end */
  uint32_t pmu_count;                      /* counters that are valid in each round: the first so many */
  int32_t pmu_errno;                       /* why there is none */
  char message[160];                       /* why it failed */
  struct round round[AB_ROUNDS_MAX];
};

struct ab_records {
  uint32_t magic, version;
  struct ab_record record[AB_RECORDS];
};

/* Answer to each job, on the answer pipe. */
struct ab_answer {
  uint32_t record;
  int32_t status; /* as from waitpid */
  uint64_t started_ns, ended_ns;
  uint64_t cpu_ns; /* user and system time of the process */
  uint64_t user_ns, system_ns;
  uint64_t max_rss_bytes;
  uint32_t strays; /* processes that it left behind; they were ended */
};

#endif
