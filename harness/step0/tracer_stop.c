/* SPDX-License-Identifier: GPL-3.0-or-later */
/* tracer_stop.c: lets everything that is traced go, wherever it is: no breakpoint stays in any
 * memory, no SIGTRAP of ours on its way to any thread, and no end unreaped that others wait for. */
#include <dirent.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>

#include "harness/core/progress.h"
#include "harness/step0/tracer.h"

/* For makers of vfork children to wake, and for ends. One whose child neither calls execve nor ends
 * stays with us, untouched, until we end: no code of its own runs before. */
static const double release_patience_s = 1;

/* Where a maker was killed before its event came: the space is that of whose breakpoints are there. */
static void adopt(struct tracer *t) {
  for (size_t i = 0; i < t->threads; i++) {
    struct trace_thread *th = t->thread[i];
    for (size_t k = 0; k < t->threads && th->stopped && th->space == NULL; k++) {
      const struct trace_space *s = t->thread[k]->space;
      for (size_t p = 0; s != NULL && p < s->places && th->space == NULL; p++) {
        uint64_t code = 0;
        if (s->inserted[p] && tracer_peek(th->tid, s->address[p], &code, ARCH_BREAK_BYTES) && code == ARCH_BREAK_CODE)
          th->space = trace_space_copy(s, t, th->tid);
      }
    }
  }
}

/* Has the thread run into a breakpoint whose SIGTRAP is still queued? */
static bool trap_is_queued(pid_t tid) {
  siginfo_t queued[8];
  struct __ptrace_peeksiginfo_args from = { .off = 0, .flags = 0, .nr = 8 };
  for (long n; (n = ptrace(PTRACE_PEEKSIGINFO, tid, &from, queued)) > 0; from.off += (uint64_t)n)
    for (long i = 0; i < n; i++)
      if (queued[i].si_signo == SIGTRAP && queued[i].si_code > 0) return true;
  return false;
}

/* A thread takes the stop that we asked for before a SIGTRAP that it has got already (get_signal in
 * kernel/signal.c): of that one, too, it must have reported before we can take it back. */
static void take_queued_traps(struct tracer *t) {
  for (size_t i = 0; i < t->threads; i++) {
    struct trace_thread *th = t->thread[i];
    if (!th->stopped || !th->pending || th->pending_status >> 16 != PTRACE_EVENT_STOP || !trap_is_queued(th->tid))
      continue;
    th->stopped = th->pending = false;
    if (ptrace(PTRACE_CONT, th->tid, NULL, NULL) == 0) trace_wait_one(t, th->tid);
    i = (size_t)-1; /* the list may have changed */
  }
}

/* Stopped at a breakpoint that nobody counted: back onto the instruction. */
static bool step_back(struct tracer *t, struct trace_thread *th) {
  const struct trace_space *s = th->space;
  arch_regs regs;
  if (s == NULL || arch_get_regs(th->tid, &regs) != 0) return false;
  uint64_t at = arch_pc(&regs) - ARCH_PC_AFTER_BREAK;
  bool ours = at == s->loader_address && at != 0;
  for (size_t k = 0; k < s->places && !ours; k++) ours = s->inserted[k] && s->address[k] == at;
  if (!ours) return false;
  arch_set_pc(&regs, at);
  return arch_set_regs(th->tid, &regs) == 0;
}

/* Signal to go on with. */
static int settle(struct tracer *t, struct trace_thread *th) {
  int status = th->pending_status;
  if (!th->pending) return 0;
  if (trace_in_exec(th)) {
    trace_space_drop(th->space); /* of the program that is gone: nothing of ours is in the new one */
    th->space = NULL;
  }
  if (status >> 16 != 0) return 0;
  int signal = WSTOPSIG(status);
  if (signal == SIGTRAP &&
      (step_back(t, th) || ((t->call->stopping != NULL || t->call->registers) && trace_hit_register(th->tid))))
    return 0;
  return signal;
}

/* Lets all that are stopped go. */
static void release(struct tracer *t) {
  trace_await_new_children(t);
  adopt(t);
  take_queued_traps(t);
  for (size_t i = 0; i < t->threads; i++)
    if (t->thread[i]->stopped) t->thread[i]->pending_status = settle(t, t->thread[i]);
  for (size_t i = 0; i < t->threads; i++)
    if (t->thread[i]->stopped && t->thread[i]->space != NULL)
      trace_space_remove(t->thread[i]->space, t->thread[i]->tid);
  for (size_t i = 0; i < t->threads; i++)
    if (t->thread[i]->stopped) trace_clear_registers(t->thread[i]);
  for (size_t i = 0; i < t->threads; i++)
    if (t->thread[i]->in_vfork && t->thread[i]->space != NULL)
      trace_space_remove_unstopped(t->thread[i]->space, t->thread[i]->tid);
  for (size_t i = 0; i < t->threads;) {
    struct trace_thread *th = t->thread[i];
    if (!th->stopped) {
      i++;
      continue;
    }
    ptrace(PTRACE_DETACH, th->tid, NULL, (void *)(intptr_t)th->pending_status);
    trace_forget(t, th);
  }
}

/* A leader's end is reported after those of its threads; these may have been let go. */
static bool has_threads(pid_t tgid) {
  char path[64];
  int n = 0;
  snprintf(path, sizeof path, "/proc/%d/task", (int)tgid);
  DIR *d = opendir(path);
  if (d == NULL) return false;
  for (struct dirent *e; (e = readdir(d)) != NULL;) n += e->d_name[0] != '.';
  closedir(d);
  return n > 1;
}

/* Some maker may wake, or some end is to be reaped: until then its parent does not hear of it. */
static bool more_to_come(const struct tracer *t) {
  for (size_t i = 0; i < t->threads; i++) {
    const struct trace_thread *th = t->thread[i];
    if (trace_has_ended(th)) continue;
    if (th->in_vfork || (th->exiting && (th->tid != th->tgid || !has_threads(th->tgid)))) return true;
  }
  return false;
}

void tracer_stop(struct tracer *t) {
  if (t->threads == 0) return;
  trace_ticks(true);
  trace_stop_all(t);
  if (t->call->stopping != NULL) t->call->stopping(t);
  release(t);
  for (double deadline = clock_monotonic_s() + release_patience_s; more_to_come(t) && trace_wait_any(t, deadline) == 0;)
    release(t);
  trace_ticks(false);
  const struct trace_thread *root = trace_find(t, t->root);
  if (root != NULL && trace_has_ended(root)) { /* while we stopped it */
    t->root_ended = true;
    t->root_status = root->pending_status;
  }
  while (t->threads > 0) trace_forget(t, t->thread[0]);
  free(t->thread);
  t->thread = NULL;
  t->room = 0;
}
