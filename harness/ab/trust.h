/* SPDX-License-Identifier: GPL-3.0-or-later */
/* trust.h: many short campaigns whose answer is known, one line each, appended to a file.
 *
 * Each is a process of its own kind: of four workloads the same files on both sides, and exactly counted
 * instructions added. Which comes next is what the file has fewest of, by this version of the estimator and with the
 * machine as quiet or busy as it is now, so that it may be ended at any time and gone on with on another day. */
#ifndef HARNESS_AB_TRUST_H
#define HARNESS_AB_TRUST_H

#include "harness/ab/ab_options.h"

struct trust_request {
  struct ab_options options; /* budget_s of a campaign, margin, level, env, user, timeout, out_dir, quiet */
  const char *file;          /* that lines are appended to, made where it is missing */
  const char *kinds;         /* "aa,nops-8", NULL: all */
  const char *workloads;     /* "random_mixed,replay", NULL: all */
  const char *trace;         /* NULL: nothing is replayed */
  double seconds;            /* in all; what has begun is ended */
  uint64_t campaigns;        /* at most; 0: as many as there is time for */
};

/* Until the time is over or Ctrl-C: *interrupted, and the campaign that was running has no line. *added: lines. */
int trust_run(const struct trust_request *q, size_t *added, bool *interrupted, struct error *err);

#endif
