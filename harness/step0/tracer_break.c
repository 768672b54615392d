/* SPDX-License-Identifier: GPL-3.0-or-later */
/* tracer_break.c: breakpoints in a traced process: where, put in, taken out, stepped over. */
#include <elf.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/wait.h>
#include <unistd.h>

#include "harness/step0/tracer.h"

bool tracer_peek(pid_t pid, uint64_t address, void *buf, size_t size) {
  struct iovec local = { buf, size }, remote = { (void *)(uintptr_t)address, size };
  return process_vm_readv(pid, &local, 1, &remote, 1, 0) == (ssize_t)size;
}

struct trace_space *trace_space_new(size_t points) {
  static unsigned last_id;
  struct trace_space *s = calloc(1, sizeof *s);
  if (s == NULL) return NULL;
  s->id = ++last_id;
  s->users = 1;
  s->address = calloc(points, sizeof *s->address);
  s->saved = calloc(points, sizeof *s->saved);
  s->inserted = calloc(points, sizeof *s->inserted);
  s->base_value = calloc(points, sizeof *s->base_value);
  if (s->address != NULL && s->saved != NULL && s->inserted != NULL && s->base_value != NULL) return s;
  trace_space_drop(s);
  return NULL;
}

struct trace_space *trace_space_copy(const struct trace_space *from, size_t points) {
  struct trace_space *s = trace_space_new(points);
  if (s == NULL) return NULL;
  memcpy(s->address, from->address, points * sizeof *s->address);
  memcpy(s->saved, from->saved, points * sizeof *s->saved);
  memcpy(s->inserted, from->inserted, points * sizeof *s->inserted);
  memcpy(s->base_value, from->base_value, points * sizeof *s->base_value);
  s->loader_address = from->loader_address;
  s->loader_saved = from->loader_saved;
  return s;
}

void trace_space_drop(struct trace_space *s) {
  if (s == NULL || --s->users > 0) return;
  free(s->address);
  free(s->saved);
  free(s->inserted);
  free(s->base_value);
  free(s);
}

/* Puts `code` (ARCH_BREAK_MASK bits) at address; the word that was there goes to *saved. */
int trace_poke(pid_t tid, uint64_t address, uint64_t code, uint64_t *saved) {
  errno = 0;
  long word = ptrace(PTRACE_PEEKTEXT, tid, (void *)(uintptr_t)address, NULL);
  if (errno != 0) return -errno;
  if (saved != NULL) *saved = (uint64_t)word;
  uint64_t next = ((uint64_t)word & ~ARCH_BREAK_MASK) | (code & ARCH_BREAK_MASK);
  return ptrace(PTRACE_POKETEXT, tid, (void *)(uintptr_t)address, (void *)(uintptr_t)next) == 0 ? 0 : -errno;
}

/* Address at which a file offset of an object is mapped executable in the process, 0: nowhere. */
static uint64_t mapped_at(FILE *maps, const struct elf_object *o, uint64_t offset) {
  char line[4600];
  rewind(maps);
  while (fgets(line, sizeof line, maps) != NULL) {
    unsigned long long start, end, from, inode;
    unsigned major_no, minor_no;
    char perms[8];
    if (sscanf(line, "%llx-%llx %7s %llx %x:%x %llu", &start, &end, perms, &from, &major_no, &minor_no, &inode) != 7)
      continue;
    if (perms[2] != 'x' || inode != o->inode || makedev(major_no, minor_no) != o->device) continue;
    if (offset >= from && offset - from < end - start) return start + (offset - from);
  }
  return 0;
}

/* The dynamic linker's notification function, found through the auxiliary vector. */
static uint64_t find_loader_hook(pid_t pid, FILE *maps) {
  char path[64], line[4600], file[4096];
  uint64_t pair[2], base = 0;
  snprintf(path, sizeof path, "/proc/%d/auxv", (int)pid);
  int fd = open(path, O_RDONLY | O_CLOEXEC);
  if (fd < 0) return 0;
  while (read(fd, pair, sizeof pair) == (ssize_t)sizeof pair && pair[0] != AT_NULL)
    if (pair[0] == AT_BASE) base = pair[1];
  close(fd);
  if (base == 0) return 0; /* a static program */
  rewind(maps);
  while (fgets(line, sizeof line, maps) != NULL) {
    unsigned long long start;
    if (sscanf(line, "%llx-%*x %*s %*x %*s %*u %4095[^\n]", &start, file) != 2 || start != base) continue;
    struct elf_object loader;
    struct error ignored = { 0 };
    uint64_t address = 0, size;
    if (elf_object_open(&loader, file, &ignored) != 0) return 0;
    if (elf_object_function(&loader, "_dl_debug_state", &address, &size, &ignored) != 0) address = 0;
    elf_object_close(&loader);
    return address != 0 ? base + address : 0;
  }
  return 0;
}

/* The program itself does not go away; all else may be unmapped and come again. */
static bool all_in_program(const struct tracer *t, pid_t tid) {
  char path[64];
  struct stat st;
  snprintf(path, sizeof path, "/proc/%d/exe", (int)tid);
  if (stat(path, &st) != 0) return false;
  for (size_t i = 0; i < t->count; i++)
    if (t->points[i].object->inode != st.st_ino || t->points[i].object->device != st.st_dev) return false;
  return true;
}

int trace_space_update(struct tracer *t, struct trace_thread *th) {
  struct trace_space *s = th->space;
  char path[64];
  int rc = 0;
  snprintf(path, sizeof path, "/proc/%d/maps", (int)th->tid);
  FILE *maps = fopen(path, "re");
  if (maps == NULL) return -errno;
  for (size_t i = 0; i < t->count && rc == 0; i++) {
    struct probe_point *p = &t->points[i];
    uint64_t at = mapped_at(maps, p->object, p->place.offset);
    if (at == 0) {
      if (s->address[i] != 0 && t->call->unmapped != NULL) t->call->unmapped(t, th, i, s->address[i]);
      s->address[i] = 0;
      s->inserted[i] = false;
      continue;
    }
    if (s->address[i] == at) continue;
    s->address[i] = at;
    if (t->call->insert_breakpoints) {
      rc = trace_poke(th->tid, at, ARCH_BREAK_CODE, &s->saved[i]);
      s->inserted[i] = rc == 0;
    }
    if (rc == 0 && t->call->mapped != NULL) rc = t->call->mapped(t, th, i, at);
  }
  if (rc == 0 && s->loader_address == 0 && !all_in_program(t, th->tid)) {
    uint64_t hook = find_loader_hook(th->tid, maps);
    if (hook != 0 && trace_poke(th->tid, hook, ARCH_BREAK_CODE, &s->loader_saved) == 0) s->loader_address = hook;
  }
  fclose(maps);
  return rc;
}

/* Where no breakpoint is any more something else was mapped (a plain munmap is not noticed): it stays. */
static void take_out(pid_t tid, uint64_t address, uint64_t saved) {
  errno = 0;
  long word = ptrace(PTRACE_PEEKTEXT, tid, (void *)(uintptr_t)address, NULL);
  if (errno == 0 && ((uint64_t)word & ARCH_BREAK_MASK) == ARCH_BREAK_CODE) trace_poke(tid, address, saved, NULL);
}

void trace_space_remove(struct trace_space *s, size_t points, pid_t tid) {
  for (size_t i = 0; i < points; i++)
    if (s->inserted[i]) {
      take_out(tid, s->address[i], s->saved[i]);
      s->inserted[i] = false;
    }
  if (s->loader_address != 0) take_out(tid, s->loader_address, s->loader_saved);
  s->loader_address = 0;
}

static bool take_out_unstopped(int memory, uint64_t address, uint64_t saved) {
  uint64_t code = 0;
  return pread(memory, &code, ARCH_BREAK_BYTES, (off_t)address) == ARCH_BREAK_BYTES && code == ARCH_BREAK_CODE &&
         pwrite(memory, &saved, ARCH_BREAK_BYTES, (off_t)address) == ARCH_BREAK_BYTES;
}

void trace_space_remove_unstopped(struct trace_space *s, size_t points, pid_t tid) {
  char path[64];
  snprintf(path, sizeof path, "/proc/%d/mem", (int)tid);
  int fd = open(path, O_RDWR | O_CLOEXEC);
  if (fd < 0) return;
  for (size_t i = 0; i < points; i++)
    if (s->inserted[i] && take_out_unstopped(fd, s->address[i], s->saved[i])) s->inserted[i] = false;
  if (s->loader_address != 0 && take_out_unstopped(fd, s->loader_address, s->loader_saved)) s->loader_address = 0;
  close(fd);
}

/* Runs the instruction beneath a breakpoint while nobody else of the process can pass it. */
static int step_over(struct tracer *t, struct trace_thread *th, uint64_t address, uint64_t saved, arch_regs *regs) {
  arch_set_pc(regs, address);
  int rc = arch_set_regs(th->tid, regs);
  if (rc != 0) return rc;
  trace_stop_others(t, th);
  if (!th->stopped || th->pending) return 0; /* another's execve or end was faster */
  rc = trace_poke(th->tid, address, saved, NULL);
  if (rc != 0) return rc;
  if (ptrace(PTRACE_SINGLESTEP, th->tid, NULL, NULL) != 0) return -errno;
  th->stopped = false;
  rc = trace_wait_one(t, th->tid);
  if (rc != 0) return rc == -ECHILD ? 0 : rc; /* it ended */
  if (th->pending_status >> 16 == PTRACE_EVENT_EXEC) return 0;
  trace_poke(th->tid, address, ARCH_BREAK_CODE, NULL);
  /* a signal may have come first: then the instruction is still to run, and is counted already */
  if (arch_get_regs(th->tid, regs) == 0 && arch_pc(regs) == address) th->counted_at = address;
  if (WIFSTOPPED(th->pending_status) && WSTOPSIG(th->pending_status) == SIGTRAP && th->pending_status >> 16 == 0)
    th->pending = false;
  return 0;
}

bool trace_hit_register(pid_t tid) {
  siginfo_t si;
  return ptrace(PTRACE_GETSIGINFO, tid, NULL, &si) == 0 && si.si_signo == SIGTRAP && si.si_code == TRAP_HWBKPT;
}

bool trace_hit(struct tracer *t, struct trace_thread *th) {
  arch_regs regs;
  struct trace_space *s = th->space;
  if (s == NULL || arch_get_regs(th->tid, &regs) != 0) return false;
  uint64_t address = arch_pc(&regs) - ARCH_PC_AFTER_BREAK;
  if (address == s->loader_address && address != 0) {
    int rc = trace_space_update(t, th);
    if (rc == 0) rc = step_over(t, th, address, s->loader_saved, &regs);
    if (rc != 0 && rc != -ESRCH) error_set_errno(&t->error, rc, "ptrace-int3: the dynamic linker's list");
    return true;
  }
  bool ours = false;
  for (size_t i = 0; i < t->count; i++) {
    if (!s->inserted[i] || s->address[i] != address) continue;
    ours = true;
    if (th->counted_at != address) t->points[i].hits++;
  }
  if (!ours) return false;
  th->counted_at = 0;
  for (size_t i = 0; i < t->count; i++) {
    if (!s->inserted[i] || s->address[i] != address) continue;
    int rc;
    if (t->points[i].insn.nop) {
      arch_set_pc(&regs, address + t->points[i].insn.length);
      rc = arch_set_regs(th->tid, &regs);
    } else {
      rc = step_over(t, th, address, s->saved[i], &regs);
    }
    if (rc != 0 && rc != -ESRCH)
      error_set_errno(&t->error, rc, "ptrace-int3: stepping over %s", t->points[i].insn.text);
    break;
  }
  return true;
}
