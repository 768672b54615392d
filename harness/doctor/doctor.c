/* SPDX-License-Identifier: GPL-3.0-or-later */
/* doctor.c: see doctor.h. The table of checks, in the order in which they are shown. */
#include "harness/doctor/doctor.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static const struct {
  const char *name;
  void (*check)(struct doctor_check *c);
} table[] = {
  { "pmu", doctor_check_pmu },
  { "rdpmc", doctor_check_rdpmc },
  { "sampling", doctor_check_sampling },
  { "uprobe", doctor_check_uprobe },
  { "bpf-uprobe-multi", doctor_check_uprobe_multi },
  { "ptrace", doctor_check_ptrace },
  { "perf-event-paranoid", doctor_check_paranoid },
  { "kptr-restrict", doctor_check_kptr },
  { "cpus", doctor_check_cpus },
  { "virtual-machine", doctor_check_virtual },
  { "clock", doctor_check_clock },
  { "governor", doctor_check_governor },
  { "turbo", doctor_check_turbo },
  { "smt", doctor_check_smt },
  { "cpu-quota", doctor_check_quota },
  { "thp", doctor_check_thp },
  { "aslr", doctor_check_aslr },
  { "load", doctor_check_load },
  { "steal", doctor_check_steal },
  { "noise", doctor_check_noise },
  { "leftovers", doctor_check_leftovers },
  { "tool:valgrind", doctor_check_tool },
  { "tool:gnuplot", doctor_check_tool },
  { "tool:clang", doctor_check_tool },
  { "tool:ld.lld", doctor_check_tool },
  { "tool:perf", doctor_check_tool },
  { "tool:qemu-system-aarch64", doctor_check_tool },
};
_Static_assert(sizeof table / sizeof table[0] <= DOCTOR_CHECKS_MAX, "DOCTOR_CHECKS_MAX");

size_t doctor_run(struct doctor_check *checks, size_t room) {
  size_t n = 0;
  for (; n < sizeof table / sizeof table[0] && n < room; n++) {
    memset(&checks[n], 0, sizeof checks[n]);
    checks[n].name = table[n].name;
    table[n].check(&checks[n]);
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
