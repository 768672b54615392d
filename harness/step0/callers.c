/* SPDX-License-Identifier: GPL-3.0-or-later */
/* callers.c: see callers.h. One Dwfl for each process, made from the mappings that the sampler
 * saw. */
#include "harness/step0/callers.h"

#include <elfutils/libdwfl.h>
#include <gelf.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "harness/core/debug_file.h"

enum { PROCESSES_MAX = 32 };

/* What the unwinder asks about, one sample at a time. */
struct unwinding {
  const struct sampler_batch *batch;
  const struct sampler_sample *sample;
  int frame;
  char *name;
  size_t name_size;
};

struct process {
  pid_t pid;
  Dwfl *dwfl;         /* NULL: stacks of this process cannot be unwound */
  struct unwinding u; /* its sample changes from call to call */
};

static int no_elf(Dwfl_Module *m, void **u, const char *n, Dwarf_Addr b, char **f, Elf **e) {
  (void)m, (void)u, (void)n, (void)b, (void)f, (void)e;
  return -1;
}

static const Dwfl_Callbacks module_callbacks = { .find_elf = no_elf, .find_debuginfo = debug_file_find };

static pid_t next_thread(Dwfl *dwfl, void *arg, void **thread_arg) {
  (void)dwfl;
  struct unwinding *u = arg;
  if (*thread_arg != NULL) return 0;
  *thread_arg = u;
  return u->sample->tid;
}

static bool memory_read(Dwfl *dwfl, Dwarf_Addr address, Dwarf_Word *result, void *arg) {
  (void)dwfl;
  const struct unwinding *u = arg;
  uint64_t sp = u->sample->regs[SAMPLER_REG_SP];
  if (address < sp || address - sp + sizeof *result > u->sample->stack_bytes) return false;
  memcpy(result, sampler_stack(u->batch, u->sample) + (address - sp), sizeof *result);
  return true;
}

static bool set_registers(Dwfl_Thread *thread, void *arg) {
  const struct unwinding *u = arg;
  Dwarf_Word regs[SAMPLER_REGS];
  for (int i = 0; i < SAMPLER_REGS; i++) regs[i] = u->sample->regs[i];
#if defined __aarch64__
  if (!dwfl_thread_state_registers(thread, 0, 32, regs)) return false;
#else
  if (!dwfl_thread_state_registers(thread, 0, SAMPLER_REGS, regs)) return false;
#endif
  dwfl_thread_state_register_pc(thread, regs[SAMPLER_REG_IP]);
  return true;
}

static const Dwfl_Thread_Callbacks thread_callbacks = { .next_thread = next_thread,
                                                        .memory_read = memory_read,
                                                        .set_initial_registers = set_registers };

/* The caller is the first frame after the innermost. */
static int on_frame(Dwfl_Frame *frame, void *arg) {
  struct unwinding *u = arg;
  Dwarf_Addr pc;
  bool activation;
  if (u->frame++ == 0) return DWARF_CB_OK;
  if (!dwfl_frame_pc(frame, &pc, &activation)) return DWARF_CB_ABORT;
  if (!activation) pc--;
  Dwfl_Module *m = dwfl_addrmodule(dwfl_thread_dwfl(dwfl_frame_thread(frame)), pc);
  const char *name = m != NULL ? dwfl_module_addrname(m, pc) : NULL;
  if (name != NULL) {
    snprintf(u->name, u->name_size, "%s", name);
    return DWARF_CB_ABORT;
  }
  Dwarf_Addr start = 0;
  const char *file = m != NULL ? dwfl_module_info(m, NULL, &start, NULL, NULL, NULL, NULL, NULL) : NULL;
  if (file != NULL) {
    const char *slash = strrchr(file, '/');
    snprintf(u->name, u->name_size, "[%s+0x%llx]", slash != NULL ? slash + 1 : file, (unsigned long long)(pc - start));
  }
  return DWARF_CB_ABORT;
}

/* Load bias of a mapping: where the file's segment with this offset wanted to be. */
static bool find_bias(const struct sampler_map *map, GElf_Addr *bias) {
  struct elf_object o;
  struct error ignored = { 0 };
  size_t count;
  bool found = false;
  if (map->path == NULL || map->path[0] != '/' || elf_object_open(&o, map->path, &ignored) != 0) return false;
  if (elf_getphdrnum(o.elf, &count) == 0)
    for (size_t i = 0; i < count && !found; i++) {
      GElf_Phdr ph;
      if (gelf_getphdr(o.elf, (int)i, &ph) == NULL || ph.p_type != PT_LOAD) continue;
      if (map->file_offset < (ph.p_offset & ~UINT64_C(4095)) || map->file_offset >= ph.p_offset + ph.p_filesz) continue;
      *bias = map->start - (map->file_offset + (ph.p_vaddr - ph.p_offset));
      found = (ph.p_flags & PF_X) != 0;
    }
  elf_object_close(&o);
  return found;
}

static bool is_ancestor_or_self(const struct sampler_batch *b, pid_t pid, pid_t of) {
  for (int depth = 0; depth < 64; depth++) {
    if (pid == of) return true;
    pid_t parent = 0;
    for (size_t i = 0; i < b->map_count && parent == 0; i++)
      if (b->maps[i].length == 0 && b->maps[i].pid == of) parent = b->maps[i].parent;
    if (parent == 0) return false;
    of = parent;
  }
  return false;
}

static Dwfl *make_dwfl(const struct sampler_batch *b, pid_t pid) {
  Dwfl *dwfl = dwfl_begin(&module_callbacks);
  if (dwfl == NULL) return NULL;
  dwfl_report_begin(dwfl);
  for (size_t i = 0; i < b->map_count; i++) {
    GElf_Addr bias;
    if (b->maps[i].length == 0 || !is_ancestor_or_self(b, b->maps[i].pid, pid)) continue;
    if (find_bias(&b->maps[i], &bias)) dwfl_report_elf(dwfl, b->maps[i].path, b->maps[i].path, -1, bias, true);
  }
  dwfl_report_end(dwfl, NULL, NULL);
  return dwfl;
}

static struct process *process_of(struct process *list, size_t *count, const struct sampler_batch *b,
                                  const struct sampler_sample *first) {
  for (size_t i = 0; i < *count; i++)
    if (list[i].pid == first->pid) return &list[i];
  if (*count == PROCESSES_MAX) return NULL;
  struct process *p = &list[(*count)++];
  *p = (struct process){ .pid = first->pid, .dwfl = make_dwfl(b, first->pid), .u = { .batch = b, .sample = first } };
  if (p->dwfl != NULL && !dwfl_attach_state(p->dwfl, NULL, p->pid, &thread_callbacks, &p->u)) {
    dwfl_end(p->dwfl);
    p->dwfl = NULL;
  }
  return p;
}

static void count_caller(struct callers *out, const char *name) {
  for (size_t i = 0; i < out->callers; i++)
    if (strcmp(out->caller[i].name, name) == 0) {
      out->caller[i].samples++;
      return;
    }
  if (out->callers == CALLERS_MAX) return;
  snprintf(out->caller[out->callers].name, sizeof out->caller[0].name, "%s", name);
  out->caller[out->callers++].samples = 1;
}

static bool is_inside(const struct sampler_batch *b, const struct sampler_sample *s, const struct callers_range *ranges,
                      size_t count) {
  const struct sampler_map *map = sampler_batch_find_map(b, s->pid, s->ip, s->time_ns);
  if (map == NULL || map->path == NULL) return false;
  uint64_t offset = s->ip - map->start + map->file_offset;
  for (size_t i = 0; i < count; i++)
    if (offset >= ranges[i].offset && offset - ranges[i].offset < ranges[i].size &&
        strcmp(map->path, ranges[i].object->path) == 0)
      return true;
  return false;
}

static int by_samples(const void *a, const void *b) {
  const struct caller *x = a, *y = b;
  return x->samples > y->samples ? -1 : x->samples < y->samples;
}

int callers_find(const struct sampler_batch *batch, const struct callers_range *ranges, size_t count,
                 struct callers *out) {
  struct process *list = calloc(PROCESSES_MAX, sizeof *list);
  size_t processes = 0;
  memset(out, 0, sizeof *out);
  if (list == NULL) return -ENOMEM;
  for (size_t i = 0; i < batch->count; i++) {
    const struct sampler_sample *s = &batch->samples[i];
    out->total++;
    if (!is_inside(batch, s, ranges, count)) continue;
    out->inside++;
    struct process *p = process_of(list, &processes, batch, s);
    char name[128] = "";
    if (p != NULL && p->dwfl != NULL && s->has_regs) {
      p->u = (struct unwinding){ batch, s, 0, name, sizeof name };
      dwfl_getthread_frames(p->dwfl, s->tid, on_frame, &p->u);
    }
    if (name[0] != '\0') count_caller(out, name);
    else out->unknown++;
  }
  for (size_t i = 0; i < processes; i++)
    if (list[i].dwfl != NULL) dwfl_end(list[i].dwfl);
  free(list);
  qsort(out->caller, out->callers, sizeof out->caller[0], by_samples);
  return 0;
}
