/* SPDX-License-Identifier: GPL-3.0-or-later */
/* doctor_kernel.c: counters, sampling and ptrace, each by doing it once. */
#include <errno.h>
#include <linux/perf_event.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "harness/counters/counter_set.h"
#include "harness/doctor/doctor.h"

/* Enough work that a counter which counts anything counts it. */
static void work(void) {
  for (volatile unsigned i = 0; i < 100000; i++) continue;
}

void doctor_check_pmu(struct doctor_check *c) {
  struct counter_set set;
  struct counter_value v[2];
  struct error err = { 0 };
  if (counter_set_open(&set, "cycles,instructions", 0, NULL, NULL, &err) != 0) {
    doctor_find(c, DOCTOR_UNAVAILABLE, "%s", err.text);
    return;
  }
  counter_set_start(&set);
  work();
  counter_set_stop(&set);
  for (int i = 0; i < 2; i++) counter_set_value(&set, i, &v[i]);
  counter_set_close(&set);
  for (int i = 0; i < 2; i++) {
    if (v[i].status == COUNTER_OK) continue;
    doctor_find(c, v[i].status == COUNTER_UNAVAILABLE ? DOCTOR_UNAVAILABLE : DOCTOR_DEGRADED, "%s: %s", v[i].name,
                v[i].reason);
    doctor_advise(c, "%s", v[i].advice);
    return;
  }
  doctor_find(c, DOCTOR_OK, "cycles and instructions count (%.2f instructions per cycle in a loop)",
              v[1].value / v[0].value);
}

void doctor_check_rdpmc(struct doctor_check *c) {
  struct perf_group g;
  struct perf_group_sample s;
  char text[96];
  const struct perf_event_id cycles = { PERF_TYPE_HARDWARE, PERF_COUNT_HW_CPU_CYCLES, 0, 0 };
  if (perf_group_open(&g, &cycles, 1, 0, 0) == 0) {
    doctor_find(c, DOCTOR_UNAVAILABLE, "no hardware event opens: %s", doctor_errno_text(g.error[0], text, sizeof text));
    doctor_advise(c, "see the check `pmu`");
    return;
  }
  perf_group_enable(&g);
  int rc = g.rdpmc ? perf_group_read_fast(&g, &s) : -EOPNOTSUPP;
  perf_group_close(&g);
  if (rc == 0) {
    doctor_find(c, DOCTOR_OK, "counters are read in user space");
    return;
  }
  doctor_find(c, DOCTOR_DEGRADED,
              "the kernel does not let user space read the counters; they are read by system calls");
#if defined __aarch64__
  doctor_advise(c, "sysctl kernel.perf_user_access=1");
#else
  doctor_advise(c, "as root: echo 1 > /sys/bus/event_source/devices/cpu/rdpmc");
#endif
}

static int try_sampling(uint64_t config, bool kernel) {
  struct perf_event_attr a;
  memset(&a, 0, sizeof a);
  a.size = sizeof a;
  a.type = PERF_TYPE_SOFTWARE;
  a.config = config;
  a.sample_period = 1000000;
  a.sample_type = PERF_SAMPLE_IP | PERF_SAMPLE_STACK_USER | PERF_SAMPLE_REGS_USER;
  a.sample_regs_user = 1; /* any one register */
  a.sample_stack_user = 1024;
  a.disabled = 1;
  a.exclude_kernel = !kernel;
  a.exclude_hv = 1;
  long fd = syscall(SYS_perf_event_open, &a, 0, -1, -1, PERF_FLAG_FD_CLOEXEC);
  if (fd < 0) return errno;
  close((int)fd);
  return 0;
}

void doctor_check_sampling(struct doctor_check *c) {
  char text[96];
  int error = try_sampling(PERF_COUNT_SW_CPU_CLOCK, false);
  if (error != 0) {
    doctor_find(c, DOCTOR_UNAVAILABLE, "cpu-clock samples with user stacks: %s",
                doctor_errno_text(error, text, sizeof text));
    doctor_advise(c, "run as root, give the program CAP_PERFMON, or: sysctl kernel.perf_event_paranoid=2");
    return;
  }
  doctor_find(c, DOCTOR_OK, "cpu-clock samples with registers and user stacks%s",
              try_sampling(PERF_COUNT_SW_CPU_CLOCK, true) == 0 ? "; kernel mode too" : "; user mode only");
}

void doctor_check_paranoid(struct doctor_check *c) {
  int level = counter_paranoid_level();
  bool root = geteuid() == 0;
  if (level == -100) {
    doctor_find(c, DOCTOR_UNAVAILABLE, "there is no kernel.perf_event_paranoid: a kernel without perf events");
    return;
  }
  doctor_find(c, root || level <= 2 ? DOCTOR_OK : DOCTOR_DEGRADED, "%d%s", level,
              root         ? ", which does not bind root"
              : level > 2  ? ": no perf events at all for ordinary users"
              : level == 2 ? ": user mode of one's own processes"
                           : "");
  if (!root && level > 2) doctor_advise(c, "sysctl kernel.perf_event_paranoid=2, or give the program CAP_PERFMON");
}

void doctor_check_kptr(struct doctor_check *c) {
  char line[32];
  if (doctor_read_line("/proc/sys/kernel/kptr_restrict", line, sizeof line) < 0) {
    doctor_find(c, DOCTOR_UNAVAILABLE, "kernel.kptr_restrict cannot be read");
    return;
  }
  bool hidden = line[0] == '2' || (line[0] == '1' && geteuid() != 0);
  doctor_find(c, DOCTOR_OK, "%s%s", line, hidden ? ": kernel addresses are hidden, which no command here needs" : "");
}

static void traced_child(void) {
  if (ptrace(PTRACE_TRACEME, 0, NULL, NULL) != 0) _exit(errno);
  raise(SIGSTOP);
  _exit(0);
}

void doctor_check_ptrace(struct doctor_check *c) {
  char scope[16], text[96];
  int status, error = 0;
  if (doctor_read_line("/proc/sys/kernel/yama/ptrace_scope", scope, sizeof scope) < 0)
    snprintf(scope, sizeof scope, "none");
  pid_t pid = fork();
  if (pid == 0) traced_child();
  if (pid < 0 || waitpid(pid, &status, 0) != pid) error = errno;
  else if (WIFEXITED(status)) error = WEXITSTATUS(status);
  else {
    /* read and write its memory, as the breakpoint rung does */
    errno = 0;
    long word = ptrace(PTRACE_PEEKTEXT, pid, (void *)doctor_check_ptrace, NULL);
    if (errno != 0 || ptrace(PTRACE_POKETEXT, pid, (void *)doctor_check_ptrace, (void *)word) != 0) error = errno;
    kill(pid, SIGKILL);
    waitpid(pid, &status, 0);
  }
  if (error != 0) {
    doctor_find(c, DOCTOR_UNAVAILABLE, "a child cannot be traced: %s; yama ptrace_scope: %s",
                doctor_errno_text(error, text, sizeof text), scope);
    doctor_advise(c,
                  "in a container: allow ptrace in its seccomp profile; with yama: sysctl kernel.yama.ptrace_scope=1");
    return;
  }
  bool attach = geteuid() == 0 || scope[0] == '0' || strcmp(scope, "none") == 0;
  doctor_find(c, scope[0] == '3' ? DOCTOR_UNAVAILABLE : DOCTOR_OK, "children can be traced; yama ptrace_scope: %s%s",
              scope, attach ? "" : ", so -p PID works for descendants only");
  if (!attach) doctor_advise(c, "for verify -p PID: run as root, or sysctl kernel.yama.ptrace_scope=0");
}
