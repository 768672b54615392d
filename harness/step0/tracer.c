/* SPDX-License-Identifier: GPL-3.0-or-later */
/* tracer.c: the threads of a traced target and their stops; see tracer.h. */
#include "harness/step0/tracer.h"

#include <dirent.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

#include "harness/core/command.h"
#include "harness/core/progress.h"

enum { OPTIONS = PTRACE_O_TRACECLONE | PTRACE_O_TRACEFORK | PTRACE_O_TRACEVFORK | PTRACE_O_TRACEVFORKDONE |
       PTRACE_O_TRACEEXEC | PTRACE_O_TRACEEXIT };

struct trace_thread *trace_find(struct tracer *t, pid_t tid) {
  for (size_t i = 0; i < t->threads; i++)
    if (t->thread[i].tid == tid) return &t->thread[i];
  return NULL;
}

/* Threads are few and move in memory when one is added: callers look them up anew. */
static struct trace_thread *add(struct tracer *t, pid_t tid) {
  if (t->threads == t->room) {
    size_t room = t->room != 0 ? 2 * t->room : 64;
    struct trace_thread *grown = reallocarray(t->thread, room, sizeof *grown);
    if (grown == NULL) return NULL;
    t->thread = grown;
    t->room = room;
  }
  t->thread[t->threads] = (struct trace_thread){ .tid = tid, .tgid = tid };
  return &t->thread[t->threads++];
}

static void forget(struct tracer *t, struct trace_thread *th) {
  trace_space_drop(th->space);
  *th = t->thread[--t->threads];
}

static void resume(struct trace_thread *th, int signal) {
  th->stopped = false;
  ptrace(PTRACE_CONT, th->tid, NULL, (void *)(intptr_t)signal);
}

/* Remembers what waitpid said; the main loop works it off. */
static void note_status(struct tracer *t, pid_t tid, int status) {
  struct trace_thread *th = trace_find(t, tid);
  if (th == NULL) th = add(t, tid); /* a new one whose maker's event is still to come */
  if (th == NULL) return;
  th->stopped = WIFSTOPPED(status);
  th->pending = true;
  th->pending_status = status;
}

int tracer_wait_one(struct tracer *t, struct trace_thread *th) {
  int status;
  pid_t tid = th->tid;
  while (waitpid(tid, &status, __WALL) != tid)
    if (errno != EINTR) return -errno;
  note_status(t, tid, status);
  return WIFSTOPPED(status) ? 0 : -ECHILD;
}

void tracer_stop_others(struct tracer *t, struct trace_thread *th) {
  for (size_t i = 0; i < t->threads; i++) {
    struct trace_thread *other = &t->thread[i];
    if (other->tid == th->tid || other->space != th->space || other->stopped || other->pending) continue;
    if (other->in_vfork) continue; /* it sleeps in the kernel, where nothing but the child's execve wakes it */
    if (ptrace(PTRACE_INTERRUPT, other->tid, NULL, NULL) == 0) tracer_wait_one(t, other);
  }
}

void trace_new_child(struct tracer *t, pid_t maker, int event) {
  unsigned long message = 0;
  ptrace(PTRACE_GETEVENTMSG, maker, NULL, &message);
  pid_t tid = (pid_t)message;
  struct trace_thread *th = trace_find(t, tid);
  if (th == NULL) th = add(t, tid);
  if (th == NULL) {
    error_set_errno(&t->error, -ENOMEM, "ptrace-int3");
    return;
  }
  struct trace_thread *parent = trace_find(t, maker);
  if (event == PTRACE_EVENT_CLONE) {
    th->space = parent->space;
    th->tgid = parent->tgid;
    /* clone() without CLONE_VM makes a process of its own */
    char path[64], own[64];
    snprintf(path, sizeof path, "/proc/%d/task/%d", (int)parent->tgid, (int)tid);
    snprintf(own, sizeof own, "/proc/%d", (int)tid);
    if (access(path, F_OK) != 0 && access(own, F_OK) == 0) {
      th->tgid = tid;
      th->space = NULL;
    }
  } else if (event == PTRACE_EVENT_VFORK) {
    th->space = parent->space;
  }
  if (th->space != NULL) {
    th->space->users++;
  } else {
    th->space = trace_space_copy(parent->space, t->count);
    if (th->space == NULL) error_set_errno(&t->error, -ENOMEM, "ptrace-int3");
    else if (t->call->forked != NULL) t->call->forked(t, th);
  }
}

static void on_exec(struct tracer *t, struct trace_thread *th) {
  /* other threads of the process are gone; their ends are reported by themselves */
  if (t->call->execing != NULL) t->call->execing(t, th);
  trace_space_drop(th->space);
  th->space = trace_space_new(t->count);
  int rc = th->space == NULL ? -ENOMEM : 0;
  if (rc == 0) rc = trace_space_update(t, th);
  if (rc != 0 && rc != -ESRCH) error_set_errno(&t->error, rc, "ptrace: after execve");
}

/* Works off one stop or end. */
static void handle(struct tracer *t, pid_t tid) {
  struct trace_thread *th = trace_find(t, tid);
  int status = th->pending_status, event = status >> 16, signal = WSTOPSIG(status);
  if (!WIFSTOPPED(status)) {
    if (tid == t->root) {
      t->root_ended = true;
      t->root_status = status;
    }
    forget(t, th);
    return;
  }
  if (th->space == NULL && tid != t->root) return; /* until its maker's event comes */
  th->pending = false;
  switch (event) {
    case PTRACE_EVENT_CLONE:
    case PTRACE_EVENT_FORK:
    case PTRACE_EVENT_VFORK:
      trace_new_child(t, tid, event);
      th = trace_find(t, tid);
      th->in_vfork = event == PTRACE_EVENT_VFORK;
      signal = 0;
      break;
    case PTRACE_EVENT_VFORK_DONE:
      th->in_vfork = false;
      signal = 0;
      break;
    case PTRACE_EVENT_EXEC:
      on_exec(t, th);
      signal = 0;
      break;
    case PTRACE_EVENT_EXIT:
      if (t->call->exiting != NULL) t->call->exiting(t, th);
      signal = 0;
      break;
    case PTRACE_EVENT_STOP:
      if (signal == SIGSTOP || signal == SIGTSTP || signal == SIGTTIN || signal == SIGTTOU) {
        th->stopped = false;
        ptrace(PTRACE_LISTEN, tid, NULL, NULL); /* group stop: stays stopped, as without us */
        return;
      }
      signal = 0;
      break;
    default:
      if (signal == SIGTRAP && t->call->insert_breakpoints && trace_hit(t, th)) signal = 0;
      else if (signal == SIGTRAP && th->space != NULL && th->space->loader_address != 0 && trace_hit(t, th)) signal = 0;
  }
  th = trace_find(t, tid); /* may have moved, or ended */
  if (th != NULL && th->stopped && !th->pending) resume(th, signal);
}

int tracer_start(struct tracer *t, struct probe_point *points, size_t count, const struct probe_target *target,
                 const struct tracer_callbacks *call, void *context, struct error *err) {
  *t = (struct tracer){ .points = points, .count = count, .call = call, .context = context, .root = target->pid,
                        .attached = target->attached };
  if (!target->attached) {
    /* what we started ends with us: its breakpoints would kill it anyway */
    if (ptrace(PTRACE_SEIZE, target->pid, NULL, (void *)(intptr_t)(OPTIONS | PTRACE_O_EXITKILL)) != 0)
      return rung_refused("ptrace", -errno, "ptrace", err);
    struct trace_thread *th = add(t, target->pid);
    if (th == NULL || (th->space = trace_space_new(count)) == NULL) return error_set_errno(err, -ENOMEM, "ptrace");
    return 0;
  }
  char path[64];
  snprintf(path, sizeof path, "/proc/%d/task", (int)target->pid);
  struct trace_space *space = trace_space_new(count);
  bool again = true;
  if (space == NULL) return error_set_errno(err, -ENOMEM, "ptrace");
  space->users = 0;
  while (again) { /* threads may be born while we seize the others */
    again = false;
    DIR *d = opendir(path);
    if (d == NULL) return error_set_errno(err, -errno, "process %d", (int)target->pid);
    for (struct dirent *e; (e = readdir(d)) != NULL;) {
      pid_t tid = (pid_t)atoi(e->d_name);
      if (tid <= 0 || trace_find(t, tid) != NULL) continue;
      if (ptrace(PTRACE_SEIZE, tid, NULL, (void *)(intptr_t)OPTIONS) != 0) {
        if (errno == ESRCH) continue;
        int code = -errno;
        closedir(d);
        return rung_refused("ptrace", code, "ptrace", err);
      }
      struct trace_thread *th = add(t, tid);
      if (th == NULL) { closedir(d); return error_set_errno(err, -ENOMEM, "ptrace"); }
      th->tgid = target->pid;
      th->space = space;
      space->users++;
      again = true;
    }
    closedir(d);
  }
  struct trace_thread *root = trace_find(t, target->pid);
  if (root == NULL) return error_set_errno(err, -ESRCH, "process %d", (int)target->pid);
  for (size_t i = 0; i < t->threads; i++)
    if (ptrace(PTRACE_INTERRUPT, t->thread[i].tid, NULL, NULL) == 0) tracer_wait_one(t, &t->thread[i]);
  int rc = trace_space_update(t, root);
  return rc != 0 ? error_set_errno(err, rc, "process %d: its memory map", (int)target->pid) : 0;
}

/* Wakes waitpid now and then: time-outs and Ctrl-C are looked at in between. */
static void on_tick(int signal) { (void)signal; }

int tracer_follow(struct tracer *t, const struct probe_target *target, bool (*enough)(void *), void *context, bool *ended,
                  int *status, struct error *err) {
  struct sigaction tick = { .sa_handler = on_tick }, old;
  struct itimerval every = { { 0, 20000 }, { 0, 20000 } }, off = { { 0, 0 }, { 0, 0 } };
  double started = clock_monotonic_s();
  int rc = 0;
  sigaction(SIGALRM, &tick, &old);
  setitimer(ITIMER_REAL, &every, NULL);
  while (rc == 0 && t->threads > 0 && !t->root_ended && t->error.code == 0) {
    bool worked = false;
    for (size_t i = 0; i < t->threads; i++) {
      struct trace_thread *th = &t->thread[i];
      if (th->pending && (th->space != NULL || !WIFSTOPPED(th->pending_status))) {
        handle(t, th->tid);
        worked = true;
        break;
      }
    }
    if (!worked) {
      int s;
      pid_t tid = waitpid(-1, &s, __WALL);
      if (tid > 0) note_status(t, tid, s);
      else if (errno != EINTR) break;
    }
    if (command_interrupted()) rc = error_set(err, -EINTR, "interrupted");
    else if (target->timeout_s > 0 && clock_monotonic_s() - started > target->timeout_s)
      rc = error_set(err, -ETIMEDOUT, "the workload did not end within %.3g s", target->timeout_s);
    else if (enough != NULL && enough(context)) break;
  }
  setitimer(ITIMER_REAL, &off, NULL);
  sigaction(SIGALRM, &old, NULL);
  tracer_stop(t);
  *ended = t->root_ended;
  *status = t->root_status;
  if (t->error.code != 0 && rc == 0) {
    *err = t->error;
    rc = err->code;
  }
  return rc;
}
