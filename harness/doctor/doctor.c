/* SPDX-License-Identifier: GPL-3.0-or-later */
/* doctor.c: see doctor.h. The table of checks, in the order in which they are shown. */
#include "harness/doctor/doctor.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "harness/core/privilege.h"

static const struct {
  const char *name;
  void (*check)(struct doctor_check *c);
  bool condition; /* of trusting times */
} table[] = {
  { "pmu", doctor_check_pmu, false },
  { "rdpmc", doctor_check_rdpmc, false },
  { "sampling", doctor_check_sampling, false },
  { "uprobe", doctor_check_uprobe, false },
  { "bpf-uprobe-multi", doctor_check_uprobe_multi, false },
  { "uprobe-nop", doctor_check_uprobe_nop, false },
  { "ptrace", doctor_check_ptrace, false },
  { "perf-event-paranoid", doctor_check_paranoid, false },
  { "kptr-restrict", doctor_check_kptr, false },
  { "cpus", doctor_check_cpus, false },
  { "virtual-machine", doctor_check_virtual, false },
  { "clock", doctor_check_clock, false },
  { "governor", doctor_check_governor, true },
  { "turbo", doctor_check_turbo, true },
  { "smt", doctor_check_smt, true },
  { "cpu-quota", doctor_check_quota, true },
  { "thp", doctor_check_thp, true },
  { "aslr", doctor_check_aslr, true },
  { "load", doctor_check_load, true },
  { "steal", doctor_check_steal, true },
  { "noise", doctor_check_noise, true },
  { "core", doctor_check_core, false },
  { "leftovers", doctor_check_leftovers, false },
  { "tool:valgrind", doctor_check_tool, false },
  { "tool:gnuplot", doctor_check_tool, false },
  { "tool:clang", doctor_check_tool, false },
  { "tool:ld.lld", doctor_check_tool, false },
  { "tool:perf", doctor_check_tool, false },
  { "tool:qemu-system-aarch64", doctor_check_tool, false },
};
_Static_assert(sizeof table / sizeof table[0] <= DOCTOR_CHECKS_MAX, "DOCTOR_CHECKS_MAX");

bool doctor_ask_keeper(enum privilege_finding_of which, struct doctor_check *c) {
  struct privilege_request r = { .op = PRIVILEGE_DOCTOR, .finding = which };
  struct privilege_answer a;
  if (!privilege_kept() || privilege_ask(&r, NULL, 0, NULL, 0, &a, NULL, 0, NULL) != 0) return false;
  const struct privilege_finding *f = &a.finding;
  c->status = (enum doctor_status)f->status;
  snprintf(c->detail, sizeof c->detail, "%.*s", (int)sizeof f->detail - 1, f->detail);
  snprintf(c->advice, sizeof c->advice, "%.*s", (int)sizeof f->advice - 1, f->advice);
  return true;
}

static void run_one(size_t i, struct doctor_check *c) {
  memset(c, 0, sizeof *c);
  c->name = table[i].name;
  if (table[i].check == doctor_check_uprobe_nop && doctor_ask_keeper(PRIVILEGE_FINDING_UPROBE_NOP, c)) return;
  if (table[i].check == doctor_check_uprobe && doctor_ask_keeper(PRIVILEGE_FINDING_UPROBE, c)) return;
  if (table[i].check == doctor_check_uprobe_multi && doctor_ask_keeper(PRIVILEGE_FINDING_UPROBE_MULTI, c)) return;
  table[i].check(c);
}

size_t doctor_run(struct doctor_check *checks, size_t room) {
  size_t n = 0;
  for (; n < sizeof table / sizeof table[0] && n < room; n++) run_one(n, &checks[n]);
  return n;
}

size_t doctor_run_conditions(struct doctor_check *checks, size_t room) {
  size_t n = 0;
  for (size_t i = 0; i < sizeof table / sizeof table[0] && n < room; i++) {
    if (!table[i].condition) continue;
    if (table[i].check != doctor_check_noise) run_one(i, &checks[n]);
    else {
      struct doctor_noise noise;
      checks[n] = (struct doctor_check){ .name = table[i].name };
      doctor_measure_noise(0.1, &noise);
      doctor_judge_noise(&noise, &checks[n]);
    }
    n++;
  }
  return n;
}

const char *doctor_status_name(enum doctor_status status) {
  return status == DOCTOR_OK ? "ok" : status == DOCTOR_DEGRADED ? "degraded" : "unavailable";
}

struct doctor_check *doctor_find(struct doctor_check *check, enum doctor_status status, const char *format, ...) {
  va_list ap;
  check->status = status;
  va_start(ap, format);
  vsnprintf(check->detail, sizeof check->detail, format, ap);
  va_end(ap);
  return check;
}

void doctor_advise(struct doctor_check *check, const char *format, ...) {
  va_list ap;
  va_start(ap, format);
  vsnprintf(check->advice, sizeof check->advice, format, ap);
  va_end(ap);
}

int doctor_read_line(const char *path, char *buf, size_t size) {
  int fd = open(path, O_RDONLY | O_CLOEXEC);
  if (fd < 0) return -errno;
  ssize_t n = read(fd, buf, size - 1);
  int error = errno;
  close(fd);
  if (n < 0) return -error;
  buf[n] = '\0';
  buf[strcspn(buf, "\n")] = '\0';
  return (int)strlen(buf);
}

const char *doctor_errno_text(int error, char *buf, size_t size) {
  const char *name = strerrorname_np(error), *text = strerrordesc_np(error);
  snprintf(buf, size, "%s (%s)", name != NULL ? name : "error", text != NULL ? text : "unknown");
  return buf;
}
