/* SPDX-License-Identifier: GPL-3.0-or-later */
/* scope_cgroup.h: a version 2 control group for one target: what it forks is in it as well. */
#ifndef HARNESS_STEP0_SCOPE_CGROUP_H
#define HARNESS_STEP0_SCOPE_CGROUP_H

#include <limits.h>
#include <sys/types.h>

struct scope_cgroup {
  int fd; /* of the folder, -1: none */
  char path[PATH_MAX];
  char origin[PATH_MAX]; /* the group that the target came from */
};

/* Name that doctor looks for among leftovers. */
#define SCOPE_CGROUP_PREFIX "hakmem-step0-"

/* Makes the group and puts pid into it; 0 or negative errno (no cgroup2 mounted, no permission). */
int scope_cgroup_enter(struct scope_cgroup *g, pid_t pid);
/* Puts what still runs back and removes the group. */
void scope_cgroup_leave(struct scope_cgroup *g);
/* Where cgroup2 is mounted; -ENOENT. */
int scope_cgroup_mount(char *buf, size_t size);

#endif
