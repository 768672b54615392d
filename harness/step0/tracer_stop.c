/* SPDX-License-Identifier: GPL-3.0-or-later */
/* tracer_stop.c: lets everything that is traced go, wherever it is: no breakpoint stays in any
 * memory, and no SIGTRAP of ours on its way to any thread. */
#include <signal.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <time.h>

#include "harness/step0/tracer.h"

static bool has_ended(const struct trace_thread *th) { return th->pending && !WIFSTOPPED(th->pending_status); }

static void stop_all(struct tracer *t) {
  for (size_t i = 0; i < t->threads; i++) {
    struct trace_thread *th = &t->thread[i];
    if (!th->stopped && !th->in_vfork && !has_ended(th) && ptrace(PTRACE_INTERRUPT, th->tid, NULL, NULL) == 0)
      tracer_wait_one(t, th);
  }
}

/* What was made while we stopped its maker has our breakpoints in its memory, too. */
static void await_new_children(struct tracer *t) {
  for (size_t i = 0; i < t->threads; i++) {
    struct trace_thread *maker = &t->thread[i];
    int event = maker->pending_status >> 16;
    unsigned long message = 0;
    if (!maker->stopped || !maker->pending) continue;
    if (event != PTRACE_EVENT_CLONE && event != PTRACE_EVENT_FORK && event != PTRACE_EVENT_VFORK) continue;
    maker->pending = false;
    ptrace(PTRACE_GETEVENTMSG, maker->tid, NULL, &message);
    trace_new_child(t, maker->tid, event);
    struct trace_thread *child = trace_find(t, (pid_t)message); /* the list may have moved */
    if (child != NULL && !child->stopped && !child->pending) tracer_wait_one(t, child);
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
    struct trace_thread *th = &t->thread[i];
    while (th->stopped && th->pending && th->pending_status >> 16 == PTRACE_EVENT_STOP && trap_is_queued(th->tid)) {
      if (ptrace(PTRACE_CONT, th->tid, NULL, NULL) != 0 || tracer_wait_one(t, th) != 0) break;
    }
  }
}

/* Stopped at a breakpoint that nobody counted: back onto the instruction. */
static bool step_back(struct tracer *t, struct trace_thread *th) {
  const struct trace_space *s = th->space;
  arch_regs regs;
  if (s == NULL || arch_get_regs(th->tid, &regs) != 0) return false;
  uint64_t at = arch_pc(&regs) - ARCH_PC_AFTER_BREAK;
  bool ours = at == s->loader_address && at != 0;
  for (size_t k = 0; k < t->count && !ours; k++) ours = s->inserted[k] && s->address[k] == at;
  if (!ours) return false;
  arch_set_pc(&regs, at);
  return arch_set_regs(th->tid, &regs) == 0;
}

/* Signal to go on with. */
static int settle(struct tracer *t, struct trace_thread *th) {
  if (!th->pending) return 0;
  if (th->pending_status >> 16 == PTRACE_EVENT_EXEC) {
    trace_space_drop(th->space); /* of the program that is gone: nothing of ours is in the new one */
    th->space = NULL;
  }
  if (th->pending_status >> 16 != 0) return 0;
  int signal = WSTOPSIG(th->pending_status);
  return signal == SIGTRAP && step_back(t, th) ? 0 : signal;
}

/* The makers of processes by vfork wake when the child, let go by now, calls execve or ends. One
 * whose child does neither stays with us, untouched, until we end: no code of its own runs before. */
static void detach_vfork_makers(struct tracer *t) {
  struct timespec nap = { 0, 1000000 };
  for (size_t i = 0; i < t->threads; i++) {
    struct trace_thread *th = &t->thread[i];
    int status = 0, tries = 1000;
    if (th->stopped || !th->in_vfork || has_ended(th) || ptrace(PTRACE_INTERRUPT, th->tid, NULL, NULL) != 0) continue;
    while (waitpid(th->tid, &status, __WALL | WNOHANG) != th->tid && tries-- > 0) nanosleep(&nap, NULL);
    if (tries >= 0 && WIFSTOPPED(status)) ptrace(PTRACE_DETACH, th->tid, NULL, NULL);
  }
}

void tracer_stop(struct tracer *t) {
  stop_all(t);
  await_new_children(t);
  take_queued_traps(t);
  for (size_t i = 0; i < t->threads; i++) {
    struct trace_thread *th = &t->thread[i];
    if (th->tid == t->root && has_ended(th)) {
      t->root_ended = true; /* while we stopped it */
      t->root_status = th->pending_status;
    }
    if (th->stopped) th->pending_status = settle(t, th);
  }
  for (size_t i = 0; i < t->threads; i++)
    if (t->thread[i].stopped && t->thread[i].space != NULL) trace_space_remove(t->thread[i].space, t->count, t->thread[i].tid);
  for (size_t i = 0; i < t->threads; i++)
    if (t->thread[i].stopped) ptrace(PTRACE_DETACH, t->thread[i].tid, NULL, (void *)(intptr_t)t->thread[i].pending_status);
  detach_vfork_makers(t);
  for (size_t i = 0; i < t->threads; i++) trace_space_drop(t->thread[i].space);
  free(t->thread);
  t->thread = NULL;
  t->threads = t->room = 0;
}
