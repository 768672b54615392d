/* SPDX-License-Identifier: GPL-3.0-or-later */
/* verify_rescue.c: see verify_rescue.h. Events and probes that hang on descriptors the kernel has closed
 * already. Breakpoints stay in the target's code, debug registers in its threads: whoever runs into one
 * before we are there dies of it, as with any debugger that is killed. What the code was is in the file. */
#include "harness/step0/verify_rescue.h"

#include <dirent.h>
#include <fcntl.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "harness/step0/scope_cgroup.h"
#include "harness/step0/tracefs.h"
#include "harness/step0/tracer.h"

static void restore_at(int memory, const struct probe_point *p, const struct memory_map *m) {
  uint64_t offset = p->place.offset, now = 0, was = 0;
  if (!m->executable || m->inode != p->object->mapped_inode || m->device != p->object->mapped_device ||
      offset < m->offset || offset - m->offset >= m->end - m->start)
    return;
  off_t at = (off_t)(m->start + (offset - m->offset));
  if (pread(memory, &now, ARCH_BREAK_BYTES, at) != ARCH_BREAK_BYTES || now != ARCH_BREAK_CODE) return;
  if (elf_object_read(p->object, offset, &was, ARCH_BREAK_BYTES) == ARCH_BREAK_BYTES && was != ARCH_BREAK_CODE &&
      pwrite(memory, &was, ARCH_BREAK_BYTES, at) != ARCH_BREAK_BYTES)
    return;
}

static bool maps_object(const struct elf_object *o, const struct memory_map *map, size_t maps) {
  for (size_t i = 0; i < maps; i++)
    if (map[i].inode == o->mapped_inode && map[i].device == o->mapped_device) return true;
  return false;
}

/* False: the object is not in it. */
static bool restore_code(const struct verify_one *one, pid_t pid) {
  char path[64];
  size_t maps = 0;
  struct memory_map *map = memory_map_read(pid, &maps);
  bool ours = map != NULL && one->count > 0 && maps_object(one->points[0].object, map, maps);
  snprintf(path, sizeof path, "/proc/%d/mem", (int)pid);
  int memory = ours ? open(path, O_RDWR | O_CLOEXEC) : -1;
  for (size_t i = 0; memory >= 0 && i < one->count; i++)
    for (size_t k = 0; k < maps; k++) restore_at(memory, &one->points[i], &map[k]);
  if (memory >= 0) {
    trace_restore_loader(pid, memory);
    close(memory);
  }
  free(map);
  return ours;
}

/* Of one thread; a trap that is on its way is ours. */
static void restore_registers(pid_t tid) {
  int status = 0;
  if (ptrace(PTRACE_SEIZE, tid, NULL, NULL) != 0) return;
  if (ptrace(PTRACE_INTERRUPT, tid, NULL, NULL) != 0 || waitpid(tid, &status, __WALL) != tid || !WIFSTOPPED(status))
    return;
  struct trace_thread th = { .tid = tid, .armed = 1 };
  trace_clear_registers(&th);
  bool event = status >> 16 != 0;
  int signal = event || (WSTOPSIG(status) == SIGTRAP && trace_hit_register(tid)) ? 0 : WSTOPSIG(status);
  ptrace(PTRACE_DETACH, tid, NULL, (void *)(intptr_t)signal);
}

static void each_number(const char *folder, void (*act)(const struct verify_one *one, pid_t number),
                        const struct verify_one *one) {
  DIR *d = opendir(folder);
  for (struct dirent *e; d != NULL && (e = readdir(d)) != NULL;)
    if (atoi(e->d_name) > 0) act(one, (pid_t)atoi(e->d_name));
  if (d != NULL) closedir(d);
}

static void restore_thread(const struct verify_one *one, pid_t tid) {
  (void)one;
  restore_registers(tid);
}

static void restore_process(const struct verify_one *one, pid_t pid) {
  char path[64];
  if (pid == getpid() || !restore_code(one, pid) || one->rung->slots == 0) return;
  snprintf(path, sizeof path, "/proc/%d/task", (int)pid);
  each_number(path, restore_thread, one);
}

/* Trace events outlive their maker; their group has its number. */
static void remove_events(pid_t guard) {
  char path[PATH_MAX], line[512], group[64], name[300], command[400];
  const char *root = tracefs_root();
  if (root == NULL) return;
  snprintf(group, sizeof group, TRACEFS_GROUP_PREFIX "%d/", (int)guard);
  snprintf(path, sizeof path, "%s/uprobe_events", root);
  FILE *f = fopen(path, "re");
  while (f != NULL && fgets(line, sizeof line, f) != NULL) {
    if (sscanf(line, "%*[pr]:%299s", name) != 1 || strncmp(name, group, strlen(group)) != 0) continue;
    snprintf(command, sizeof command, "-:%s\n", name);
    tracefs_append(root, "uprobe_events", command);
  }
  if (f != NULL) fclose(f);
}

static void remove_group(pid_t target) {
  struct scope_cgroup g = { .fd = -1 };
  char mount[PATH_MAX - 64];
  if (target <= 0 || scope_cgroup_mount(mount, sizeof mount) != 0) return;
  snprintf(g.path, sizeof g.path, "%s/" SCOPE_CGROUP_PREFIX "%d", mount, (int)target);
  if (access(g.path, F_OK) == 0) scope_cgroup_leave(&g);
}

void verify_rescue(const struct verify_one *one, pid_t guard, pid_t target) {
  if (one->rung->need == NEED_PTRACE) {
    if (target > 0) restore_process(one, target); /* that one first: each moment counts */
    each_number("/proc", restore_process, one);
  }
  remove_events(guard);
  remove_group(target);
}
