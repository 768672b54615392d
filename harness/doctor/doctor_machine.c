/* SPDX-License-Identifier: GPL-3.0-or-later */
/* doctor_machine.c: settings of the machine that make time or memory vary between runs. */
#include <errno.h>
#include <glob.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "harness/core/addresses.h"
#include "harness/core/container.h"
#include "harness/core/units.h"
#include "harness/counters/cpu_choice.h"
#include "harness/doctor/doctor.h"

/* The first line of /proc/cpuinfo that begins with key; its value in buf, "" if there is none. */
static void cpuinfo(const char *key, char *buf, size_t size) {
  char line[8192];
  FILE *f = fopen("/proc/cpuinfo", "re");
  buf[0] = '\0';
  if (f == NULL) return;
  while (buf[0] == '\0' && fgets(line, sizeof line, f) != NULL) {
    char *colon = strchr(line, ':');
    if (strncmp(line, key, strlen(key)) != 0 || colon == NULL) continue;
    colon += 1 + strspn(colon + 1, " \t");
    colon[strcspn(colon, "\n")] = '\0';
    snprintf(buf, size, "%s", colon);
  }
  fclose(f);
}

static int has_word(const char *list, const char *word) {
  size_t n = strlen(word);
  for (const char *p = list; (p = strstr(p, word)) != NULL; p += n)
    if ((p == list || p[-1] == ' ') && (p[n] == ' ' || p[n] == '\0')) return 1;
  return 0;
}

void doctor_check_cpus(struct doctor_check *c) {
  struct cpu_choice choice;
  struct error err = { 0 };
  if (cpu_choice_make(CPU_CHOICE_MAX, &choice, &err) != 0) {
    doctor_find(c, DOCTOR_UNAVAILABLE, "%s", err.text);
    return;
  }
  doctor_find(c, choice.cores > 1 ? DOCTOR_OK : DOCTOR_DEGRADED,
              "%u usable CPU%s on %u core%s; threads are pinned from CPU %d on", choice.usable,
              units_plural(choice.usable, "", "s"), choice.cores, units_plural(choice.cores, "", "s"), choice.cpus[0]);
  if (choice.cores < 2)
    doctor_advise(c, "with one core the harness shares it with what it measures: give the machine a second one");
}

void doctor_check_virtual(struct doctor_check *c) {
  static char flags[8192];
  char vendor[64] = "";
  cpuinfo("flags", flags, sizeof flags);
  doctor_read_line("/sys/class/dmi/id/sys_vendor", vendor, sizeof vendor);
  if (!has_word(flags, "hypervisor")) {
    doctor_find(c, DOCTOR_OK, "no hypervisor is visible%s%s", vendor[0] ? "; vendor " : "", vendor);
    return;
  }
  doctor_find(c, DOCTOR_DEGRADED, "a virtual machine%s%s: the host decides about frequency and shares its caches",
              vendor[0] ? " by " : "", vendor);
  doctor_advise(c, "paired, interleaved runs (`ab`) cancel slow drift; for absolute numbers measure on the host");
}

void doctor_check_clock(struct doctor_check *c) {
  static char flags[8192];
  char source[64];
  cpuinfo("flags", flags, sizeof flags);
  if (doctor_read_line("/sys/devices/system/clocksource/clocksource0/current_clocksource", source, sizeof source) < 0)
    snprintf(source, sizeof source, "unknown");
#if defined __x86_64__
  if (!has_word(flags, "constant_tsc") && !has_word(flags, "nonstop_tsc")) {
    doctor_find(c, DOCTOR_DEGRADED, "clock source %s; the TSC's rate is not marked as constant", source);
    doctor_advise(c, "read times from clock_gettime (ns_per_op), not from tsc");
    return;
  }
#endif
  bool fast = strcmp(source, "tsc") == 0 || strcmp(source, "kvm-clock") == 0 || strcmp(source, "arch_sys_counter") == 0;
  doctor_find(c, fast ? DOCTOR_OK : DOCTOR_DEGRADED, "clock source %s%s", source, fast ? ", read in user space" : "");
  if (!fast)
    doctor_advise(c, "reading this clock is a system call; rounds must be long against it (tsc where it is stable: "
                     "clocksource=tsc)");
}

void doctor_check_governor(struct doctor_check *c) {
  glob_t g;
  char line[64], other[64] = "";
  size_t count = 0;
  if (glob("/sys/devices/system/cpu/cpu[0-9]*/cpufreq/scaling_governor", 0, NULL, &g) == 0) {
    for (size_t i = 0; i < g.gl_pathc; i++) {
      if (doctor_read_line(g.gl_pathv[i], line, sizeof line) < 0) continue;
      count++;
      if (strcmp(line, "performance") != 0) snprintf(other, sizeof other, "%s", line);
    }
    globfree(&g);
  }
  if (count == 0) {
    doctor_find(c, DOCTOR_UNAVAILABLE,
                "this machine shows no cpufreq: the frequency is fixed or somebody else's decision");
    return;
  }
  doctor_find(c, other[0] ? DOCTOR_DEGRADED : DOCTOR_OK, "%s on %s%zu CPUs", other[0] ? other : "performance",
              other[0] ? "some or all of " : "", count);
  if (other[0]) doctor_advise(c, "cpupower frequency-set -g performance");
}

void doctor_check_turbo(struct doctor_check *c) {
  char line[16];
  int on;
  if (doctor_read_line("/sys/devices/system/cpu/intel_pstate/no_turbo", line, sizeof line) > 0) on = line[0] == '0';
  else if (doctor_read_line("/sys/devices/system/cpu/cpufreq/boost", line, sizeof line) > 0) on = line[0] == '1';
  else {
    doctor_find(c, DOCTOR_UNAVAILABLE, "this machine does not show whether its clock is boosted");
    return;
  }
  doctor_find(c, on ? DOCTOR_DEGRADED : DOCTOR_OK,
              on ? "on: the clock follows temperature and the load of other cores" : "off");
  if (on)
    doctor_advise(
        c, "echo 1 > /sys/devices/system/cpu/intel_pstate/no_turbo, or echo 0 > /sys/devices/system/cpu/cpufreq/boost");
}

void doctor_check_smt(struct doctor_check *c) {
  char line[16];
  if (doctor_read_line("/sys/devices/system/cpu/smt/active", line, sizeof line) <= 0) {
    doctor_find(c, DOCTOR_UNAVAILABLE, "this kernel does not say whether SMT is active");
    return;
  }
  if (line[0] == '0') {
    doctor_find(c, DOCTOR_OK, "off: each CPU is a core of its own, as far as this machine sees");
    return;
  }
  doctor_find(c, DOCTOR_DEGRADED, "on: what runs on a sibling takes from the measured core");
  doctor_advise(c, "threads are pinned one to a core already; to keep siblings idle: echo off > "
                   "/sys/devices/system/cpu/smt/control");
}

void doctor_check_quota(struct doctor_check *c) {
  struct container_quota q;
  container_quota(&q);
  if (isnan(q.cpus)) {
    doctor_find(c, DOCTOR_OK, "no CPU quota is visible");
    return;
  }
  char stopped[64] = "";
  if (!isnan(q.stopped_s)) snprintf(stopped, sizeof stopped, ", for %.3g s until now", q.stopped_s);
  doctor_find(c, DOCTOR_DEGRADED, "the control group %s may use %.2f CPUs and is stopped when they are used up%s",
              q.group, q.cpus, stopped);
  doctor_advise(c, "lift the limit while measuring (docker: no --cpus; use --cpuset-cpus)");
}

void doctor_check_thp(struct doctor_check *c) {
  char line[64];
  if (doctor_read_line("/sys/kernel/mm/transparent_hugepage/enabled", line, sizeof line) <= 0) {
    doctor_find(c, DOCTOR_UNAVAILABLE, "this kernel has no transparent huge pages");
    return;
  }
  bool always = strstr(line, "[always]") != NULL;
  doctor_find(c, always ? DOCTOR_DEGRADED : DOCTOR_OK, "%s", line);
  if (always)
    doctor_advise(
        c, "huge pages come and go by the kernel's choice: echo madvise > /sys/kernel/mm/transparent_hugepage/enabled");
}

void doctor_check_aslr(struct doctor_check *c) {
  char state[160];
  int refused = addresses_may_be_fixed();
  addresses_state(state, sizeof state);
  bool random = strcmp(state, "random") == 0;
  doctor_find(c,
              random                              ? DOCTOR_OK
              : strncmp(state, "unknown", 7) == 0 ? DOCTOR_UNAVAILABLE
                                                  : DOCTOR_DEGRADED,
              "%s%s%s%s", state,
              random                            ? ": each process has its own, so that many average over them"
              : strncmp(state, "fixed", 5) == 0 ? "; processes share them, and their luck is in every result"
                                                : "",
              refused != 0 ? "; they cannot be fixed for callgrind, whose counts may vary with them: " : "",
              refused != 0 ? strerror(-refused) : "");
  if (strstr(state, "randomize_va_space is") != NULL) doctor_advise(c, "sysctl kernel.randomize_va_space=2");
  else if (!random && strncmp(state, "fixed", 5) == 0) doctor_advise(c, "start it without setarch -R");
}
