/* SPDX-License-Identifier: GPL-3.0-or-later */
/* tracer_space.c: the address spaces of a traced target: their making and end, what is mapped there, the
 * semaphores of USDT notes, and a little room where one instruction at a time is run. */
#include <gelf.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/sysmacros.h>

#include "harness/step0/tracer.h"

enum { SLOT_BYTES = 16, PAGE = 4096 };

struct trace_space *trace_space_new(struct tracer *t, pid_t process) {
  static unsigned last_id;
  struct trace_space *s = calloc(1, sizeof *s);
  if (s == NULL) return NULL;
  s->id = ++last_id;
  s->users = 1;
  s->version = 1;
  s->process = process;
  s->slot_point = SIZE_MAX;
  s->address = calloc(t->count, sizeof *s->address);
  s->saved = calloc(t->count, sizeof *s->saved);
  s->inserted = calloc(t->count, sizeof *s->inserted);
  s->base_value = calloc(t->count, sizeof *s->base_value);
  s->semaphore = calloc(t->count, sizeof *s->semaphore);
  if (s->address != NULL && s->saved != NULL && s->inserted != NULL && s->base_value != NULL && s->semaphore != NULL) {
    s->tracer = t;
    return s;
  }
  trace_space_drop(s);
  return NULL;
}

struct trace_space *trace_space_copy(const struct trace_space *from, struct tracer *t, pid_t process) {
  struct trace_space *s = trace_space_new(t, process);
  size_t n = t->count;
  if (s == NULL) return NULL;
  memcpy(s->address, from->address, n * sizeof *s->address);
  memcpy(s->saved, from->saved, n * sizeof *s->saved);
  memcpy(s->inserted, from->inserted, n * sizeof *s->inserted);
  memcpy(s->base_value, from->base_value, n * sizeof *s->base_value);
  memcpy(s->semaphore, from->semaphore, n * sizeof *s->semaphore);
  memcpy(s->slot_saved, from->slot_saved, sizeof s->slot_saved);
  s->slot = from->slot;
  s->slot_point = from->slot_point;
  s->loader_address = from->loader_address;
  s->loader_saved = from->loader_saved;
  s->seen = from->seen;
  return s;
}

void trace_space_drop(struct trace_space *s) {
  if (s == NULL || --s->users > 0) return;
  if (s->tracer != NULL && s->executed && !s->seen && s->tracer->scope != NULL) {
    s->tracer->scope->unseen++;
    s->tracer->scope->unseen_pid = (int)s->process;
  }
  free(s->address);
  free(s->saved);
  free(s->inserted);
  free(s->base_value);
  free(s->semaphore);
  free(s);
}

struct trace_map *trace_read_maps(pid_t tid, size_t *count) {
  char path[64], line[4600];
  size_t room = 0;
  struct trace_map *map = NULL;
  snprintf(path, sizeof path, "/proc/%d/maps", (int)tid);
  FILE *f = fopen(path, "re");
  *count = 0;
  if (f == NULL) return NULL;
  while (fgets(line, sizeof line, f) != NULL) {
    unsigned long long start, end, from, inode;
    unsigned major_no, minor_no;
    char perms[8];
    if (sscanf(line, "%llx-%llx %7s %llx %x:%x %llu", &start, &end, perms, &from, &major_no, &minor_no, &inode) != 7)
      continue;
    if (*count == room) {
      room = room != 0 ? 2 * room : 64;
      struct trace_map *grown = reallocarray(map, room, sizeof *grown);
      if (grown == NULL) break;
      map = grown;
    }
    map[(*count)++] = (struct trace_map){ start, end, from, inode, makedev(major_no, minor_no), perms[2] == 'x' };
  }
  fclose(f);
  if (map == NULL) errno = ESRCH; /* it has ended */
  return map;
}

/* Code of the object ends within a page; the rest of that is mapped with it, and never runs. */
void trace_find_slot(struct tracer *t, struct trace_space *s, const struct trace_map *map, size_t maps) {
  const struct elf_object *o = t->points[0].object;
  size_t count;
  if (s->slot_point != SIZE_MAX) return; /* it is in use: the object is where it was */
  s->slot = 0;
  if (!t->call->insert_breakpoints || elf_getphdrnum(o->elf, &count) != 0) return;
  for (size_t i = 0; i < count && s->slot == 0; i++) {
    GElf_Phdr ph;
    if (gelf_getphdr(o->elf, (int)i, &ph) == NULL || ph.p_type != PT_LOAD || !(ph.p_flags & PF_X) ||
        (ph.p_flags & PF_W))
      continue;
    uint64_t end = (ph.p_offset + ph.p_filesz + SLOT_BYTES - 1) / SLOT_BYTES * SLOT_BYTES;
    if (ph.p_memsz != ph.p_filesz || end % PAGE == 0 || PAGE - end % PAGE < SLOT_BYTES) continue;
    for (size_t k = 0; k < maps; k++)
      if (map[k].executable && map[k].inode == o->inode && map[k].device == o->device && end >= map[k].offset &&
          end + SLOT_BYTES - map[k].offset <= map[k].end - map[k].start)
        s->slot = map[k].start + (end - map[k].offset);
  }
}

/* A semaphore counts those who want the note's work to be done (2 bytes). */
void trace_semaphore(struct trace_space *s, size_t point, pid_t tid, bool raise) {
  const struct elf_place *place = &s->tracer->points[point].place;
  uint16_t value;
  uint64_t at = raise ? place->semaphore + (s->address[point] - place->address) : s->semaphore[point];
  if (place->semaphore == 0 || at == 0 || !tracer_peek(tid, at, &value, sizeof value)) return;
  if (raise) value++;
  else if (value > 0) value--;
  struct iovec local = { &value, sizeof value }, remote = { (void *)(uintptr_t)at, sizeof value };
  bool done = process_vm_writev(tid, &local, 1, &remote, 1, 0) == (ssize_t)sizeof value;
  s->semaphore[point] = raise && done ? at : 0;
}
