/* SPDX-License-Identifier: GPL-3.0-or-later */
/* container.c: see container.h. */
#include "harness/core/container.h"

#include <limits.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { PATH_SIZE = PATH_MAX + 512 };

static bool first_line(const char *path, char *line, int size) {
  FILE *f = fopen(path, "re");
  bool ok = f != NULL && fgets(line, size, f) != NULL;
  if (f != NULL) fclose(f);
  return ok;
}

/* A number of a file of "key value" lines; NaN: it is not there. */
static double keyed(const char *path, const char *key) {
  char line[128], name[64];
  double v, found = NAN;
  FILE *f = fopen(path, "re");
  while (f != NULL && fgets(line, sizeof line, f) != NULL)
    if (sscanf(line, "%63s %lf", name, &v) == 2 && strcmp(name, key) == 0) found = v;
  if (f != NULL) fclose(f);
  return found;
}

/* Of one group; version 1 has its quota in two files and its time in nanoseconds. */
static void look(const char *folder, const char *group, bool v1, struct container_quota *q) {
  char path[PATH_SIZE], line[64];
  double quota = NAN, period = NAN;
  if (v1) {
    snprintf(path, sizeof path, "%s/cpu.cfs_quota_us", folder);
    if (first_line(path, line, sizeof line)) quota = atof(line);
    snprintf(path, sizeof path, "%s/cpu.cfs_period_us", folder);
    if (first_line(path, line, sizeof line)) period = atof(line);
  } else {
    snprintf(path, sizeof path, "%s/cpu.max", folder);
    if (first_line(path, line, sizeof line) && sscanf(line, "%lf %lf", &quota, &period) != 2) quota = NAN; /* "max" */
  }
  if (!(quota > 0) || !(period > 0)) return;
  snprintf(path, sizeof path, "%s/cpu.stat", folder);
  double stopped = v1 ? keyed(path, "throttled_time") / 1e9 : keyed(path, "throttled_usec") / 1e6;
  if (!isnan(stopped)) q->stopped_s = (isnan(q->stopped_s) ? 0 : q->stopped_s) + stopped;
  if (!isnan(q->cpus) && q->cpus <= quota / period) return;
  q->cpus = quota / period;
  snprintf(q->group, sizeof q->group, "%.255s", group[0] ? group : "/");
}

/* The group and all above it. */
static void walk(const char *root, const char *sub, char *group, bool v1, struct container_quota *q) {
  char folder[PATH_SIZE];
  for (;;) {
    snprintf(folder, sizeof folder, "%.2000s%s%.1500s", root, sub, group);
    look(folder, group, v1, q);
    char *slash = strrchr(group, '/');
    if (slash == NULL) return;
    *slash = '\0';
  }
}

/* "cpu,cpuacct" has cpu. */
static bool has_cpu(const char *controllers, size_t n) {
  for (const char *p = controllers; p < controllers + n;) {
    size_t one = strcspn(p, ",:");
    if (one == 3 && strncmp(p, "cpu", 3) == 0) return true;
    p += one + 1;
  }
  return false;
}

void container_quota_at(const char *proc_cgroup, const char *root, struct container_quota *q) {
  char line[PATH_MAX];
  *q = (struct container_quota){ .cpus = NAN, .stopped_s = NAN };
  FILE *f = fopen(proc_cgroup, "re");
  while (f != NULL && fgets(line, sizeof line, f) != NULL) {
    char *colon = strchr(line, ':'), *path = colon != NULL ? strchr(colon + 1, ':') : NULL;
    if (path == NULL) continue;
    path[1 + strcspn(path + 1, "\n")] = '\0';
    if (strcmp(path + 1, "/") == 0) path[1] = '\0';
    if (strncmp(line, "0::", 3) == 0) walk(root, "", path + 1, false, q);
    else if (has_cpu(colon + 1, (size_t)(path - colon - 1))) walk(root, "/cpu", path + 1, true, q);
  }
  if (f != NULL) fclose(f);
}

void container_quota(struct container_quota *q) { container_quota_at("/proc/self/cgroup", "/sys/fs/cgroup", q); }

bool container_seccomp(void) { return keyed("/proc/self/status", "Seccomp:") == 2; }
