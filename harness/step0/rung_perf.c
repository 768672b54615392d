/* SPDX-License-Identifier: GPL-3.0-or-later */
/* rung_perf.c: the uprobe PMU of perf_event_open(2): one event for each point and CPU, in the
 * scope of a cgroup of its own. inherit=1 would break the target (every fork fails), and a
 * per-task event misses threads: neither is used. Closing costs 90 ms an event. */
#include <errno.h>
#include <fcntl.h>
#include <linux/perf_event.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "harness/step0/rung.h"
#include "harness/step0/scope_cgroup.h"

struct perf_state {
  struct probe_point *points;
  size_t count;
  int cpus;
  int *fd; /* count x cpus */
  struct scope_cgroup cgroup;
};

static int pmu_type(void) {
  char text[16] = "";
  int fd = open("/sys/bus/event_source/devices/uprobe/type", O_RDONLY | O_CLOEXEC);
  if (fd < 0) return -errno;
  ssize_t n = read(fd, text, sizeof text - 1);
  close(fd);
  return n > 0 ? atoi(text) : -EIO;
}

static void perf_detach(void *state) {
  struct perf_state *s = state;
  if (s == NULL) return;
  for (size_t i = 0; s->fd != NULL && i < s->count * (size_t)s->cpus; i++)
    if (s->fd[i] >= 0) close(s->fd[i]);
  scope_cgroup_leave(&s->cgroup);
  free(s->fd);
  free(s);
}

static int perf_attach(void **state, struct probe_point *points, size_t count, const struct probe_target *target,
                       struct rung_scope *scope, struct error *err) {
  struct perf_state *s = calloc(1, sizeof *s);
  *state = s;
  if (s == NULL) return error_set_errno(err, -ENOMEM, "perf-uprobe");
  s->points = points;
  s->count = count;
  s->cgroup.fd = -1;
  s->cpus = (int)sysconf(_SC_NPROCESSORS_ONLN);
  s->fd = malloc(count * (size_t)s->cpus * sizeof *s->fd);
  if (s->fd == NULL) return error_set_errno(err, -ENOMEM, "perf-uprobe");
  for (size_t i = 0; i < count * (size_t)s->cpus; i++) s->fd[i] = -1;
  rung_want_files(count * (size_t)s->cpus);
  int type = pmu_type();
  if (type < 0) return rung_refused(&rung_perf, type, "the uprobe PMU", err);
  bool scoped = scope_cgroup_enter(&s->cgroup, target->pid) == 0;
  for (size_t i = 0; i < count; i++)
    for (int cpu = 0; cpu < s->cpus; cpu++) {
      struct perf_event_attr a = { .type = (uint32_t)type, .size = sizeof a };
      a.config1 = (uint64_t)(uintptr_t)points[i].object->path; /* uprobe_path */
      a.config2 = points[i].place.offset;
      /* bits 32..63 of config: offset of the semaphore (format/ref_ctr_offset) */
      a.config = points[i].place.semaphore_offset << 32;
      long fd = syscall(SYS_perf_event_open, &a, scoped ? s->cgroup.fd : -1, cpu, -1,
                        PERF_FLAG_FD_CLOEXEC | (scoped ? PERF_FLAG_PID_CGROUP : 0));
      if (fd < 0) return rung_refused(&rung_perf, -errno, points[i].object->path, err);
      s->fd[i * (size_t)s->cpus + (size_t)cpu] = (int)fd;
    }
  scope->whole_machine = !scoped;
  snprintf(scope->text, sizeof scope->text, "%s",
           scoped ? "a control group of its own: the process, its threads, and all that it starts"
                  : "all processes of the machine: no control group could be made");
  return 0;
}

static int perf_read(void *state, struct error *err) {
  struct perf_state *s = state;
  for (size_t i = 0; i < s->count; i++) {
    uint64_t sum = 0, one;
    for (int cpu = 0; cpu < s->cpus; cpu++) {
      if (read(s->fd[i * (size_t)s->cpus + (size_t)cpu], &one, sizeof one) != (ssize_t)sizeof one)
        return error_set_errno(err, -errno, "perf-uprobe: cannot read a count");
      sum += one;
    }
    s->points[i].hits = sum;
    s->points[i].measured = true;
  }
  return 0;
}

const struct rung rung_perf = {
  .name = "perf-uprobe",
  .need = NEED_ROOT,
  .uprobe = true,
  .attach = perf_attach,
  .read = perf_read,
  .detach = perf_detach,
};
