/* SPDX-License-Identifier: GPL-3.0-or-later */
/* container.h: what holds this process in that errno does not say: the CPU quota of its control group or of
 * one above it, how long that stopped it, and a seccomp filter. */
#ifndef HARNESS_CORE_CONTAINER_H
#define HARNESS_CORE_CONTAINER_H

#include <stdbool.h>
#include <stddef.h>

struct container_quota {
  double cpus;      /* the tightest of all groups above; NaN: none is visible */
  double stopped_s; /* for so long all groups with a quota were stopped by it until now; NaN: not known */
  char group[256];  /* of the tightest */
};

/* Of this process: control groups of version 2, else those of version 1. */
void container_quota(struct container_quota *q);
/* The same where the files are: proc_cgroup for /proc/self/cgroup, root for /sys/fs/cgroup. */
void container_quota_at(const char *proc_cgroup, const char *root, struct container_quota *q);

/* Whether system calls of this process go through a seccomp filter: EPERM may then be its answer. */
bool container_seccomp(void);

#endif
