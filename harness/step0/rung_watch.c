/* SPDX-License-Identifier: GPL-3.0-or-later */
/* rung_watch.c: write watchpoints (debug registers) on compiled-in counters: another witness that
 * shares nothing with uprobes. Inheriting is safe here. x86-64 only: on an emulated arm64 machine
 * a watchpoint hung the guest. 8 to 16 us a hit, so it is used for short runs alone. */
#include <linux/hw_breakpoint.h>
#include <linux/perf_event.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "harness/core/privilege.h"
#include "harness/step0/tracer.h"

enum { REGISTERS = 4 };

struct watch_state {
  struct tracer tracer;
  uint64_t variable[REGISTERS];
  int fd[REGISTERS];
};

static int on_mapped(struct tracer *t, struct trace_thread *th, size_t i, uint64_t address) {
  struct watch_state *s = t->context;
  if (s->fd[i] >= 0) return 0; /* of the first process; what it forks inherits it */
  struct perf_event_attr a = { .type = PERF_TYPE_BREAKPOINT,
                               .size = sizeof a,
                               .bp_type = HW_BREAKPOINT_W,
                               .bp_len = HW_BREAKPOINT_LEN_8,
                               .inherit = 1,
                               .exclude_kernel = 1,
                               .exclude_hv = 1 };
  a.bp_addr = address - t->points[i].place.address + s->variable[i];
  int fd = privilege_perf_event_open(&a, th->tid, -1, -1, PERF_FLAG_FD_CLOEXEC);
  if (fd < 0) return -errno;
  s->fd[i] = fd;
  return 0;
}

static void on_exiting(struct tracer *t, struct trace_thread *th) {
  struct watch_state *s = t->context;
  if (th->space == NULL) return;
  for (size_t i = 0; i < t->count; i++) {
    uint64_t value, at = th->space->address[i];
    if (at != 0 && tracer_peek(th->tid, at - t->points[i].place.address + s->variable[i], &value, sizeof value))
      t->points[i].counter_value += value;
  }
}

static void on_stopping(struct tracer *t) {
  struct watch_state *s = t->context;
  for (int i = 0; i < REGISTERS; i++)
    if (s->fd[i] >= 0) ioctl(s->fd[i], PERF_EVENT_IOC_DISABLE, 0);
}

static const struct tracer_callbacks callbacks = { .mapped = on_mapped,
                                                   .exiting = on_exiting,
                                                   .stopping = on_stopping };

static int watch_attach(void **state, struct probe_point *points, size_t count, const struct probe_target *target,
                        struct rung_scope *scope, struct error *err) {
  struct watch_state *s = calloc(1, sizeof *s);
  *state = s;
  if (s == NULL) return error_set_errno(err, -ENOMEM, "watchpoint");
  for (int i = 0; i < REGISTERS; i++) s->fd[i] = -1;
#if !defined __x86_64__
  return error_raise(err, ERROR_REFUSED, -ENOTSUP, "write watchpoints are used on x86-64 alone");
#endif
  if (count > REGISTERS)
    return error_raise(err, ERROR_MISSING, -ENOSPC, "watchpoint: %zu counters, and a CPU has %d debug registers", count,
                       REGISTERS);
  for (size_t i = 0; i < count; i++) {
    uint64_t size;
    int rc = elf_object_data(points[i].object, points[i].counter, &s->variable[i], &size, err);
    if (rc != 0) return rc;
    if (size != sizeof(uint64_t))
      return error_raise(err, ERROR_REFUSED, -ENOTSUP, "watchpoint: %s is not one plain counter", points[i].counter);
    points[i].hits = points[i].counter_value = 0;
  }
  strcpy(scope->text, "the process and its threads");
  return tracer_start(&s->tracer, points, count, target, &callbacks, s, scope, err);
}

static int watch_follow(void *state, const struct probe_target *target, bool (*enough)(void *), void *context,
                        bool *ended, int *status, struct error *err) {
  struct watch_state *s = state;
  return tracer_follow(&s->tracer, target, enough, context, ended, status, err);
}

static int watch_read(void *state, struct error *err) {
  struct watch_state *s = state;
  for (size_t i = 0; i < s->tracer.count; i++) {
    struct probe_point *p = &s->tracer.points[i];
    p->measured = s->fd[i] >= 0;
    if (p->measured && read(s->fd[i], &p->hits, sizeof p->hits) != (ssize_t)sizeof p->hits)
      return error_set_errno(err, -errno, "watchpoint: cannot read a count");
  }
  return 0;
}

static void watch_detach(void *state) {
  struct watch_state *s = state;
  if (s == NULL) return;
  tracer_stop(&s->tracer);
  for (int i = 0; i < REGISTERS; i++)
    if (s->fd[i] >= 0) close(s->fd[i]);
  free(s);
}

const struct rung rung_watch = {
  .name = "watchpoint",
  .need = NEED_PARANOID,
  .attach = watch_attach,
  .follow = watch_follow,
  .read = watch_read,
  .detach = watch_detach,
};
