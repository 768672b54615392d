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

/* Puts `code` (ARCH_BREAK_MASK bits) at address; the word that was there goes to *saved. */
int trace_poke(pid_t tid, uint64_t address, uint64_t code, uint64_t *saved) {
  errno = 0;
  long word = ptrace(PTRACE_PEEKTEXT, tid, (void *)(uintptr_t)address, NULL);
  if (errno != 0) return -errno;
  if (saved != NULL) *saved = (uint64_t)word;
  uint64_t next = ((uint64_t)word & ~ARCH_BREAK_MASK) | (code & ARCH_BREAK_MASK);
  return ptrace(PTRACE_POKETEXT, tid, (void *)(uintptr_t)address, (void *)(uintptr_t)next) == 0 ? 0 : -errno;
}

/* Address at which the line maps a file offset of an object, 0: it does not. */
static uint64_t mapped_at(const struct memory_map *map, const struct elf_object *o, uint64_t offset) {
  if (!map->executable || map->inode != o->mapped_inode || map->device != o->mapped_device || offset < map->offset ||
      offset - map->offset >= map->end - map->start)
    return 0;
  return map->start + (offset - map->offset);
}

/* The dynamic linker's notification function, found through the auxiliary vector; its first code. */
static uint64_t find_loader_hook(pid_t pid, uint64_t *code) {
  char path[64], line[4600], file[4096];
  uint64_t pair[2], base = 0;
  snprintf(path, sizeof path, "/proc/%d/auxv", (int)pid);
  int fd = open(path, O_RDONLY | O_CLOEXEC);
  if (fd < 0) return 0;
  while (read(fd, pair, sizeof pair) == (ssize_t)sizeof pair && pair[0] != AT_NULL)
    if (pair[0] == AT_BASE) base = pair[1];
  close(fd);
  if (base == 0) return 0; /* a static program */
  snprintf(path, sizeof path, "/proc/%d/maps", (int)pid);
  FILE *maps = fopen(path, "re");
  uint64_t found = 0;
  while (maps != NULL && fgets(line, sizeof line, maps) != NULL) {
    unsigned long long start;
    if (sscanf(line, "%llx-%*x %*s %*x %*s %*u %4095[^\n]", &start, file) != 2 || start != base) continue;
    struct elf_object loader;
    struct error ignored = { 0 };
    uint64_t address = 0, size;
    if (elf_object_open(&loader, file, &ignored) != 0) break;
    if (elf_object_function(&loader, "_dl_debug_state", &address, &size, &ignored) != 0) address = 0;
    uint64_t offset;
    *code = 0;
    if (address != 0 && elf_object_offset(&loader, address, &offset))
      elf_object_read(&loader, offset, code, ARCH_BREAK_BYTES);
    elf_object_close(&loader);
    if (address != 0) found = base + address;
    break;
  }
  if (maps != NULL) fclose(maps);
  return found;
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

/* The object has gone: what stood in its memory went with it. */
static void forget_place(struct trace_space *s, size_t i) {
  s->version++;
  s->address[i] = s->semaphore[i] = 0;
  s->inserted[i] = false;
}

static int place_at(struct tracer *t, struct trace_thread *th, size_t i, uint64_t at) {
  struct trace_space *s = th->space;
  int rc = 0;
  s->address[i] = at;
  s->version++;
  if (t->call->insert_breakpoints) {
    /* two points may share a place: what lies beneath is known then */
    for (size_t k = 0; k < s->places && !s->inserted[i]; k++)
      if (k != i && s->inserted[k] && s->address[k] == at) {
        s->saved[i] = s->saved[k];
        s->inserted[i] = true;
      }
    if (!s->inserted[i]) {
      rc = trace_poke(th->tid, at, ARCH_BREAK_CODE, &s->saved[i]);
      s->inserted[i] = rc == 0;
    }
  }
  if (t->call->insert_breakpoints || t->call->registers) trace_semaphore(s, i, th->tid, true);
  if (rc == 0 && t->call->mapped != NULL) rc = t->call->mapped(t, th, i % t->count, at);
  return rc;
}

/* A place of point i that is not used, *index; a longer list where there is none. */
static int free_place(const struct tracer *t, struct trace_space *s, size_t i, size_t *index) {
  for (*index = i; *index < s->places; *index += t->count)
    if (s->address[*index] == 0) return 0;
  return trace_space_grow(s);
}

/* All places of point i: those that have gone, and those that have come. */
static int update_point(struct tracer *t, struct trace_thread *th, size_t i, const struct memory_map *map,
                        size_t maps) {
  struct trace_space *s = th->space;
  const struct probe_point *p = &t->points[i];
  int rc = 0;
  for (size_t k = i; k < s->places; k += t->count) {
    bool there = s->address[k] == 0;
    for (size_t m = 0; m < maps && !there; m++) there = mapped_at(&map[m], p->object, p->place.offset) == s->address[k];
    if (!there) forget_place(s, k);
  }
  for (size_t m = 0; m < maps && rc == 0; m++) {
    uint64_t at = mapped_at(&map[m], p->object, p->place.offset);
    bool known = at == 0;
    for (size_t k = i; k < s->places && !known; k += t->count) known = s->address[k] == at;
    if (known) continue;
    size_t place = i;
    rc = free_place(t, s, i, &place);
    if (rc == 0) rc = place_at(t, th, place, at);
  }
  for (size_t k = i; k < s->places; k += t->count) s->seen |= s->address[k] != 0 && p->object == t->points[0].object;
  return rc;
}

int trace_space_update(struct tracer *t, struct trace_thread *th) {
  struct trace_space *s = th->space;
  size_t maps = 0;
  int rc = 0;
  struct memory_map *map = memory_map_read(th->tid, &maps);
  if (map == NULL) return -errno;
  for (size_t i = 0; i < t->count && rc == 0; i++) rc = update_point(t, th, i, map, maps);
  trace_find_slot(t, s, map, maps);
  free(map);
  if (rc == 0 && s->loader_address == 0 && !all_in_program(t, th->tid)) {
    uint64_t code, hook = find_loader_hook(th->tid, &code);
    if (hook != 0 && trace_poke(th->tid, hook, ARCH_BREAK_CODE, &s->loader_saved) == 0) s->loader_address = hook;
  }
  return rc;
}

/* Where no breakpoint is any more something else was mapped (a plain munmap is not noticed): it stays. */
static void take_out(pid_t tid, uint64_t address, uint64_t saved) {
  errno = 0;
  long word = ptrace(PTRACE_PEEKTEXT, tid, (void *)(uintptr_t)address, NULL);
  if (errno == 0 && ((uint64_t)word & ARCH_BREAK_MASK) == ARCH_BREAK_CODE) trace_poke(tid, address, saved, NULL);
}

void trace_space_remove(struct trace_space *s, pid_t tid) {
  for (size_t i = 0; i < s->places; i++) {
    if (s->inserted[i]) take_out(tid, s->address[i], s->saved[i]);
    s->inserted[i] = false;
    trace_semaphore(s, i, tid, false);
  }
  if (s->slot_place != SIZE_MAX)
    for (size_t i = 0; i < 2; i++)
      ptrace(PTRACE_POKETEXT, tid, (void *)(uintptr_t)(s->slot + 8 * i), (void *)(uintptr_t)s->slot_saved[i]);
  s->slot_place = SIZE_MAX;
  if (s->loader_address != 0) take_out(tid, s->loader_address, s->loader_saved);
  s->loader_address = 0;
}

static bool take_out_unstopped(int memory, uint64_t address, uint64_t saved) {
  uint64_t code = 0;
  return pread(memory, &code, ARCH_BREAK_BYTES, (off_t)address) == ARCH_BREAK_BYTES && code == ARCH_BREAK_CODE &&
         pwrite(memory, &saved, ARCH_BREAK_BYTES, (off_t)address) == ARCH_BREAK_BYTES;
}

void trace_restore_loader(pid_t pid, int memory) {
  uint64_t code = 0, hook = find_loader_hook(pid, &code);
  if (hook != 0 && code != 0) take_out_unstopped(memory, hook, code);
}

void trace_space_remove_unstopped(struct trace_space *s, pid_t tid) {
  char path[64];
  snprintf(path, sizeof path, "/proc/%d/mem", (int)tid);
  int fd = open(path, O_RDWR | O_CLOEXEC);
  if (fd < 0) return;
  for (size_t i = 0; i < s->places; i++) {
    if (s->inserted[i] && take_out_unstopped(fd, s->address[i], s->saved[i])) s->inserted[i] = false;
    trace_semaphore(s, i, tid, false);
  }
  if (s->loader_address != 0 && take_out_unstopped(fd, s->loader_address, s->loader_saved)) s->loader_address = 0;
  close(fd);
}

/* What the step left behind: a signal may have come first, then the instruction is still to run, and is
 * counted already. `ran_at`: where it was run. */
static void after_step(struct trace_thread *th, uint64_t address, uint64_t ran_at, unsigned length, arch_regs *regs) {
  if (th->pending_status >> 16 == PTRACE_EVENT_EXEC) return;
  if (arch_get_regs(th->tid, regs) == 0) {
    uint64_t pc = arch_pc(regs);
    if (pc == ran_at) th->counted_at = address;
    if (ran_at != address && (pc == ran_at || pc == ran_at + length)) {
      arch_set_pc(regs, address + (pc - ran_at));
      arch_set_regs(th->tid, regs);
    }
  }
  if (WIFSTOPPED(th->pending_status) && WSTOPSIG(th->pending_status) == SIGTRAP && th->pending_status >> 16 == 0)
    th->pending = false;
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
  after_step(th, address, address, 0, regs);
  return 0;
}

/* The instruction of place i into the slot; false where it cannot run there. */
static bool fill_slot(struct tracer *t, struct trace_thread *th, size_t i) {
  struct trace_space *s = th->space;
  const struct probe_point *p = trace_point(t, i);
  const struct insn *in = &p->insn;
  union {
    uint64_t word[2];
    unsigned char byte[16];
  } code;
  if (s->slot == 0 || !in->elsewhere || in->length > sizeof code || p->object != t->points[0].object) return false;
  if (s->slot_place == i) return true;
  if (!tracer_peek(th->tid, s->address[i], &code, sizeof code)) return false;
  memcpy(code.byte, &s->saved[i], ARCH_BREAK_BYTES);
  if (in->distance_at != 0) {
    int32_t distance;
    memcpy(&distance, code.byte + in->distance_at, sizeof distance);
    int64_t mended = (int64_t)distance + (int64_t)(s->address[i] - s->slot);
    if (mended != (int32_t)mended) return false;
    distance = (int32_t)mended;
    memcpy(code.byte + in->distance_at, &distance, sizeof distance);
  }
  /* another breakpoint may stand within the 16 bytes: it is not reached, one instruction is run */
  for (size_t k = 0; k < 2; k++) {
    errno = 0;
    uint64_t was = (uint64_t)ptrace(PTRACE_PEEKTEXT, th->tid, (void *)(uintptr_t)(s->slot + 8 * k), NULL);
    if (errno != 0) return false;
    if (s->slot_place == SIZE_MAX) s->slot_saved[k] = was;
    if (ptrace(PTRACE_POKETEXT, th->tid, (void *)(uintptr_t)(s->slot + 8 * k), (void *)(uintptr_t)code.word[k]) != 0)
      return false;
  }
  s->slot_place = i;
  return true;
}

/* Runs the instruction elsewhere: the others go on, and nobody passes the breakpoint. */
static int step_elsewhere(struct tracer *t, struct trace_thread *th, size_t i, arch_regs *regs) {
  const struct trace_space *s = th->space;
  uint64_t slot = s->slot;
  arch_set_pc(regs, slot);
  int rc = arch_set_regs(th->tid, regs);
  if (rc != 0) return rc;
  if (ptrace(PTRACE_SINGLESTEP, th->tid, NULL, NULL) != 0) return -errno;
  th->stopped = false;
  uint64_t address = s->address[i];
  rc = trace_wait_one(t, th->tid);
  if (rc != 0) return rc == -ECHILD ? 0 : rc;
  after_step(th, address, slot, trace_point(t, i)->insn.length, regs);
  return 0;
}

int trace_trap_code(pid_t tid) {
  siginfo_t si;
  return ptrace(PTRACE_GETSIGINFO, tid, NULL, &si) == 0 && si.si_signo == SIGTRAP ? si.si_code : 0;
}

bool trace_hit_register(pid_t tid) { return trace_trap_code(tid) == TRAP_HWBKPT; }

static void pass(struct tracer *t, struct trace_thread *th, size_t i, arch_regs *regs) {
  uint64_t address = th->space->address[i];
  int rc;
  const struct insn *in = &trace_point(t, i)->insn;
  if (in->nop) {
    arch_set_pc(regs, address + in->length);
    rc = arch_set_regs(th->tid, regs);
  } else if (fill_slot(t, th, i)) rc = step_elsewhere(t, th, i, regs);
  else rc = step_over(t, th, address, th->space->saved[i], regs);
  if (rc != 0 && rc != -ESRCH)
    error_raise(&t->error, ERROR_UNMEASURED, rc, "ptrace-int3: stepping over %s: %s", in->text, strerror(-rc));
}

bool trace_hit(struct tracer *t, struct trace_thread *th) {
  arch_regs regs;
  struct trace_space *s = th->space;
  if (s == NULL || arch_get_regs(th->tid, &regs) != 0) return false;
  uint64_t address = arch_pc(&regs) - ARCH_PC_AFTER_BREAK;
  if (address == s->loader_address && address != 0) {
    /* registers of the others are set when they go on: for that they have to stand */
    if (t->call->registers) trace_stop_others(t, th);
    if (!th->stopped) return true;
    int rc = trace_space_update(t, th);
    if (rc == 0) rc = step_over(t, th, address, s->loader_saved, &regs);
    if (rc != 0 && rc != -ESRCH)
      error_raise(&t->error, ERROR_UNMEASURED, rc, "ptrace: the dynamic linker's list: %s", strerror(-rc));
    return true;
  }
  size_t first = s->places;
  for (size_t i = 0; i < s->places; i++) {
    if (!s->inserted[i] || s->address[i] != address) continue;
    if (first == s->places) first = i;
    if (th->counted_at != address) trace_point(t, i)->hits++;
  }
  if (first == s->places) return false;
  th->counted_at = 0;
  pass(t, th, first, &regs);
  return true;
}
