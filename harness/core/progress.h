/* SPDX-License-Identifier: GPL-3.0-or-later */
/* progress.h: progress of long work on stderr: a bar with ETA on a terminal, a plain line now
 * and then otherwise, nothing with --quiet. */
#ifndef HARNESS_CORE_PROGRESS_H
#define HARNESS_CORE_PROGRESS_H

#include <stdbool.h>

struct progress {
  const char *label;
  bool quiet, terminal;
  double started_s, last_s;
};

void progress_start(struct progress *p, const char *label, bool quiet);
/* fraction 0..1; detail (may be NULL) is put behind, e.g. the interval as it narrows. */
void progress_update(struct progress *p, double fraction, const char *detail);
void progress_finish(struct progress *p);
/* A line of its own: a step of long work begins. */
void progress_step(bool quiet, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Whether stderr / stdout may be coloured: a terminal, NO_COLOR unset, TERM not dumb. */
bool colour_wanted(int fd);

double clock_monotonic_s(void);

#endif
