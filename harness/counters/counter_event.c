/* SPDX-License-Identifier: GPL-3.0-or-later */
/* counter_event.c: see counter_event.h. */
#include "harness/counters/counter_event.h"

#include <linux/perf_event.h>
#include <perfmon/pfmlib_perf_event.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "harness/core/container.h"
#include "harness/core/names.h"
#include "harness/core/registry.h"

/* The kernel's software events are taken by number: libpfm4 knows only some of them, under
 * longer names. */
static const struct {
  const char *name;
  uint64_t config;
} software[] = {
  { "task-clock", PERF_COUNT_SW_TASK_CLOCK },        { "cpu-clock", PERF_COUNT_SW_CPU_CLOCK },
  { "page-faults", PERF_COUNT_SW_PAGE_FAULTS },      { "minor-faults", PERF_COUNT_SW_PAGE_FAULTS_MIN },
  { "major-faults", PERF_COUNT_SW_PAGE_FAULTS_MAJ }, { "context-switches", PERF_COUNT_SW_CONTEXT_SWITCHES },
  { "migrations", PERF_COUNT_SW_CPU_MIGRATIONS },    { "cpu-migrations", PERF_COUNT_SW_CPU_MIGRATIONS },
};
/* The generic hardware events too, so that they work where libpfm4 has no table for the CPU. */
static const struct {
  const char *name;
  uint64_t config;
} generic[] = {
  { "cycles", PERF_COUNT_HW_CPU_CYCLES },
  { "instructions", PERF_COUNT_HW_INSTRUCTIONS },
  { "cache-references", PERF_COUNT_HW_CACHE_REFERENCES },
  { "cache-misses", PERF_COUNT_HW_CACHE_MISSES },
  { "branches", PERF_COUNT_HW_BRANCH_INSTRUCTIONS },
  { "branch-misses", PERF_COUNT_HW_BRANCH_MISSES },
  { "bus-cycles", PERF_COUNT_HW_BUS_CYCLES },
  { "stalled-cycles-frontend", PERF_COUNT_HW_STALLED_CYCLES_FRONTEND },
  { "stalled-cycles-backend", PERF_COUNT_HW_STALLED_CYCLES_BACKEND },
  { "ref-cycles", PERF_COUNT_HW_REF_CPU_CYCLES },
};

const char *counter_backend_name(enum counter_backend backend) {
  return backend == COUNTER_HARDWARE ? "hardware" : backend == COUNTER_SOFTWARE ? "software" : "tsc";
}

static int encode_by_libpfm(const char *name, struct perf_event_id *id) {
  struct perf_event_attr attr;
  pfm_perf_encode_arg_t arg;
  static int initialised = -1;
  if (initialised < 0) initialised = pfm_initialize() == PFM_SUCCESS;
  if (!initialised) return -ENOSYS;
  memset(&attr, 0, sizeof attr);
  memset(&arg, 0, sizeof arg);
  attr.size = sizeof attr;
  arg.attr = &attr;
  arg.size = sizeof arg;
  if (pfm_get_os_event_encoding(name, PFM_PLM3, PFM_OS_PERF_EVENT, &arg) != PFM_SUCCESS) return -ENOENT;
  *id = (struct perf_event_id){ attr.type, attr.config, attr.config1, attr.config2 };
  return 0;
}

static int unknown_event(const char *name, struct error *err) {
  const char *names[32];
  char near[256];
  size_t n = 0;
  for (size_t i = 0; i < sizeof generic / sizeof generic[0]; i++) names[n++] = generic[i].name;
  for (size_t i = 0; i < sizeof software / sizeof software[0]; i++) names[n++] = software[i].name;
  names[n++] = "tsc";
  names[n] = NULL;
  int rc = error_raise(err, ERROR_USAGE, -ENOENT, "no event '%s' for this CPU", name);
  error_advise(err, "near: %s; rHEX is a raw code; the CPU's own names are libpfm4's (showevtinfo)",
               names_near(names, name, near, sizeof near));
  return rc;
}

int counter_event_parse(const char *name, struct counter_event *event, struct error *err) {
  memset(event, 0, sizeof *event);
  snprintf(event->name, sizeof event->name, "%s", name);
  if (strcmp(name, "tsc") == 0) {
    event->backend = COUNTER_TSC;
    return 0;
  }
  for (size_t i = 0; i < sizeof software / sizeof software[0]; i++)
    if (strcmp(name, software[i].name) == 0) {
      event->backend = COUNTER_SOFTWARE;
      event->id = (struct perf_event_id){ PERF_TYPE_SOFTWARE, software[i].config, 0, 0 };
      return 0;
    }
  event->backend = COUNTER_HARDWARE;
  for (size_t i = 0; i < sizeof generic / sizeof generic[0]; i++)
    if (strcmp(name, generic[i].name) == 0) {
      event->id = (struct perf_event_id){ PERF_TYPE_HARDWARE, generic[i].config, 0, 0 };
      return 0;
    }
  if (name[0] == 'r' && name[1] != '\0' && strspn(name + 1, "0123456789abcdefABCDEF") == strlen(name + 1) &&
      strlen(name) <= 17) {
    event->id = (struct perf_event_id){ PERF_TYPE_RAW, strtoull(name + 1, NULL, 16), 0, 0 };
    return 0;
  }
  if (name[0] != '\0' && encode_by_libpfm(name, &event->id) == 0) {
    if (event->id.type == PERF_TYPE_SOFTWARE) event->backend = COUNTER_SOFTWARE;
    return 0;
  }
  return unknown_event(name, err);
}

int counter_event_parse_list(const char *list, struct counter_event *events, int *count, struct error *err) {
  int room = *count, n = 0;
  for (const char *p = list; *p != '\0';) {
    char name[64];
    size_t length = strcspn(p, ",");
    if (n == room) return error_raise(err, ERROR_USAGE, -E2BIG, "more than %d events", room);
    snprintf(name, sizeof name, "%.*s", (int)length, p);
    int rc = counter_event_parse(name, &events[n++], err);
    if (rc != 0) return rc;
    p += length;
    if (*p == ',') p++;
  }
  *count = n;
  return n > 0 ? 0 : error_raise(err, ERROR_USAGE, -EINVAL, "the list of events is empty");
}

int counter_paranoid_level(void) {
  int level = -100;
  FILE *f = fopen("/proc/sys/kernel/perf_event_paranoid", "re");
  if (f == NULL) return level;
  if (fscanf(f, "%d", &level) != 1) level = -100;
  fclose(f);
  return level;
}

void counter_explain_refusal(const struct counter_event *event, int error, int first, char *reason, size_t reason_size,
                             char *advice, size_t advice_size) {
  const char *what = strerrorname_np(error) != NULL ? strerrorname_np(error) : "error";
  int hardware = event->backend == COUNTER_HARDWARE;
  advice[0] = '\0';
  switch (error) {
  case ENOENT:
    snprintf(reason, reason_size, "%s: %s", what,
             hardware ? "this machine has no such hardware event" : "this kernel has no such event");
    if (hardware)
      snprintf(advice, advice_size,
               "a virtual machine without a PMU has none at all: measure on the host, or give the guest one (QEMU: "
               "-cpu host,pmu=on)");
    break;
  case EACCES:
  case EPERM:
    if (container_seccomp() && (geteuid() == 0 || counter_paranoid_level() <= 2)) {
      /* the level would let this user: who forbids it is the filter */
      snprintf(reason, reason_size, "%s: a seccomp filter stands before perf_event_open (perf_event_paranoid is %d)",
               what, counter_paranoid_level());
      snprintf(advice, advice_size, "in a container: allow perf_event_open in its seccomp profile");
      break;
    }
    snprintf(reason, reason_size, "%s: perf_event_paranoid is %d", what, counter_paranoid_level());
    snprintf(advice, advice_size, "run as root, give the program CAP_PERFMON, or: sysctl kernel.perf_event_paranoid=2");
    break;
  case EINVAL:
    if (first) snprintf(reason, reason_size, "%s: the kernel does not take this event with these settings", what);
    else snprintf(reason, reason_size, "%s: it does not fit into one group with the events before it", what);
    snprintf(advice, advice_size, first ? "check the code against the CPU's manual" : "ask for fewer events at a time");
    break;
  case EOPNOTSUPP: snprintf(reason, reason_size, "%s: not supported here", what); break;
  case EBUSY:
    snprintf(reason, reason_size, "%s: somebody else holds the counter", what);
    snprintf(advice, advice_size, "the NMI watchdog takes one: sysctl kernel.nmi_watchdog=0");
    break;
  case EMFILE:
  case ENFILE:
    snprintf(reason, reason_size, "%s: too many open files", what);
    snprintf(advice, advice_size, "raise ulimit -n");
    break;
  case ENOSYS: snprintf(reason, reason_size, "%s: this kernel has no perf_event", what); break;
  default: snprintf(reason, reason_size, "%s: %s", what, strerror(error));
  }
}
