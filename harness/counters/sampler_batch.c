/* SPDX-License-Identifier: GPL-3.0-or-later */
/* sampler_batch.c: see sampler_batch.h. */
#include "harness/counters/sampler_batch.h"

#include <errno.h>
#include <linux/perf_event.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#if defined __x86_64__
# include <asm/perf_regs.h>
#endif

#if defined __x86_64__
/* perf's number of each DWARF register */
static const uint8_t perf_reg[SAMPLER_REGS] = {
  PERF_REG_X86_AX,  PERF_REG_X86_DX,  PERF_REG_X86_CX,  PERF_REG_X86_BX,  PERF_REG_X86_SI,  PERF_REG_X86_DI,
  PERF_REG_X86_BP,  PERF_REG_X86_SP,  PERF_REG_X86_R8,  PERF_REG_X86_R9,  PERF_REG_X86_R10, PERF_REG_X86_R11,
  PERF_REG_X86_R12, PERF_REG_X86_R13, PERF_REG_X86_R14, PERF_REG_X86_R15, PERF_REG_X86_IP,
};
#endif

uint64_t sampler_regs_mask(void) {
#if defined __x86_64__
  uint64_t mask = 0;
  for (int i = 0; i < SAMPLER_REGS; i++) mask |= UINT64_C(1) << perf_reg[i];
  return mask;
#else
  return (UINT64_C(1) << SAMPLER_REGS) - 1;
#endif
}

uint64_t sampler_sample_type(bool with_stack) {
  uint64_t type = PERF_SAMPLE_IP | PERF_SAMPLE_TID | PERF_SAMPLE_TIME;
  return with_stack ? type | PERF_SAMPLE_REGS_USER | PERF_SAMPLE_STACK_USER : type;
}

/* The kernel gives the registers of the mask in the order of its own numbers. */
static void order_regs(const uint64_t *given, uint64_t *regs) {
#if defined __x86_64__
  for (int i = 0; i < SAMPLER_REGS; i++)
    regs[i] = given[__builtin_popcountll(sampler_regs_mask() & ((UINT64_C(1) << perf_reg[i]) - 1))];
#else
  memcpy(regs, given, SAMPLER_REGS * sizeof *regs);
#endif
}

static int grow(void **list, size_t *room, size_t wanted, size_t item) {
  if (wanted <= *room) return 0;
  size_t more = *room < 64 ? 64 : *room;
  while (more < wanted) more *= 2;
  void *p = reallocarray(*list, more, item);
  if (p == NULL) return -ENOMEM;
  *list = p;
  *room = more;
  return 0;
}

struct cursor {
  const uint8_t *p, *end;
  bool ok;
};

static void take(struct cursor *c, void *out, size_t size) {
  if (!c->ok || (size_t)(c->end - c->p) < size) {
    c->ok = false;
    memset(out, 0, size);
    return;
  }
  memcpy(out, c->p, size);
  c->p += size;
}

static uint64_t take_u64(struct cursor *c) {
  uint64_t v;
  take(c, &v, sizeof v);
  return v;
}

static uint32_t take_u32(struct cursor *c) {
  uint32_t v;
  take(c, &v, sizeof v);
  return v;
}

static int add_sample(struct sampler_batch *b, bool with_stack, struct cursor *c) {
  struct sampler_sample s = { 0 };
  uint64_t given[SAMPLER_REGS], size = 0, used = 0;
  const uint8_t *stack = NULL;
  s.ip = take_u64(c);
  s.pid = (pid_t)take_u32(c);
  s.tid = (pid_t)take_u32(c);
  s.time_ns = take_u64(c);
  if (with_stack) {
    if (take_u64(c) != PERF_SAMPLE_REGS_ABI_NONE) { /* NONE: a kernel thread */
      take(c, given, sizeof given);
      order_regs(given, s.regs);
      s.has_regs = true;
    }
    size = take_u64(c);
    if (c->ok && size > 0) {
      if ((uint64_t)(c->end - c->p) < size) c->ok = false;
      else {
        stack = c->p;
        c->p += size;
        used = take_u64(c); /* how much of it could be read */
        if (used > size) c->ok = false;
      }
    }
  }
  if (!c->ok) {
    b->malformed++;
    return 0;
  }
  if (grow((void **)&b->samples, &b->room, b->count + 1, sizeof *b->samples) != 0 ||
      grow((void **)&b->stacks, &b->stacks_room, b->stacks_used + used, 1) != 0)
    return -ENOMEM;
  s.stack_offset = b->stacks_used;
  s.stack_bytes = (uint32_t)used;
  if (used > 0) memcpy(b->stacks + b->stacks_used, stack, used);
  b->stacks_used += used;
  b->samples[b->count++] = s;
  return 0;
}

static int add_map(struct sampler_batch *b, const struct sampler_map *m, const char *path, size_t length) {
  if (grow((void **)&b->maps, &b->map_room, b->map_count + 1, sizeof *b->maps) != 0) return -ENOMEM;
  struct sampler_map *slot = &b->maps[b->map_count];
  *slot = *m;
  if (path != NULL && (slot->path = strndup(path, length)) == NULL) return -ENOMEM;
  b->map_count++;
  return 0;
}

/* Records that are not samples end with pid, tid and time (sample_id_all). */
static uint64_t time_at_end(const uint8_t *record, size_t size) {
  uint64_t v = 0;
  if (size >= sizeof(struct perf_event_header) + 16) memcpy(&v, record + size - 8, sizeof v);
  return v;
}

static int add_mmap2(struct sampler_batch *b, struct cursor *c, uint64_t time_ns) {
  struct sampler_map m = { .time_ns = time_ns };
  uint8_t build_id_or_inode[24];
  m.pid = (pid_t)take_u32(c);
  take_u32(c); /* tid */
  m.start = take_u64(c);
  m.length = take_u64(c);
  m.file_offset = take_u64(c);
  take(c, build_id_or_inode, sizeof build_id_or_inode);
  take_u64(c); /* prot, flags */
  size_t left = (size_t)(c->end - c->p), length = strnlen((const char *)c->p, left);
  if (!c->ok || length == left || m.length == 0) {
    b->malformed++;
    return 0;
  }
  return add_map(b, &m, (const char *)c->p, length);
}

static int add_fork(struct sampler_batch *b, struct cursor *c) {
  struct sampler_map m = { 0 };
  m.pid = (pid_t)take_u32(c);
  m.parent = (pid_t)take_u32(c);
  take_u64(c); /* the two thread ids */
  m.time_ns = take_u64(c);
  if (!c->ok) {
    b->malformed++;
    return 0;
  }
  return m.pid == m.parent ? 0 : add_map(b, &m, NULL, 0); /* a thread shares its process's */
}

int sampler_batch_add(struct sampler_batch *b, bool with_stack, const void *record, size_t size) {
  struct perf_event_header h;
  if (size < sizeof h) {
    b->malformed++;
    return 0;
  }
  memcpy(&h, record, sizeof h);
  struct cursor c = { (const uint8_t *)record + sizeof h, (const uint8_t *)record + size, true };
  switch (h.type) {
  case PERF_RECORD_SAMPLE: return add_sample(b, with_stack, &c);
  case PERF_RECORD_MMAP2: return add_mmap2(b, &c, time_at_end(record, size));
  case PERF_RECORD_FORK: return add_fork(b, &c);
  case PERF_RECORD_THROTTLE: b->throttled++; return 0;
  case PERF_RECORD_LOST:
    take_u64(&c); /* id */
    b->lost_records += take_u64(&c);
    return 0;
  default: return 0;
  }
}

int sampler_batch_add_maps_of(struct sampler_batch *b, pid_t pid) {
  char name[64], line[4096 + 128];
  int rc = 0;
  snprintf(name, sizeof name, "/proc/%d/maps", (int)pid);
  FILE *f = fopen(name, "re");
  if (f == NULL) return -errno;
  while (rc == 0 && fgets(line, sizeof line, f) != NULL) {
    unsigned long long start, end, offset;
    char flags[8];
    int at = 0;
    if (sscanf(line, "%llx-%llx %7s %llx %*s %*s %n", &start, &end, flags, &offset, &at) < 4 || at == 0) continue;
    if (flags[2] != 'x') continue;
    struct sampler_map m = { .pid = pid, .start = start, .length = end - start, .file_offset = offset };
    rc = add_map(b, &m, line + at, strcspn(line + at, "\n"));
  }
  fclose(f);
  return rc;
}

const struct sampler_map *sampler_batch_find_map(const struct sampler_batch *b, pid_t pid, uint64_t ip,
                                                 uint64_t time_ns) {
  /* each turn goes to the parent at the time of birth; the depth of a process tree bounds it */
  for (int depth = 0; depth < 64; depth++) {
    const struct sampler_map *found = NULL, *birth = NULL;
    for (size_t i = 0; i < b->map_count; i++) {
      const struct sampler_map *m = &b->maps[i];
      if (m->pid != pid || m->time_ns > time_ns) continue;
      if (m->path == NULL) birth = m;
      else if (ip - m->start < m->length && (found == NULL || m->time_ns >= found->time_ns)) found = m;
    }
    if (found != NULL || birth == NULL) return found;
    pid = birth->parent;
    time_ns = birth->time_ns;
  }
  return NULL;
}

void sampler_batch_free(struct sampler_batch *b) {
  for (size_t i = 0; i < b->map_count; i++) free(b->maps[i].path);
  free(b->maps);
  free(b->samples);
  free(b->stacks);
  memset(b, 0, sizeof *b);
}
