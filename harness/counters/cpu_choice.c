/* SPDX-License-Identifier: GPL-3.0-or-later */
/* cpu_choice.c: see cpu_choice.h. */
#include "harness/counters/cpu_choice.h"

#include <hwloc.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Takes from each core, last core first, its `nth` usable CPU. */
static void take_from_cores(hwloc_topology_t topology, int cores, unsigned nth, unsigned wanted,
                            const cpu_set_t *allowed, struct cpu_choice *c) {
  for (int i = cores - 1; i >= 0 && c->count < wanted; i--) {
    hwloc_obj_t core = hwloc_get_obj_by_type(topology, HWLOC_OBJ_CORE, (unsigned)i);
    unsigned seen = 0;
    int os;
    if (core == NULL || core->cpuset == NULL) continue;
    for (os = hwloc_bitmap_first(core->cpuset); os >= 0; os = hwloc_bitmap_next(core->cpuset, os)) {
      if (os >= CPU_SETSIZE || !CPU_ISSET((size_t)os, allowed)) continue;
      if (seen++ != nth) continue;
      c->cpus[c->count++] = os;
      c->smt_shared |= nth > 0;
      break;
    }
    if (nth == 0) c->cores += seen > 0;
  }
}

int cpu_choice_make(unsigned wanted, struct cpu_choice *c, struct error *err) {
  hwloc_topology_t topology;
  cpu_set_t allowed;
  memset(c, 0, sizeof *c);
  if (wanted == 0) wanted = 1;
  if (wanted > CPU_CHOICE_MAX) wanted = CPU_CHOICE_MAX;
  if (sched_getaffinity(0, sizeof allowed, &allowed) != 0) return error_set_errno(err, -errno, "sched_getaffinity");
  c->usable = (unsigned)CPU_COUNT(&allowed);
  if (wanted > c->usable) wanted = c->usable;
  if (hwloc_topology_init(&topology) == 0) {
    if (hwloc_topology_load(topology) == 0) {
      int cores = hwloc_get_nbobjs_by_type(topology, HWLOC_OBJ_CORE);
      for (unsigned nth = 0; nth < 8 && c->count < wanted; nth++)
        take_from_cores(topology, cores, nth, wanted, &allowed, c);
    }
    hwloc_topology_destroy(topology);
  }
  /* no cores known (some containers and emulators): any usable CPU, last first */
  if (c->count == 0)
    for (int cpu = CPU_SETSIZE - 1; cpu >= 0 && c->count < wanted; cpu--)
      if (CPU_ISSET((size_t)cpu, &allowed)) c->cpus[c->count++] = cpu;
  if (c->cores == 0) c->cores = c->usable;
  return c->count > 0 ? 0 : error_raise(err, ERROR_REFUSED, -ENODEV, "this process may use no CPU");
}

const char *cpu_choice_format(const struct cpu_choice *choice, char *buf, size_t size) {
  size_t n = 0;
  buf[0] = '\0';
  for (unsigned i = 0; i < choice->count && n + 8 < size; i++)
    n += (size_t)snprintf(buf + n, size - n, "%s%d", i > 0 ? "," : "", choice->cpus[i]);
  return buf;
}

unsigned cpu_choice_parse_threads(const char *text) {
  if (strcmp(text, "all") == 0) {
    cpu_set_t allowed;
    return sched_getaffinity(0, sizeof allowed, &allowed) == 0 ? (unsigned)CPU_COUNT(&allowed) : 1;
  }
  char *end;
  unsigned long v = strtoul(text, &end, 10);
  return *text >= '0' && *text <= '9' && *end == '\0' && v <= 256 ? (unsigned)v : 0;
}
