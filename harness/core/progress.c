/* SPDX-License-Identifier: GPL-3.0-or-later */
/* progress.c: see progress.h. */
#include "harness/core/progress.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "harness/core/units.h"

double clock_monotonic_s(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

/* One that can go back to the beginning of a line and clear it. */
static bool can_redraw(int fd) {
  const char *term = getenv("TERM");
  return term != NULL && strcmp(term, "dumb") != 0 && isatty(fd) == 1;
}

bool colour_wanted(int fd) {
  const char *no = getenv("NO_COLOR");
  return (no == NULL || no[0] == '\0') && can_redraw(fd);
}

void progress_start(struct progress *p, const char *label, bool quiet) {
  p->label = label;
  p->quiet = quiet;
  p->terminal = can_redraw(STDERR_FILENO);
  p->started_s = clock_monotonic_s();
  p->last_s = 0;
}

void progress_update(struct progress *p, double fraction, const char *detail) {
  if (p->quiet) return;
  double now = clock_monotonic_s();
  /* a terminal is redrawn five times a second, a log gets a line every five seconds */
  if (now - p->last_s < (p->terminal ? 0.2 : 5.0)) return;
  if (!p->terminal && p->last_s == 0 && now - p->started_s < 5.0) return;
  p->last_s = now;
  if (!(fraction >= 0)) fraction = 0;
  if (fraction > 1) fraction = 1;
  double elapsed = now - p->started_s;
  char eta[32] = "ETA --:--";
  if (fraction > 0.01) {
    double left = elapsed * (1 - fraction) / fraction;
    if (left < 360000) snprintf(eta, sizeof eta, "ETA %02d:%02d", (int)(left / 60), (int)fmod(left, 60));
  }
  if (detail == NULL) detail = "";
  if (p->terminal) {
    char bar[21], line[400];
    int full = (int)(fraction * 20 + 0.5);
    memset(bar, '.', 20);
    memset(bar, '#', (size_t)full);
    bar[20] = '\0';
    snprintf(line, sizeof line, "%s [%s] %3.0f%% %s %s", p->label, bar, fraction * 100, eta, detail);
    /* a line that goes on on the next one would not be cleared by the next */
    fprintf(stderr, "\r\033[K%.*s", (int)units_bytes_of_width(line, units_columns(STDERR_FILENO) - 1), line);
  } else {
    fprintf(stderr, "%s: %.0f%% %s %s\n", p->label, fraction * 100, eta, detail);
  }
  fflush(stderr);
}

void progress_step(bool quiet, const char *format, ...) {
  va_list ap;
  if (quiet) return;
  if (can_redraw(STDERR_FILENO)) fputs("\r\033[K", stderr); /* a bar may stand there */
  va_start(ap, format);
  vfprintf(stderr, format, ap);
  va_end(ap);
  fputc('\n', stderr);
}

void progress_finish(struct progress *p) {
  if (!p->quiet && p->terminal && p->last_s != 0) {
    fputs("\r\033[K", stderr);
    fflush(stderr);
  }
}
