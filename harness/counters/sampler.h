/* SPDX-License-Identifier: GPL-3.0-or-later */
/* sampler.h: where a process and its descendants spend their time, by sampling.
 *
 * An event on each CPU (the kernel lets inherited events have a ring only so), one ring for
 * each, drained by the caller while the target runs. Samples carry registers and the top of the
 * user stack, from which callers are found without frame pointers. A full ring drops samples
 * without a word: the kernel's own count of them is read at the end and told in `lost`. */
#ifndef HARNESS_COUNTERS_SAMPLER_H
#define HARNESS_COUNTERS_SAMPLER_H

#include "harness/core/error.h"
#include "harness/counters/sampler_batch.h"

enum sampler_event {
  SAMPLER_CPU_CLOCK, /* a timer while the target runs: works on every machine */
  SAMPLER_CYCLES,    /* the PMU; -ENOENT where there is none */
  SAMPLER_BEST,      /* cycles, else cpu-clock */
};

struct sampler_spec {
  pid_t pid; /* with all its threads of now; all that it starts later is followed */
  enum sampler_event event;
  uint64_t period;      /* ns of CPU time, or cycles; 0: 250000 ns or 1000003 cycles */
  uint32_t stack_bytes; /* of user stack in each sample, rounded up to 8; 0: no stack, no registers; at most 32768 */
  bool kernel;          /* sample kernel mode too (needs rights) */
  bool on_exec;         /* begin at the next execve of pid: for a child that is held */
  unsigned ring_pages;  /* data pages of each ring, a power of two; 0: 64 */
};

struct sampler;

struct sampler_totals {
  enum sampler_event event;
  uint64_t period;
  uint64_t samples; /* drained */
  uint64_t lost;    /* dropped for want of room: the larger of the kernel's two accounts */
  bool lost_known;  /* the kernel counts drops for each event (Linux 6.0); else LOST records alone */
  double expected;  /* counted CPU time (cycles) / period: what a sampler that misses nothing,
                       kernel mode included, would have got */
};

/* 0, or -EACCES, -ENOENT, -ESRCH … with the reason and advice. The sampler runs (from execve on
 * with on_exec). */
int sampler_start(const struct sampler_spec *spec, struct sampler **sampler, struct error *err);
/* Waits until a ring is half full, or timeout_ms. */
void sampler_wait(struct sampler *s, int timeout_ms);
/* Moves what is in the rings to the end of batch. -ENOMEM. */
int sampler_drain(struct sampler *s, struct sampler_batch *batch, struct error *err);
/* Stops sampling; what is in the rings can still be drained. */
void sampler_stop(struct sampler *s);
/* After the last drain. */
void sampler_totals(struct sampler *s, const struct sampler_batch *batch, struct sampler_totals *totals);
void sampler_free(struct sampler *s);

#endif
