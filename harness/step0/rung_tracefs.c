/* SPDX-License-Identifier: GPL-3.0-or-later */
/* rung_tracefs.c: uprobe events made through tracefs, counted as tracepoints. A tracepoint event
 * may be inherited (that of the uprobe PMU may not), so threads and forks are in scope.
 *
 * Events of tasks alone lose hits: as tasks come and go the kernel takes the breakpoint out of
 * address spaces that it believes nobody counts any more (seen on 6.18 with forks that execute in
 * parallel). A second event for one whole CPU, never read, keeps it in all of them. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/perf_event.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "harness/core/progress.h"
#include "harness/step0/rung.h"
#include "harness/step0/tracefs.h"

enum { TASKS_MAX = 256, REMOVE_S = 10 };

struct tracefs_state {
  struct probe_point *points;
  size_t count, made;
  pid_t task[TASKS_MAX]; /* what each point is counted in: the child, or the threads attached to */
  size_t tasks;
  int *fd; /* for each point one that holds, then one a task that counts */
  const char *root;
  char group[32];
};

/* A task that is just ending holds its inherited event a little longer than we do, and as long the kernel
 * does not let the probe go. */
static void remove_probe(const struct tracefs_state *s, size_t i) {
  char line[96];
  struct timespec nap = { 0, 5000000 };
  snprintf(line, sizeof line, "-:%s/s%zu\n", s->group, i);
  for (double deadline = clock_monotonic_s() + REMOVE_S;;) {
    int rc = tracefs_append(s->root, "uprobe_events", line);
    if (rc == 0 || rc == -ENOENT || clock_monotonic_s() > deadline) return;
    nanosleep(&nap, NULL);
  }
}

static void tracefs_detach(void *state) {
  struct tracefs_state *s = state;
  if (s == NULL) return;
  for (size_t i = 0; s->fd != NULL && i < s->count * (s->tasks + 1); i++)
    if (s->fd[i] >= 0) close(s->fd[i]);
  for (size_t i = 0; i < s->made; i++) remove_probe(s, i);
  free(s->fd);
  free(s);
}

static int open_event(struct tracefs_state *s, size_t i) {
  char path[512];
  snprintf(path, sizeof path, "events/%s/s%zu/id", s->group, i);
  long id = tracefs_number(s->root, path);
  if (id < 0) return (int)id;
  struct perf_event_attr a = { .type = PERF_TYPE_TRACEPOINT, .size = sizeof a, .config = (uint64_t)id };
  int *fd = s->fd + i * (s->tasks + 1);
  fd[0] = (int)syscall(SYS_perf_event_open, &a, -1, 0, -1, PERF_FLAG_FD_CLOEXEC);
  if (fd[0] < 0) return -errno;
  a.inherit = 1;
  for (size_t k = 0; k < s->tasks; k++) {
    fd[k + 1] = (int)syscall(SYS_perf_event_open, &a, s->task[k], -1, -1, PERF_FLAG_FD_CLOEXEC);
    if (fd[k + 1] < 0 && (k == 0 || errno != ESRCH)) return -errno; /* a thread may have ended */
  }
  return 0;
}

static int list_tasks(struct tracefs_state *s, const struct probe_target *target) {
  char path[64];
  s->task[s->tasks++] = target->pid;
  if (!target->attached) return 0;
  snprintf(path, sizeof path, "/proc/%d/task", (int)target->pid);
  DIR *d = opendir(path);
  if (d == NULL) return -errno;
  for (struct dirent *e; (e = readdir(d)) != NULL && s->tasks < TASKS_MAX;) {
    pid_t tid = (pid_t)atoi(e->d_name);
    if (tid > 0 && tid != target->pid) s->task[s->tasks++] = tid;
  }
  closedir(d);
  return s->tasks == TASKS_MAX ? -E2BIG : 0;
}

static int tracefs_attach(void **state, struct probe_point *points, size_t count, const struct probe_target *target,
                          struct rung_scope *scope, struct error *err) {
  struct tracefs_state *s = calloc(1, sizeof *s);
  *state = s;
  if (s == NULL) return error_set_errno(err, -ENOMEM, "tracefs-uprobe");
  s->points = points;
  s->count = count;
  int rc = list_tasks(s, target);
  if (rc != 0) return error_set_errno(err, rc, "tracefs-uprobe: threads of process %d", (int)target->pid);
  s->fd = malloc(count * (s->tasks + 1) * sizeof *s->fd);
  if (s->fd == NULL) return error_set_errno(err, -ENOMEM, "tracefs-uprobe");
  for (size_t i = 0; i < count * (s->tasks + 1); i++) s->fd[i] = -1;
  rung_want_files(count * (s->tasks + 1));
  s->root = tracefs_root();
  if (s->root == NULL) {
    /* where it is mounted, only root may look inside; an own mount is root's privilege, too */
    if (geteuid() != 0) return rung_refused(&rung_tracefs, -EACCES, "the kernel's tracing files", err);
    error_raise(err, ERROR_MISSING, -ENOENT, "tracefs-uprobe: tracefs is not mounted");
    return error_advise(err, "mount -t tracefs tracefs /sys/kernel/tracing");
  }
  snprintf(s->group, sizeof s->group, TRACEFS_GROUP_PREFIX "%d", (int)getpid());
  for (size_t i = 0; i < count; i++) {
    char line[4400];
    if (strpbrk(points[i].object->path, " \t\n:") != NULL)
      return error_raise(err, ERROR_USAGE, -EINVAL,
                         "tracefs-uprobe: tracefs cannot name '%s': it has a blank or a colon", points[i].object->path);
    int n = snprintf(line, sizeof line, "p:%s/s%zu %s:0x%llx", s->group, i, points[i].object->path,
                     (unsigned long long)points[i].place.offset);
    if (points[i].place.semaphore_offset != 0)
      n +=
          snprintf(line + n, sizeof line - (size_t)n, "(0x%llx)", (unsigned long long)points[i].place.semaphore_offset);
    snprintf(line + n, sizeof line - (size_t)n, "\n");
    rc = tracefs_append(s->root, "uprobe_events", line);
    if (rc != 0) return rung_refused(&rung_tracefs, rc, "uprobe_events", err);
    s->made = i + 1;
    rc = open_event(s, i);
    if (rc != 0) return rung_refused(&rung_tracefs, rc, "tracepoint event", err);
  }
  strcpy(scope->text, target->attached ? "the threads that were there, and all that they start"
                                       : "the process, its threads, and all that it starts");
  return 0;
}

static int tracefs_read(void *state, struct error *err) {
  struct tracefs_state *s = state;
  for (size_t i = 0; i < s->count; i++) {
    uint64_t sum = 0, one;
    for (size_t k = 1; k <= s->tasks; k++) {
      int fd = s->fd[i * (s->tasks + 1) + k];
      if (fd < 0) continue;
      if (read(fd, &one, sizeof one) != (ssize_t)sizeof one)
        return error_set_errno(err, -errno, "tracefs-uprobe: cannot read a count");
      sum += one;
    }
    s->points[i].hits = sum;
    s->points[i].measured = true;
  }
  return 0;
}

const struct rung rung_tracefs = {
  .name = "tracefs-uprobe",
  .need = NEED_ROOT,
  .uprobe = true,
  .attach = tracefs_attach,
  .read = tracefs_read,
  .detach = tracefs_detach,
};
