/* SPDX-License-Identifier: GPL-3.0-or-later */
/* tracer_space.c: the address spaces of a traced target: their making and end, what is mapped there, the
 * semaphores of USDT notes, and a little room where one instruction at a time is run. */
#include <gelf.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/sysmacros.h>

#include "harness/step0/tracer.h"

enum { SLOT_BYTES = 16, PAGE = 4096, MAPPINGS_MAX = 16 /* namespaces of glibc's dlmopen */ };

struct trace_space *trace_space_new(struct tracer *t, pid_t process) {
  static unsigned last_id;
  struct trace_space *s = calloc(1, sizeof *s);
  if (s == NULL) return NULL;
  s->id = ++last_id;
  s->users = 1;
  s->version = 1;
  s->process = process;
  s->slot_place = SIZE_MAX;
  s->tracer = t;
  if (trace_space_grow(s) == 0) return s;
  trace_space_drop(s);
  return NULL;
}

/* list: where the pointer stands. It stays as it is where there is no memory. */
static bool grow(void *list, size_t old, size_t count, size_t size) {
  char *known;
  memcpy(&known, list, sizeof known);
  char *grown = reallocarray(known, count, size);
  if (grown == NULL) return false;
  memset(grown + old * size, 0, (count - old) * size);
  memcpy(list, &grown, sizeof grown);
  return true;
}

int trace_space_grow(struct trace_space *s) {
  size_t old = s->places, n = old + s->tracer->count;
  if (old >= MAPPINGS_MAX * s->tracer->count) return -E2BIG;
  if (!grow(&s->address, old, n, sizeof *s->address) || !grow(&s->saved, old, n, sizeof *s->saved) ||
      !grow(&s->inserted, old, n, sizeof *s->inserted) || !grow(&s->base_value, old, n, sizeof *s->base_value) ||
      !grow(&s->semaphore, old, n, sizeof *s->semaphore))
    return -ENOMEM;
  s->places = n;
  return 0;
}

struct trace_space *trace_space_copy(const struct trace_space *from, struct tracer *t, pid_t process) {
  struct trace_space *s = trace_space_new(t, process);
  while (s != NULL && s->places < from->places)
    if (trace_space_grow(s) != 0) {
      trace_space_drop(s);
      s = NULL;
    }
  if (s == NULL) return NULL;
  size_t n = from->places;
  memcpy(s->address, from->address, n * sizeof *s->address);
  memcpy(s->saved, from->saved, n * sizeof *s->saved);
  memcpy(s->inserted, from->inserted, n * sizeof *s->inserted);
  memcpy(s->base_value, from->base_value, n * sizeof *s->base_value);
  memcpy(s->semaphore, from->semaphore, n * sizeof *s->semaphore);
  memcpy(s->slot_saved, from->slot_saved, sizeof s->slot_saved);
  s->slot = from->slot;
  s->slot_place = from->slot_place;
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

/* Code of the object ends within a page; the rest of that is mapped with it, and never runs. */
void trace_find_slot(struct tracer *t, struct trace_space *s, const struct memory_map *map, size_t maps) {
  const struct elf_object *o = t->points[0].object;
  size_t count;
  uint64_t found = 0;
  if (!t->call->insert_breakpoints || elf_getphdrnum(o->elf, &count) != 0) return;
  for (size_t i = 0; i < count && found == 0; i++) {
    GElf_Phdr ph;
    if (gelf_getphdr(o->elf, (int)i, &ph) == NULL || ph.p_type != PT_LOAD || !(ph.p_flags & PF_X) ||
        (ph.p_flags & PF_W))
      continue;
    uint64_t end = (ph.p_offset + ph.p_filesz + SLOT_BYTES - 1) / SLOT_BYTES * SLOT_BYTES;
    if (ph.p_memsz != ph.p_filesz || end % PAGE == 0 || PAGE - end % PAGE < SLOT_BYTES) continue;
    for (size_t k = 0; k < maps; k++)
      if (map[k].executable && map[k].inode == o->mapped_inode && map[k].device == o->mapped_device &&
          end >= map[k].offset && end + SLOT_BYTES - map[k].offset <= map[k].end - map[k].start)
        if (found == 0 || map[k].start + (end - map[k].offset) == s->slot) found = map[k].start + (end - map[k].offset);
  }
  if (found != s->slot) s->slot_place = SIZE_MAX; /* what stood there went with its memory */
  s->slot = found;
}

/* A semaphore counts those who want the note's work to be done (2 bytes). */
void trace_semaphore(struct trace_space *s, size_t index, pid_t tid, bool raise) {
  const struct elf_place *place = &trace_point(s->tracer, index)->place;
  uint16_t value;
  uint64_t at = raise ? place->semaphore + (s->address[index] - place->address) : s->semaphore[index];
  if (place->semaphore == 0 || at == 0 || !tracer_peek(tid, at, &value, sizeof value)) return;
  if (raise) value++;
  else if (value > 0) value--;
  struct iovec local = { &value, sizeof value }, remote = { (void *)(uintptr_t)at, sizeof value };
  bool done = process_vm_writev(tid, &local, 1, &remote, 1, 0) == (ssize_t)sizeof value;
  s->semaphore[index] = raise && done ? at : 0;
}
