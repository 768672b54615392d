/* SPDX-License-Identifier: GPL-3.0-or-later */
/* rung_breakpoint.c: the CPU's debug registers through perf_event_open(2): four places, nothing
 * written into the target's code. Addresses are known only when objects are mapped, so the
 * target is followed by ptrace, without breakpoints of its own except at the dynamic linker. */
#include <errno.h>
#include <linux/hw_breakpoint.h>
#include <linux/perf_event.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "harness/step0/tracer.h"

enum { SLOTS = 4, EVENTS_MAX = 4096 };

struct breakpoint_state {
  struct tracer tracer;
  struct event {
    int fd;
    size_t point;
    unsigned space;
    uint64_t address;
    pid_t process;
  } event[EVENTS_MAX];
  size_t events;
  uint64_t *gone; /* hits of each point that events counted which are closed already */
  bool forked;
};

/* A process's threads that exist now each get an event; later ones inherit it. By execve the
 * address loses its meaning, and the register is wanted for the new one (Linux 5.13). */
static int on_mapped(struct tracer *t, struct trace_thread *th, size_t point, uint64_t address) {
  struct breakpoint_state *s = t->context;
  struct perf_event_attr a = { .type = PERF_TYPE_BREAKPOINT,
                               .size = sizeof a,
                               .bp_type = HW_BREAKPOINT_X,
                               .bp_addr = address,
                               .bp_len = sizeof(long),
                               .inherit = 1,
                               .remove_on_exec = 1,
                               .exclude_kernel = 1,
                               .exclude_hv = 1 };
  for (size_t i = 0; i < s->events; i++) /* still armed there since before a dlclose */
    if (s->event[i].space == th->space->id && s->event[i].point == point && s->event[i].address == address) return 0;
  for (size_t i = 0; i < t->threads; i++) {
    if (t->thread[i]->space != th->space) continue;
    if (s->events == EVENTS_MAX) return -E2BIG;
    long fd = syscall(SYS_perf_event_open, &a, t->thread[i]->tid, -1, -1, PERF_FLAG_FD_CLOEXEC);
    if (fd < 0) return -errno;
    s->event[s->events++] = (struct event){ (int)fd, point, th->space->id, address, t->thread[i]->tgid };
  }
  return 0;
}

/* Ends an event and keeps what it counted. */
static bool retire(struct breakpoint_state *s, size_t i) {
  struct event *e = &s->event[i];
  uint64_t value;
  if (read(e->fd, &value, sizeof value) != (ssize_t)sizeof value) return false;
  s->gone[e->point] += value;
  close(e->fd);
  *e = s->event[--s->events];
  return true;
}

/* Other code may come to lie there. A forked child may still have the object, and its events end
 * with those that they were inherited from: then they stay. */
static void on_unmapped(struct tracer *t, struct trace_thread *th, size_t point, uint64_t address) {
  struct breakpoint_state *s = t->context;
  for (size_t i = 0; i < s->events && !s->forked;) {
    const struct event *e = &s->event[i];
    bool gone = e->space == th->space->id && e->point == point && e->address == address;
    if (!gone || !retire(s, i)) i++;
  }
}

/* The register stays taken until the event is closed. A vfork child leaves its parent's alone. */
static void on_execing(struct tracer *t, struct trace_thread *th) {
  struct breakpoint_state *s = t->context;
  for (size_t i = 0; i < s->events && !s->forked && th->space != NULL;) {
    bool gone = s->event[i].space == th->space->id && s->event[i].process == th->tgid;
    if (!gone || !retire(s, i)) i++;
  }
}

static void on_forked(struct tracer *t, struct trace_thread *child) {
  struct breakpoint_state *s = t->context;
  (void)child;
  s->forked = true;
}

/* While nobody runs: the kernel hands a SIGTRAP to a thread whose breakpoint it does not know any more. */
static void on_stopping(struct tracer *t) {
  struct breakpoint_state *s = t->context;
  for (size_t i = 0; i < s->events; i++) ioctl(s->event[i].fd, PERF_EVENT_IOC_DISABLE, 0);
}

static const struct tracer_callbacks callbacks = {
  .insert_breakpoints = false,
  .stopping = on_stopping,
  .mapped = on_mapped,
  .unmapped = on_unmapped,
  .forked = on_forked,
  .execing = on_execing,
};

static int breakpoint_attach(void **state, struct probe_point *points, size_t count, const struct probe_target *target,
                             char scope[RUNG_SCOPE_MAX], struct error *err) {
  struct breakpoint_state *s = calloc(1, sizeof *s);
  *state = s;
  if (s == NULL || (s->gone = calloc(count, sizeof *s->gone)) == NULL)
    return error_set_errno(err, -ENOMEM, "hw-breakpoint");
  if (count > SLOTS)
    return error_set(err, -ENOSPC, "hw-breakpoint: %zu places, and a CPU has %d debug registers", count, SLOTS);
  strcpy(scope, "the process, its threads, and all that it starts");
  /* is it permitted at all? on ourselves, at an address that does not run */
  struct perf_event_attr a = { .type = PERF_TYPE_BREAKPOINT,
                               .size = sizeof a,
                               .bp_type = HW_BREAKPOINT_X,
                               .bp_addr = (uint64_t)(uintptr_t)&callbacks,
                               .bp_len = sizeof(long),
                               .exclude_kernel = 1,
                               .exclude_hv = 1,
                               .disabled = 1 };
  long fd = syscall(SYS_perf_event_open, &a, 0, -1, -1, PERF_FLAG_FD_CLOEXEC);
  if (fd < 0) return rung_refused("hw-breakpoint", -errno, "debug registers", err);
  close((int)fd);
  return tracer_start(&s->tracer, points, count, target, &callbacks, s, err);
}

static int breakpoint_follow(void *state, const struct probe_target *target, bool (*enough)(void *), void *context,
                             bool *ended, int *status, struct error *err) {
  struct breakpoint_state *s = state;
  return tracer_follow(&s->tracer, target, enough, context, ended, status, err);
}

static int breakpoint_read(void *state, struct error *err) {
  struct breakpoint_state *s = state;
  struct tracer *t = &s->tracer;
  uint64_t value;
  for (size_t i = 0; i < t->count; i++) {
    t->points[i].hits = s->gone[i];
    t->points[i].measured = true;
  }
  for (size_t i = 0; i < s->events; i++) {
    if (read(s->event[i].fd, &value, sizeof value) != (ssize_t)sizeof value)
      return error_set_errno(err, -errno, "hw-breakpoint: cannot read a count");
    t->points[s->event[i].point].hits += value;
  }
  return 0;
}

static void breakpoint_detach(void *state) {
  struct breakpoint_state *s = state;
  if (s == NULL) return;
  tracer_stop(&s->tracer);
  for (size_t i = 0; i < s->events; i++) close(s->event[i].fd);
  free(s->gone);
  free(s);
}

const struct rung rung_breakpoint = {
  .name = "hw-breakpoint",
  .attach = breakpoint_attach,
  .follow = breakpoint_follow,
  .read = breakpoint_read,
  .detach = breakpoint_detach,
  .stops_whole = true,
};
