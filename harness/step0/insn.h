/* SPDX-License-Identifier: GPL-3.0-or-later */
/* insn.h: one instruction, read with Capstone: what it is, and how a probe sits on it. */
#ifndef HARNESS_STEP0_INSN_H
#define HARNESS_STEP0_INSN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "harness/core/error.h"

struct insn {
  char text[96];   /* "nop", "lock inc dword ptr [rip + 0x10]" */
  unsigned length; /* bytes */
  bool no_uprobe;  /* LOCK or a segment prefix, xchg with memory: the kernel refuses a uprobe (errno 524) */
  bool nop;        /* any no-operation, endbr64 and bti included: can be skipped */
  bool rewritten;  /* a nop of 5 or 10 bytes: a kernel may make a call of it, which writes below the stack pointer */
  bool elsewhere;  /* does the same at another address, once its distance is mended and where it goes on */
  unsigned distance_at; /* byte of its distance from itself (32 bits, x86-64 rip-relative), 0: none */
  bool emulated;        /* the kernel emulates it (about 1 us a hit) rather than single-steps it (12 us) */
};

/* machine: EM_X86_64 or EM_AARCH64. -ENOTSUP: another one; -EILSEQ: not an instruction. */
int insn_read(int machine, const void *code, size_t size, uint64_t address, struct insn *insn, struct error *err);

#endif
