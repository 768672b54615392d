/* SPDX-License-Identifier: GPL-3.0-or-later */
/* sampler_batch.h: what a sampler brought home: samples, their stacks, and what was mapped where.
 *
 * Owns the parsing of perf_event's records, which is pure and checks every length. Rings and
 * file descriptors are sampler.h's. */
#ifndef HARNESS_COUNTERS_SAMPLER_BATCH_H
#define HARNESS_COUNTERS_SAMPLER_BATCH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/* Registers in DWARF's order, so that an unwinder (libdw) takes them as they are:
 * x86_64: rax rdx rcx rbx rsi rdi rbp rsp r8..r15 rip; arm64: x0..x30 sp pc. */
#if defined __aarch64__
enum { SAMPLER_REGS = 33, SAMPLER_REG_SP = 31, SAMPLER_REG_IP = 32 };
#else
enum { SAMPLER_REGS = 17, SAMPLER_REG_SP = 7, SAMPLER_REG_IP = 16 };
#endif

struct sampler_sample {
  uint64_t ip;
  uint64_t time_ns; /* CLOCK_MONOTONIC */
  pid_t pid, tid;
  bool has_regs; /* regs hold the user registers */
  uint64_t regs[SAMPLER_REGS];
  size_t stack_offset;  /* into batch->stacks: the bytes from the stack pointer upwards */
  uint32_t stack_bytes; /* 0: none */
};

/* An executable mapping, or (length 0) the birth of a process that has its parent's mappings. */
struct sampler_map {
  pid_t pid, parent;
  uint64_t time_ns, start, length, file_offset;
  char *path; /* NULL for a birth */
};

struct sampler_batch {
  struct sampler_sample *samples;
  size_t count, room;
  uint8_t *stacks;
  size_t stacks_used, stacks_room;
  struct sampler_map *maps;
  size_t map_count, map_room;
  uint64_t lost_records; /* said by LOST records of the kernel */
  uint64_t throttled;    /* times that the kernel switched the event off for being too frequent */
  uint64_t malformed;    /* records that did not fit their own length; skipped */
};

/* The sample_type and the registers that the parser understands. */
uint64_t sampler_sample_type(bool with_stack);
uint64_t sampler_regs_mask(void);

/* One record (struct perf_event_header and what follows, `size` bytes in all). 0 or -ENOMEM. */
int sampler_batch_add(struct sampler_batch *batch, bool with_stack, const void *record, size_t size);
/* What process pid has mapped already, from /proc; for a sampler that is attached late. */
int sampler_batch_add_maps_of(struct sampler_batch *batch, pid_t pid);
/* The mapping in which ip lay in process pid at that time, its parents' included; NULL: unknown. */
const struct sampler_map *sampler_batch_find_map(const struct sampler_batch *batch, pid_t pid, uint64_t ip,
                                                 uint64_t time_ns);
static inline const uint8_t *sampler_stack(const struct sampler_batch *batch, const struct sampler_sample *s) {
  return s->stack_bytes > 0 ? batch->stacks + s->stack_offset : NULL;
}
void sampler_batch_free(struct sampler_batch *batch);

#endif
