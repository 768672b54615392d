/* SPDX-License-Identifier: GPL-3.0-or-later */
/* tracer.c: attaches to a target, follows it and works off its stops; see tracer.h. */
#include "harness/step0/tracer.h"

#include <dirent.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "harness/core/interrupt.h"
#include "harness/core/progress.h"

enum {
  OPTIONS = PTRACE_O_TRACECLONE | PTRACE_O_TRACEFORK | PTRACE_O_TRACEVFORK | PTRACE_O_TRACEVFORKDONE |
            PTRACE_O_TRACEEXEC | PTRACE_O_TRACEEXIT
};

/* How long what the target left running is followed. */
static const double after_root_s = 2.0;

static void resume(struct tracer *t, struct trace_thread *th, int signal) {
  th->stopped = false;
  if (!th->in_vfork) trace_set_registers(t, th);
  ptrace(PTRACE_CONT, th->tid, NULL, (void *)(intptr_t)signal);
}

/* The kernel gives no other rights to what is traced by somebody without CAP_SYS_PTRACE. */
static void note_weakened(const struct tracer *t, const struct trace_thread *th) {
  char path[64];
  struct stat st;
  struct statvfs fs;
  snprintf(path, sizeof path, "/proc/%d/exe", (int)th->tgid);
  if (t->scope == NULL || geteuid() == 0 || stat(path, &st) != 0) return;
  if (statvfs(path, &fs) == 0 && (fs.f_flag & ST_NOSUID) != 0) return;
  bool other = ((st.st_mode & S_ISUID) && st.st_uid != geteuid()) ||
               ((st.st_mode & S_ISGID) && (st.st_mode & S_IXGRP) && st.st_gid != getegid()) ||
               getxattr(path, "security.capability", NULL, 0) > 0;
  if (!other) return;
  t->scope->weakened++;
  t->scope->weakened_pid = (int)th->tgid;
}

static void on_exec(struct tracer *t, struct trace_thread *th) {
  /* other threads of the process are gone; their ends are reported by themselves */
  trace_space_drop(th->space);
  th->space = trace_space_new(t, th->tgid);
  th->armed = 0; /* execve clears them */
  int rc = th->space == NULL ? -ENOMEM : 0;
  if (rc == 0) th->space->executed = true;
  note_weakened(t, th);
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
    trace_forget(t, th);
    return;
  }
  if (th->space == NULL && !trace_in_exec(th)) return; /* until its maker's event comes */
  th->pending = false;
  switch (event) {
  case PTRACE_EVENT_CLONE:
  case PTRACE_EVENT_FORK:
  case PTRACE_EVENT_VFORK:
    trace_new_child(t, th, event);
    th->in_vfork = event == PTRACE_EVENT_VFORK;
    if (th->in_vfork) trace_clear_registers(th); /* nothing of its own runs until the next stop */
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
    else if (signal == SIGTRAP && trace_count_register(t, th)) signal = 0;
    else if (signal == SIGTRAP && t->call->stopping != NULL && trace_hit_register(tid)) signal = 0;
    else trace_signal_at_register(t, th);
  }
  if (th->stopped && !th->pending) resume(t, th, signal);
}

/* Process that traces the thread, 0: none. One that a thread which we follow has made is ours already. */
static int tracer_of(pid_t tid) {
  char path[64], line[128];
  int tracer = 0;
  snprintf(path, sizeof path, "/proc/%d/status", (int)tid);
  FILE *f = fopen(path, "re");
  if (f == NULL) return 0;
  while (fgets(line, sizeof line, f) != NULL && sscanf(line, "TracerPid: %d", &tracer) != 1) continue;
  fclose(f);
  return tracer;
}

static bool has_died(pid_t tid) {
  char path[64], state = 'X';
  snprintf(path, sizeof path, "/proc/%d/stat", (int)tid);
  FILE *f = fopen(path, "re");
  if (f == NULL) return true;
  if (fscanf(f, "%*d (%*[^)]) %c", &state) != 1) state = 'X';
  fclose(f);
  return state == 'Z' || state == 'X';
}

/* The leader ended for an execve by a thread that we had not seized: the number is that one's now. */
static bool is_another(const struct trace_thread *th) {
  return th->exiting && tracer_of(th->tid) != (int)getpid() && !has_died(th->tid);
}

/* All threads of a running process; others may be born while they are seized. */
static int seize_all(struct tracer *t, pid_t pid, struct trace_space *space, struct error *err) {
  enum { TRIES = 10 };
  char path[64];
  int refused = 0;
  bool again = true;
  snprintf(path, sizeof path, "/proc/%d/task", (int)pid);
  while (again) {
    again = false;
    DIR *d = opendir(path);
    if (d == NULL) return error_set_errno(err, -errno, "process %d", (int)pid);
    for (struct dirent *e; (e = readdir(d)) != NULL;) {
      pid_t tid = (pid_t)atoi(e->d_name);
      struct trace_thread *known = trace_find(t, tid);
      if (known != NULL && is_another(known)) {
        trace_forget(t, known);
        known = NULL;
      }
      if (tid <= 0 || (known != NULL && known->space != NULL)) continue;
      int code = known == NULL ? trace_seize(t, tid, OPTIONS) : 0;
      if (code != 0) {
        int tracer = tracer_of(tid);
        bool ours = tracer == (int)getpid();
        if (code == -ESRCH || (!ours && has_died(tid))) continue;
        if (!ours && refused++ < TRIES) { /* it may be in the midst of execve */
          again = true;
          continue;
        }
        if (!ours) {
          closedir(d);
          if (tracer != 0)
            return error_raise(err, ERROR_REFUSED, code, "process %d is traced already, by process %d", (int)pid,
                               tracer);
          return rung_refused(&rung_ptrace, code, "ptrace", err);
        }
      }
      struct trace_thread *th = trace_find(t, tid);
      if (th == NULL) th = trace_add(t, tid);
      if (th == NULL) {
        closedir(d);
        return error_set_errno(err, -ENOMEM, "ptrace");
      }
      th->tgid = pid;
      th->space = space;
      space->users++;
      again = true;
    }
    closedir(d);
    const struct trace_thread *leader = trace_find(t, pid);
    again = again || (leader != NULL && is_another(leader));
  }
  /* the same by one that we had */
  for (size_t i = 0; i < t->threads; i++)
    if (t->thread[i]->exiting && !has_died(t->thread[i]->tid)) t->thread[i]->exiting = false;
  return t->threads > 0 ? 0 : error_set_errno(err, -ESRCH, "process %d", (int)pid);
}

/* Breakpoints into each memory, by one of those that are stopped in it. */
static int update_spaces(struct tracer *t) {
  unsigned done = 0; /* the last that was made has the highest number */
  int rc = 0;
  for (;;) {
    struct trace_thread *next = NULL;
    for (size_t i = 0; i < t->threads; i++) {
      struct trace_thread *th = t->thread[i];
      if (th->stopped && th->space != NULL && th->space->id > done && (next == NULL || th->space->id < next->space->id))
        next = th;
    }
    if (next == NULL) return done != 0 ? 0 : -EBUSY;
    done = next->space->id;
    rc = trace_space_update(t, next);
    if (rc != 0 && rc != -ESRCH) return rc;
  }
}

static int attach(struct tracer *t, pid_t pid, struct error *err) {
  struct trace_space *space = trace_space_new(t, pid);
  if (space == NULL) return error_set_errno(err, -ENOMEM, "ptrace");
  int rc = seize_all(t, pid, space, err); /* our own use of it is over when all threads have theirs */
  trace_space_drop(space);
  if (rc != 0) return rc;
  trace_stop_all(t);
  trace_await_new_children(t);
  for (size_t i = 0; i < t->threads; i++)
    if (trace_in_exec(t->thread[i])) {
      on_exec(t, t->thread[i]);
      t->thread[i]->pending_status = PTRACE_EVENT_STOP << 16 | SIGTRAP << 8 | 0x7f; /* as the others */
    }
  rc = update_spaces(t);
  if (rc == -EBUSY) return error_raise(err, ERROR_UNMEASURED, rc, "process %d: none of its threads stops", (int)pid);
  return rc != 0 ? error_set_errno(err, rc, "process %d: its memory map", (int)pid) : 0;
}

int tracer_start(struct tracer *t, struct probe_point *points, size_t count, const struct probe_target *target,
                 const struct tracer_callbacks *call, void *context, struct rung_scope *scope, struct error *err) {
  *t = (struct tracer){ .points = points,
                        .count = count,
                        .call = call,
                        .context = context,
                        .registers_end = SIZE_MAX,
                        .scope = scope,
                        .root = target->pid,
                        .attached = target->attached };
  if (target->attached) {
    trace_ticks(true);
    int rc = attach(t, target->pid, err);
    trace_ticks(false);
    return rc;
  }
  /* what we started ends with us: its breakpoints would kill it anyway */
  if (ptrace(PTRACE_SEIZE, target->pid, NULL, (void *)(intptr_t)(OPTIONS | PTRACE_O_EXITKILL)) != 0)
    return rung_refused(&rung_ptrace, -errno, "ptrace", err);
  struct trace_thread *th = trace_add(t, target->pid);
  if (th == NULL || (th->space = trace_space_new(t, target->pid)) == NULL)
    return error_set_errno(err, -ENOMEM, "ptrace");
  return 0;
}

/* The next that has something to work off, NULL for none. */
static struct trace_thread *next_pending(struct tracer *t) {
  for (size_t i = 0; i < t->threads; i++) { /* in turn: who stops again at once keeps nobody waiting */
    struct trace_thread *th = t->thread[t->turn++ % t->threads];
    if (th->pending && (th->space != NULL || !th->stopped || trace_in_exec(th))) return th;
  }
  return NULL;
}

/* Processes, not threads, that have not ended. */
static void count_alive(const struct tracer *t) {
  if (t->scope == NULL) return;
  for (size_t i = 0; i < t->threads; i++) {
    const struct trace_thread *th = t->thread[i];
    if (th->tid != th->tgid || trace_has_ended(th)) continue;
    t->scope->alive++;
    t->scope->alive_pid = (int)th->tid;
  }
}

int tracer_follow(struct tracer *t, const struct probe_target *target, bool (*enough)(void *), void *context,
                  bool *ended, int *status, struct error *err) {
  double started = clock_monotonic_s(), root_ended = 0;
  int rc = 0;
  trace_ticks(true);
  while (rc == 0 && t->threads > 0 && t->error.code == 0) {
    struct trace_thread *th = next_pending(t);
    if (th != NULL) handle(t, th->tid);
    else if (trace_wait_any(t, 0) == -ECHILD) break;
    /* a daemon goes on: it is followed a while more */
    if (t->root_ended && root_ended == 0) root_ended = clock_monotonic_s();
    if (t->root_ended && (t->attached || clock_monotonic_s() - root_ended > after_root_s)) break;
    if (interrupt_pending()) rc = error_raise(err, ERROR_INTERRUPTED, -EINTR, "interrupted");
    else if (target->timeout_s > 0 && clock_monotonic_s() - started > target->timeout_s) {
      if (t->root_ended) break;
      rc = error_raise(err, ERROR_UNMEASURED, -ETIMEDOUT, "the workload did not end within %.3g s", target->timeout_s);
    } else if (enough != NULL && enough(context)) break;
  }
  if (t->root_ended) count_alive(t);
  tracer_stop(t);
  trace_ticks(false);
  *ended = t->root_ended;
  *status = t->root_status;
  if (t->error.code != 0 && rc == 0) {
    *err = t->error;
    rc = err->code;
  }
  return rc;
}
