/* SPDX-License-Identifier: GPL-3.0-or-later */
/* tracer_registers.c: debug registers of traced threads (x86-64, ptrace(2)): four places, nothing written
 * into the target's code. Each thread has its own; a new one has none until its first stop. They outlive
 * a tracer, so they are cleared before a thread is let go, and before it waits for a vfork child. */
#include <signal.h>
#include <stddef.h>
#include <unistd.h>

#include "harness/step0/tracer.h"

#if defined __x86_64__

enum { CONTROL = 7, REGISTERS = 4 };

static bool put(pid_t tid, int number, uint64_t value) {
  size_t at = offsetof(struct user, u_debugreg) + (size_t)number * sizeof(uint64_t);
  return ptrace(PTRACE_POKEUSER, tid, (void *)at, (void *)(uintptr_t)value) == 0;
}

void trace_set_registers(struct tracer *t, struct trace_thread *th) {
  uint64_t control = 0;
  int used = 0;
  if (!t->call->registers || th->space == NULL || th->armed == th->space->version) return;
  if (th->armed != 0) put(th->tid, CONTROL, 0);
  for (size_t i = 0; i < t->count; i++) /* an object that is mapped twice needs two for each point */
    for (size_t k = i; k < th->space->places; k += t->count) {
      if (th->space->address[k] == 0) continue;
      if (used == REGISTERS || !put(th->tid, used, th->space->address[k])) {
        if (i < t->registers_end) t->registers_end = i;
        continue;
      }
      control |= UINT64_C(1) << (2 * used++);
    }
  if (put(th->tid, CONTROL, control)) th->armed = th->space->version; /* length and kind 0: execution */
}

void trace_clear_registers(struct trace_thread *th) {
  if (th->armed != 0) put(th->tid, CONTROL, 0);
  th->armed = 0;
}

static __attribute__((noinline)) void tried(void) { __asm__ volatile("" ::: "memory"); }

bool trace_registers_work(void) {
  enum { TURNS = 3 };
  int status = 0, hits = 0;
  pid_t pid = fork();
  if (pid == 0) {
    ptrace(PTRACE_TRACEME, 0, NULL, NULL);
    raise(SIGSTOP);
    for (int i = 0; i < TURNS; i++) tried();
    _exit(0);
  }
  if (pid < 0) return false;
  bool stopped = waitpid(pid, &status, 0) == pid && WIFSTOPPED(status);
  if (stopped && put(pid, 0, (uint64_t)(uintptr_t)tried)) put(pid, CONTROL, 1);
  while (stopped && hits <= TURNS && ptrace(PTRACE_CONT, pid, NULL, NULL) == 0 && waitpid(pid, &status, 0) == pid &&
         WIFSTOPPED(status))
    hits += trace_hit_register(pid);
  if (!WIFEXITED(status)) {
    kill(pid, SIGKILL);
    waitpid(pid, &status, 0);
  }
  return hits == TURNS;
}

bool trace_count_register(struct tracer *t, struct trace_thread *th) {
  arch_regs regs;
  int code = t->call->registers && th->space != NULL ? trace_trap_code(th->tid) : 0;
  /* where DR6 has the bit of a single step as well, the kernel calls it one of these (get_si_code in
   * arch/x86/kernel/traps.c) */
  if (code != TRAP_HWBKPT && code != TRAP_TRACE) return false;
  if (arch_get_regs(th->tid, &regs) != 0) return true;
  uint64_t address = arch_pc(&regs); /* the trap comes before the instruction */
  bool ours = code == TRAP_HWBKPT;
  for (size_t i = 0; i < th->space->places; i++) {
    if (th->space->address[i] != address) continue;
    ours = true;
    if (th->counted_at != address) trace_point(t, i)->hits++;
  }
  if (ours) th->counted_at = 0;
  return ours;
}

void trace_signal_at_register(const struct tracer *t, struct trace_thread *th) {
  static const uint64_t resume_flag = UINT64_C(1) << 16;
  arch_regs regs;
  if (!t->call->registers || th->space == NULL || arch_get_regs(th->tid, &regs) != 0) return;
  if ((regs.eflags & resume_flag) == 0) return;
  for (size_t i = 0; i < th->space->places; i++) {
    if (th->space->address[i] == 0 || th->space->address[i] != arch_pc(&regs)) continue;
    regs.eflags &= ~resume_flag;
    if (arch_set_regs(th->tid, &regs) == 0) th->counted_at = arch_pc(&regs);
    return;
  }
}

#else

void trace_set_registers(struct tracer *t, struct trace_thread *th) { (void)t, (void)th; }
void trace_clear_registers(struct trace_thread *th) { (void)th; }
bool trace_registers_work(void) { return false; }
bool trace_count_register(struct tracer *t, struct trace_thread *th) { return (void)t, (void)th, false; }
void trace_signal_at_register(const struct tracer *t, struct trace_thread *th) { (void)t, (void)th; }

#endif
