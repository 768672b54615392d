/* SPDX-License-Identifier: GPL-3.0-or-later */
/* neighbours.c: see neighbours.h. */
#include "harness/ab/neighbours.h"

#include <math.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "harness/core/progress.h"

static double waiting(void) {
  unsigned long long us = 0;
  FILE *f = fopen("/proc/pressure/cpu", "re");
  char line[160] = "";
  bool told = f && fgets(line, sizeof line, f);
  const char *total = strstr(line, "total=");
  told = told && strncmp(line, "some ", 5) == 0 && total && sscanf(total, "total=%llu", &us) == 1;
  if (f) fclose(f);
  return told ? (double)us / 1e6 : NAN;
}

void neighbours_read(struct neighbours *n) {
  unsigned long long v[7];
  *n = (struct neighbours){ clock_monotonic_s(), NAN, waiting() };
  FILE *f = fopen("/proc/stat", "re");
  if (!f) return;
  /* user, nice, system, idle, iowait, irq, softirq */
  if (fscanf(f, "cpu %llu %llu %llu %llu %llu %llu %llu", &v[0], &v[1], &v[2], &v[3], &v[4], &v[5], &v[6]) == 7)
    n->busy_s = (double)(v[0] + v[1] + v[2] + v[5] + v[6]) / (double)sysconf(_SC_CLK_TCK);
  fclose(f);
}

double neighbours_others_pct(const struct neighbours *a, const struct neighbours *b, double own_s) {
  double all = (b->at_s - a->at_s) * (double)sysconf(_SC_NPROCESSORS_ONLN), busy = b->busy_s - a->busy_s;
  return isnan(busy) || !(all > 0) ? NAN : 100 * fmin(1, fmax(0, busy - own_s) / all);
}

double neighbours_waiting_pct(const struct neighbours *a, const struct neighbours *b) {
  double time = b->at_s - a->at_s;
  return time > 0 ? 100 * fmin(1, (b->waiting_s - a->waiting_s) / time) : NAN;
}

double neighbours_own_s(bool with_children) {
  static const int who[] = { RUSAGE_SELF, RUSAGE_CHILDREN };
  double sum = 0;
  for (int i = 0; i < 1 + with_children; i++) {
    struct rusage r;
    if (getrusage(who[i], &r) != 0) continue;
    sum += (double)(r.ru_utime.tv_sec + r.ru_stime.tv_sec) + (double)(r.ru_utime.tv_usec + r.ru_stime.tv_usec) / 1e6;
  }
  return sum;
}
