/* SPDX-License-Identifier: GPL-3.0-or-later */
/* tracer_wait.c: the threads of a traced target, and waiting for what they report.
 *
 * Nobody is ever waited for alone: a thread in execve or a leader that has ended reports only after
 * its siblings were let go and reaped, so what these report is taken meanwhile. */
#include <linux/kcmp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <unistd.h>

#include "harness/core/progress.h"
#include "harness/step0/tracer.h"

/* More than a thread may take to stop; in uninterruptible sleep it can take for ever. */
static const double stop_patience_s = 5;

struct trace_thread *trace_find(struct tracer *t, pid_t tid) {
  for (size_t i = 0; i < t->threads; i++)
    if (t->thread[i]->tid == tid) return t->thread[i];
  return NULL;
}

struct trace_thread *trace_add(struct tracer *t, pid_t tid) {
  if (t->threads == t->room) {
    size_t room = t->room != 0 ? 2 * t->room : 64;
    struct trace_thread **grown = reallocarray(t->thread, room, sizeof *grown);
    if (grown == NULL) return NULL;
    t->thread = grown;
    t->room = room;
  }
  struct trace_thread *th = calloc(1, sizeof *th);
  if (th == NULL) return NULL;
  th->tid = th->tgid = tid;
  return t->thread[t->threads++] = th;
}

void trace_forget(struct tracer *t, struct trace_thread *th) {
  size_t i = 0;
  while (t->thread[i] != th) i++;
  t->thread[i] = t->thread[--t->threads];
  trace_space_drop(th->space);
  free(th);
}

/* A thread that is no leader takes the leader's number by execve; all the others are gone. */
static void took_over(struct tracer *t, struct trace_thread *th) {
  unsigned long former = 0;
  ptrace(PTRACE_GETEVENTMSG, th->tid, NULL, &former);
  struct trace_thread *old = (pid_t)former != th->tid ? trace_find(t, (pid_t)former) : NULL;
  if (old != NULL) trace_forget(t, old);
  th->vforked = false;
  th->counted_at = 0;
}

static bool tells_of_child(int status) {
  int event = WIFSTOPPED(status) ? status >> 16 : 0;
  return event == PTRACE_EVENT_CLONE || event == PTRACE_EVENT_FORK || event == PTRACE_EVENT_VFORK;
}

/* For the main loop to work off. The last stop of a thread is worked off here, as others may wait for
 * its end. gone_on: somebody has done that already. */
static void note(struct tracer *t, pid_t tid, int status, bool gone_on) {
  struct trace_thread *th = trace_find(t, tid);
  if (th == NULL) th = trace_add(t, tid); /* a new one whose maker's event is still to come */
  if (th == NULL) {
    error_set_errno(&t->error, -ENOMEM, "ptrace-int3");
    return;
  }
  /* killed before anybody heard of the child */
  if (th->pending && th->space != NULL && tells_of_child(th->pending_status))
    trace_new_child(t, th, th->pending_status >> 16);
  th->stopped = WIFSTOPPED(status);
  th->pending = true;
  th->pending_status = status;
  if (!th->stopped) return;
  th->in_vfork = th->exiting = false; /* who had the number before may have ended, by another's execve */
  if (tells_of_child(status)) {
    unsigned long child = 0;
    ptrace(PTRACE_GETEVENTMSG, tid, NULL, &child);
    th->child = (pid_t)child;
    th->child_known = false;
  }
  if (status >> 16 == PTRACE_EVENT_EXEC) took_over(t, th);
  if (status >> 16 != PTRACE_EVENT_EXIT) return;
  if (t->call->exiting != NULL) t->call->exiting(t, th);
  th->exiting = true;
  th->stopped = th->pending = false;
  if (!gone_on) ptrace(PTRACE_CONT, tid, NULL, NULL);
}

int trace_wait_any(struct tracer *t, double deadline_s) {
  int status;
  pid_t tid;
  while ((tid = waitpid(-1, &status, __WALL)) <= 0) {
    if (errno != EINTR) return -errno;
    if (clock_monotonic_s() >= deadline_s) return -ETIMEDOUT;
  }
  note(t, tid, status, false);
  return 0;
}

int trace_wait_one(struct tracer *t, pid_t tid) {
  double deadline = clock_monotonic_s() + stop_patience_s;
  for (;;) {
    const struct trace_thread *th = trace_find(t, tid);
    if (th == NULL || th->exiting) return -ECHILD;
    if (th->pending) return th->stopped ? 0 : -ECHILD;
    int rc = trace_wait_any(t, deadline);
    if (rc != 0) return rc;
  }
}

/* PTRACE_SEIZE waits for an execve that is under way in the process, which waits for those threads to end
 * that we have seized already: their ends are taken by the tick's handler (the call goes on after it),
 * and noted later. */
static volatile sig_atomic_t seizing, taken;
static struct {
  pid_t tid;
  int status;
} take[8192]; /* what does not fit is reaped all the same */

static void on_tick(int signal) {
  int saved = errno, status;
  (void)signal;
  while (seizing) {
    pid_t tid = waitpid(-1, &status, __WALL | WNOHANG);
    if (tid <= 0) break;
    if ((size_t)taken < sizeof take / sizeof take[0]) {
      take[taken].tid = tid;
      take[taken].status = status;
      taken++;
    }
    if (WIFSTOPPED(status) && status >> 16 == PTRACE_EVENT_EXIT) ptrace(PTRACE_CONT, tid, NULL, NULL);
  }
  errno = saved;
}

int trace_seize(struct tracer *t, pid_t tid, int options) {
  taken = 0;
  seizing = 1;
  int rc = ptrace(PTRACE_SEIZE, tid, NULL, (void *)(intptr_t)options) == 0 ? 0 : -errno;
  seizing = 0;
  for (int i = 0; i < taken; i++) note(t, take[i].tid, take[i].status, true);
  return rc;
}

void trace_ticks(bool on) {
  static int depth;
  static struct sigaction old;
  struct sigaction tick = { .sa_handler = on_tick };
  struct itimerval every = { { 0, 20000 }, { 0, 20000 } }, off = { { 0, 0 }, { 0, 0 } };
  if (on && depth++ == 0) {
    sigaction(SIGALRM, &tick, &old);
    setitimer(ITIMER_REAL, &every, NULL);
  } else if (!on && --depth == 0) {
    setitimer(ITIMER_REAL, &off, NULL);
    sigaction(SIGALRM, &old, NULL);
  }
}

static bool can_be_stopped(const struct trace_thread *th) {
  return !th->stopped && !th->pending && !th->exiting && !th->in_vfork;
}

/* Of one space, NULL: of all. Forgets who has no number any more: by execve it has the leader's, and that
 * was reported before we seized it. */
static void interrupt(struct tracer *t, const struct trace_space *space, const struct trace_thread *but) {
  for (size_t i = t->threads; i-- > 0;) { /* the last takes the place of one that is forgotten */
    struct trace_thread *th = t->thread[i];
    if (th == but || (space != NULL && th->space != space) || !can_be_stopped(th)) continue;
    if (ptrace(PTRACE_INTERRUPT, th->tid, NULL, NULL) == 0) continue;
    if (kill(th->tid, 0) == 0) th->exiting = true;
    else trace_forget(t, th);
  }
}

void trace_stop_others(struct tracer *t, struct trace_thread *th) {
  double deadline = clock_monotonic_s() + stop_patience_s;
  interrupt(t, th->space, th);
  for (size_t i = 0; i < t->threads;) {
    const struct trace_thread *other = t->thread[i];
    if (other == th || other->space != th->space || !can_be_stopped(other)) {
      i++;
      continue;
    }
    int rc = trace_wait_any(t, deadline);
    if (rc == -ETIMEDOUT)
      error_raise(&t->error, ERROR_UNMEASURED, rc,
                  "ptrace-int3: thread %d did not stop within %g s: it could pass a breakpoint uncounted",
                  (int)other->tid, stop_patience_s);
    if (rc != 0) return;
    i = 0; /* the list may have changed */
  }
}

static bool child_is_stopped(struct tracer *t, const struct trace_thread *maker) {
  const struct trace_thread *child = trace_find(t, maker->child);
  return child != NULL && child->vforked && child->stopped;
}

void trace_stop_all(struct tracer *t) {
  double deadline = clock_monotonic_s() + stop_patience_s;
  interrupt(t, NULL, NULL);
  for (;;) {
    bool all = true;
    for (size_t i = 0; i < t->threads && all; i++) {
      const struct trace_thread *th = t->thread[i];
      /* a maker that waits no more reports that before it runs on */
      all = !can_be_stopped(th) && !(th->in_vfork && !child_is_stopped(t, th));
    }
    if (all || trace_wait_any(t, deadline) != 0) return;
  }
}

/* kcmp(2) may be missing from the kernel. */
static bool same_memory(pid_t a, pid_t b, bool otherwise) {
  long rc = syscall(SYS_kcmp, a, b, KCMP_VM, 0, 0);
  return rc < 0 ? otherwise : rc == 0;
}

void trace_new_child(struct tracer *t, struct trace_thread *maker, int event) {
  if (maker->child_known) return;
  maker->child_known = true;
  pid_t tid = maker->child;
  struct trace_thread *th = trace_find(t, tid);
  if (th == NULL) th = trace_add(t, tid);
  if (th == NULL) {
    error_set_errno(&t->error, -ENOMEM, "ptrace-int3");
    return;
  }
  if (th->space != NULL || trace_has_ended(th)) return;
  th->vforked = event == PTRACE_EVENT_VFORK && !trace_in_exec(th);
  char path[64];
  snprintf(path, sizeof path, "/proc/%d/task/%d", (int)maker->tgid, (int)tid);
  if (event == PTRACE_EVENT_CLONE && access(path, F_OK) == 0) th->tgid = maker->tgid;
  if (same_memory(maker->tid, tid, event == PTRACE_EVENT_VFORK || th->tgid == maker->tgid)) {
    th->space = maker->space;
    th->space->users++;
    return;
  }
  th->space = trace_space_copy(maker->space, t, tid);
  if (th->space == NULL) error_set_errno(&t->error, -ENOMEM, "ptrace-int3");
  else if (t->call->forked != NULL) t->call->forked(t, th);
}

void trace_await_new_children(struct tracer *t) {
  for (size_t i = 0; i < t->threads; i++) {
    struct trace_thread *maker = t->thread[i];
    if (!maker->stopped || !maker->pending || maker->space == NULL || !tells_of_child(maker->pending_status)) continue;
    if (maker->child_known) continue;
    trace_new_child(t, maker, maker->pending_status >> 16);
    trace_wait_one(t, maker->child);
    i = (size_t)-1; /* the list may have changed, and the child may be a maker */
  }
}
