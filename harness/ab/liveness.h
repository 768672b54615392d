/* SPDX-License-Identifier: GPL-3.0-or-later */
/* liveness.h: whether what an instruction computes is needed by any that may follow it.
 *
 * Conservative: walks all paths within one function's section, and what it cannot follow (an
 * indirect jump, a jump into another section, too long a way) needs everything. x86-64. */
#ifndef HARNESS_AB_LIVENESS_H
#define HARNESS_AB_LIVENESS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Bits 0 to 15: rax, rcx, rdx, rbx, rsp, rbp, rsi, rdi, r8 to r15; bit 16: the flags. */
#define LIVENESS_FLAGS (1u << 16)

struct liveness_code {
  const uint8_t *bytes;
  size_t size;
  /* Whether a relocation lies in [offset, offset + length): its target is not known. */
  bool (*relocated)(const void *context, uint64_t offset, uint64_t length);
  const void *context;
};

struct liveness_insn {
  unsigned length;
  uint32_t reads, writes; /* registers and flags; a write of 8 or 16 bits counts as a read too */
  bool memory_rmw;        /* reads and writes memory */
  bool exchanges;         /* xadd: the old value comes back in a register */
  int base, index;        /* registers of the memory operand, -1: none */
  bool rip;               /* the memory operand is relative to rip */
  bool compare_immediate, conditional_jump;
  bool loads;       /* mov reg, memory, or lea: reg may then hold an address */
  int result;       /* register written, -1: none */
  bool result_wide; /* 64 bits */
};

/* False where there is no instruction at offset. */
bool liveness_decode(const struct liveness_code *code, uint64_t offset, struct liveness_insn *insn);
/* Whether nothing of `what` is read before it is written again on any path from offset on. */
bool liveness_dead(const struct liveness_code *code, uint64_t offset, uint32_t what);

#endif
