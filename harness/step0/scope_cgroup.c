/* SPDX-License-Identifier: GPL-3.0-or-later */
/* scope_cgroup.c: see scope_cgroup.h; Linux Documentation/admin-guide/cgroup-v2.rst. */
#include "harness/step0/scope_cgroup.h"

#include <errno.h>
#include <fcntl.h>
#include <mntent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

int scope_cgroup_mount(char *buf, size_t size) {
  FILE *f = setmntent("/proc/self/mounts", "re");
  struct mntent *m;
  int rc = -ENOENT;
  while (f != NULL && (m = getmntent(f)) != NULL)
    if (strcmp(m->mnt_type, "cgroup2") == 0 && snprintf(buf, size, "%s", m->mnt_dir) < (int)size) {
      rc = 0;
      break;
    }
  if (f != NULL) endmntent(f);
  return rc;
}

/* The v2 line of /proc/PID/cgroup: "0::/path". */
static void read_origin(pid_t pid, char *buf, size_t size) {
  char path[64], line[PATH_MAX];
  snprintf(path, sizeof path, "/proc/%d/cgroup", (int)pid);
  buf[0] = '\0';
  FILE *f = fopen(path, "re");
  while (f != NULL && fgets(line, sizeof line, f) != NULL)
    if (strncmp(line, "0::", 3) == 0) {
      line[strcspn(line, "\n")] = '\0';
      snprintf(buf, size, "%s", line + 3);
    }
  if (f != NULL) fclose(f);
}

static int put(const char *group, pid_t pid) {
  char path[PATH_MAX + 16], text[16];
  snprintf(path, sizeof path, "%s/cgroup.procs", group);
  int fd = open(path, O_WRONLY | O_CLOEXEC);
  if (fd < 0) return -errno;
  int n = snprintf(text, sizeof text, "%d", (int)pid);
  int rc = write(fd, text, (size_t)n) == n ? 0 : -errno;
  close(fd);
  return rc;
}

int scope_cgroup_enter(struct scope_cgroup *g, pid_t pid) {
  char mount[PATH_MAX - 64];
  g->fd = -1;
  g->path[0] = '\0';
  int rc = scope_cgroup_mount(mount, sizeof mount);
  if (rc != 0) return rc;
  read_origin(pid, g->origin, sizeof g->origin);
  snprintf(g->path, sizeof g->path, "%s/%s%d", mount, SCOPE_CGROUP_PREFIX, (int)pid);
  if (mkdir(g->path, 0755) != 0) {
    rc = -errno;
    g->path[0] = '\0';
    return rc;
  }
  g->fd = open(g->path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  rc = g->fd < 0 ? -errno : put(g->path, pid);
  if (rc != 0) scope_cgroup_leave(g);
  return rc;
}

void scope_cgroup_leave(struct scope_cgroup *g) {
  char path[PATH_MAX + 16], back[2 * PATH_MAX], line[32];
  if (g->fd >= 0) close(g->fd);
  g->fd = -1;
  if (g->path[0] == '\0') return;
  char *slash = strrchr(g->path, '/');
  snprintf(back, sizeof back, "%.*s%s", (int)(slash - g->path), g->path, g->origin);
  snprintf(path, sizeof path, "%s/cgroup.procs", g->path);
  FILE *f = fopen(path, "re");
  while (f != NULL && fgets(line, sizeof line, f) != NULL) put(back, (pid_t)atoi(line));
  if (f != NULL) fclose(f);
  /* a task that is just ending keeps the group busy for a moment */
  for (int i = 0; i < 50 && rmdir(g->path) != 0 && errno == EBUSY; i++) usleep(2000);
  g->path[0] = '\0';
}
