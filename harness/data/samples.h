/* SPDX-License-Identifier: GPL-3.0-or-later */
/* samples.h: what one measured process said, in memory and on disk.
 *
 * Owns rounds.csv (each round as measured) and processes.csv (what each process was, and how it
 * was disturbed). Each process is appended with one write as soon as it ended, its rounds first:
 * a process without its line in processes.csv was cut off. Leaves pairs and estimates to pairs.h. */
#ifndef HARNESS_DATA_SAMPLES_H
#define HARNESS_DATA_SAMPLES_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "harness/core/error.h"
#include "harness/core/results.h"
#include "harness/runner/protocol.h"

/* An interrupt in the probe's second loop makes the core look narrower than it is: 0.4% of probes. */
#define SAMPLES_GLITCHES 0.1
/* Of a round, without a CPU (run_delay.h): more is a hit. A kernel thread for some microseconds is none. */
#define SAMPLES_WAIT 0.02
/* Beyond what any campaign, core or counter comes to: a number that is larger was forged or is damaged. */
#define SAMPLES_PAIR_MAX (UINT64_C(1) << 40)
#define SAMPLES_COUNT_MAX (UINT64_C(1) << 60)
#define SAMPLES_WIDTH_MAX 1e6

enum sample_kind { SAMPLE_TEST, SAMPLE_CONTROL };

struct sample {
  uint64_t pair, seed;
  uint32_t side; /* 0: baseline (compiled out, a), 1: research (compiled in, b) */
  enum sample_kind kind;
  uint32_t place;  /* 0: ran first of its pair */
  uint32_t run;    /* 0: the first start of the campaign, 1: first resume … */
  uint32_t rounds; /* whole rounds */
  bool complete;   /* all rounds that were asked for */
  uint64_t started_ns, ready_ns, ended_ns, cpu_ns, max_rss_bytes;
  long steal_ticks; /* of the machine while its pair ran; -1: not known */
  double elapsed_s; /* measuring time of the campaign at its end */
  /* reduced from the rounds; NaN where there are too few */
  double log_ns;      /* 20% trimmed mean of log(ns/op) */
  double log_mean_ns; /* log of (sum of ns / sum of ops) of the rounds that no other process
                         hit, where there are any: what the variant does, not its neighbours */
  double fastest_ns;  /* of a step, in the fastest round that no other process cut into; NaN: none */
  double toggle_log;  /* trimmed mean over couples of rounds of log(on) - log(off) */
  double width;       /* core_probe.h: the largest that the trim of the rounds leaves in; 0: not known */
  double width_mid;   /* the median of the rounds' widths; 0: not known */
  double narrowest;   /* the smallest, without SAMPLES_GLITCHES of the rounds; 0: not known */
  double hit_share;   /* share of rounds with a switch against its will, a wait for a CPU, or a migration */
  uint64_t ops, allocs, frees, tiny_frees;
  uint64_t minor_faults, voluntary, involuntary, migrations;
  uint32_t pmu_count;
  uint64_t pmu[AB_PMU_MAX];
};

struct samples_log {
  struct results *results;
  FILE *rounds, *processes;
};

/* Opens both files (headers are written where they are new). */
int samples_open(struct samples_log *log, struct results *results, struct error *err);
/* -ENOSPC, -EFBIG, -ENOLINK (the folder was removed), with what to do. */
int samples_append(struct samples_log *log, const struct sample *s, const struct ab_record *record, struct error *err);
void samples_close(struct samples_log *log);

/* What a measured process wrote may be anything: NULL where a record can be what a runner writes, else what
 * is wrong. Nothing else here may be given one that was not asked about. */
const char *samples_record_fault(const struct ab_record *record);

/* Fills the reduced fields from a record's rounds. */
void samples_reduce(struct sample *s, const struct round *round, uint32_t rounds);

/* A file of the folder for reading. repair: a line that a kill cut short is cut off the file, so that
 * appending goes on cleanly; without it nothing is written. NULL with err: there is none, or it cannot
 * be read. */
FILE *samples_file(struct results *results, const char *name, bool repair, struct error *err);
/* Each line of the folder's rounds.csv, in the file's order; what each returns other than 0 ends it. */
struct round_line;
typedef int samples_round_fn(void *context, const struct round_line *line, struct error *err);
int samples_rounds(struct results *results, bool repair, samples_round_fn *each, void *context, struct error *err);
/* Everything on disk so far, in the order of the file; *list is to be freed. repair: as above. */
int samples_load(struct results *results, bool repair, struct sample **list, size_t *count, struct error *err);

#endif
