/* SPDX-License-Identifier: GPL-3.0-or-later */
/* preempt.c N [plain]: calls work() N times while a timer's signals come, whose handler lets the interrupted code go
 * on by a detour, as a scheduler that preempts threads by signals does (Go's): it changes the context it returns to.
 * With plain it only counts. Each tenth time the handler calls work() itself. The red zone is passed over. */
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/time.h>
#include <ucontext.h>

static volatile unsigned long calls, detours;
static volatile sig_atomic_t plain;

__attribute__((noinline)) unsigned long work(unsigned long x) {
  __asm__ volatile("" : "+r"(x));
  return x * 3;
}

#if defined __x86_64__
void detour(void);
__asm__(".text\n.type detour, @function\ndetour:\n  ret $128\n.size detour, .-detour\n");
static void redirect(ucontext_t *at) {
  greg_t *r = at->uc_mcontext.gregs;
  uint64_t *stack = (uint64_t *)(r[REG_RSP] - 128) - 1;
  *stack = (uint64_t)r[REG_RIP];
  r[REG_RSP] = (greg_t)stack;
  r[REG_RIP] = (greg_t)(uintptr_t)detour;
}
#else
static void redirect(ucontext_t *at) { (void)at; }
#endif

static void on_timer(int signal, siginfo_t *info, void *context) {
  (void)signal, (void)info;
  if (++detours % 10 == 0) calls++, work(detours);
  if (!plain) redirect(context);
}

int main(int argc, char **argv) {
  unsigned long n = argc > 1 ? strtoul(argv[1], NULL, 10) : 100000, sum = 0;
  plain = argc > 2 && strcmp(argv[2], "plain") == 0;
  struct sigaction act = { .sa_sigaction = on_timer, .sa_flags = SA_SIGINFO | SA_RESTART };
  struct itimerval often = { { 0, 200 }, { 0, 200 } }, never = { { 0, 0 }, { 0, 0 } };
  sigaction(SIGALRM, &act, NULL);
  setitimer(ITIMER_REAL, &often, NULL);
  for (unsigned long i = 0; i < n; i++) sum += work(i);
  setitimer(ITIMER_REAL, &never, NULL);
  fprintf(stderr, "calls=%lu signals=%lu\n", n + calls, detours);
  return sum == 1;
}
