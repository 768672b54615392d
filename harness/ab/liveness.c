/* SPDX-License-Identifier: GPL-3.0-or-later */
/* liveness.c: see liveness.h. */
#include "harness/ab/liveness.h"

#include <capstone/capstone.h>
#include <string.h>

enum { STEPS_MAX = 400, PATHS_MAX = 64 };

/* System V AMD64: what a callee may read (arguments, al, the static chain), and keeps. */
#define CALL_READS \
 ((1u << 0) | (1u << 1) | (1u << 2) | (1u << 4) | (1u << 6) | (1u << 7) | (1u << 8) | (1u << 9) | (1u << 10))
#define CALLEE_SAVED ((1u << 3) | (1u << 4) | (1u << 5) | (0xfu << 12))
#define CALL_CLOBBERS (~(CALLEE_SAVED)&0xffffu)
#define RETURN_READS (CALLEE_SAVED | (1u << 0) | (1u << 2))

/* Index of the register's family; *bits: how wide. -1: not a general register. */
static int family(unsigned reg, unsigned *bits) {
  static const uint16_t by_width[4][16] = {
    { X86_REG_RAX, X86_REG_RCX, X86_REG_RDX, X86_REG_RBX, X86_REG_RSP, X86_REG_RBP, X86_REG_RSI, X86_REG_RDI,
      X86_REG_R8, X86_REG_R9, X86_REG_R10, X86_REG_R11, X86_REG_R12, X86_REG_R13, X86_REG_R14, X86_REG_R15 },
    { X86_REG_EAX, X86_REG_ECX, X86_REG_EDX, X86_REG_EBX, X86_REG_ESP, X86_REG_EBP, X86_REG_ESI, X86_REG_EDI,
      X86_REG_R8D, X86_REG_R9D, X86_REG_R10D, X86_REG_R11D, X86_REG_R12D, X86_REG_R13D, X86_REG_R14D, X86_REG_R15D },
    { X86_REG_AX, X86_REG_CX, X86_REG_DX, X86_REG_BX, X86_REG_SP, X86_REG_BP, X86_REG_SI, X86_REG_DI, X86_REG_R8W,
      X86_REG_R9W, X86_REG_R10W, X86_REG_R11W, X86_REG_R12W, X86_REG_R13W, X86_REG_R14W, X86_REG_R15W },
    { X86_REG_AL, X86_REG_CL, X86_REG_DL, X86_REG_BL, X86_REG_SPL, X86_REG_BPL, X86_REG_SIL, X86_REG_DIL, X86_REG_R8B,
      X86_REG_R9B, X86_REG_R10B, X86_REG_R11B, X86_REG_R12B, X86_REG_R13B, X86_REG_R14B, X86_REG_R15B },
  };
  static const unsigned width[4] = { 64, 32, 16, 8 };
  for (int w = 0; w < 4; w++)
    for (int i = 0; i < 16; i++)
      if (by_width[w][i] == reg) {
        *bits = width[w];
        return i;
      }
  static const uint16_t high[4] = { X86_REG_AH, X86_REG_CH, X86_REG_DH, X86_REG_BH };
  for (int i = 0; i < 4; i++)
    if (high[i] == reg) {
      *bits = 8;
      return i;
    }
  return -1;
}

struct decoded {
  struct liveness_insn insn;
  bool call, ret, jump, unknown;
  uint64_t target;
};

static csh handle(void) {
  static csh h;
  if (!h && cs_open(CS_ARCH_X86, CS_MODE_64, &h) == CS_ERR_OK) cs_option(h, CS_OPT_DETAIL, CS_OPT_ON);
  return h;
}

static void note_operands(const cs_x86 *x, struct liveness_insn *out) {
  for (int i = 0; i < x->op_count; i++) {
    const cs_x86_op *o = &x->operands[i];
    unsigned bits;
    if (o->type == X86_OP_MEM) {
      out->rip = o->mem.base == X86_REG_RIP;
      if (o->mem.segment == X86_REG_INVALID) {
        out->base = family(o->mem.base, &bits);
        out->index = family(o->mem.index, &bits);
      }
      out->memory_rmw = (o->access & CS_AC_READ) && (o->access & CS_AC_WRITE);
    } else if (o->type == X86_OP_REG && (o->access & CS_AC_WRITE)) {
      out->result = family(o->reg, &bits);
      out->result_wide = out->result >= 0 && bits == 64;
    }
  }
}

static bool decode(const struct liveness_code *code, uint64_t offset, struct decoded *d) {
  cs_insn *i;
  memset(d, 0, sizeof *d);
  d->insn.base = d->insn.index = d->insn.result = -1;
  if (offset >= code->size || !handle() ||
      cs_disasm(handle(), code->bytes + offset, code->size - offset, offset, 1, &i) != 1)
    return false;
  struct liveness_insn *out = &d->insn;
  cs_regs reads, writes;
  uint8_t n_reads = 0, n_writes = 0;
  out->length = i->size;
  cs_regs_access(handle(), i, reads, &n_reads, writes, &n_writes);
  for (int k = 0; k < n_reads; k++) {
    unsigned bits;
    int f = family(reads[k], &bits);
    out->reads |= reads[k] == X86_REG_EFLAGS ? LIVENESS_FLAGS : f >= 0 ? 1u << f : 0;
  }
  for (int k = 0; k < n_writes; k++) {
    unsigned bits;
    int f = family(writes[k], &bits);
    out->writes |= writes[k] == X86_REG_EFLAGS ? LIVENESS_FLAGS : f >= 0 ? 1u << f : 0;
    if (f >= 0 && bits < 32) /* the rest of the register stays */
      out->reads |= 1u << f;
  }
  const cs_x86 *x = &i->detail->x86;
  note_operands(x, out);
  /* inc, dec, shifts and rotates leave some flags as they were: no full write */
  static const unsigned partial[] = { X86_INS_INC, X86_INS_DEC, X86_INS_SHL, X86_INS_SHR, X86_INS_SAR,
                                      X86_INS_ROL, X86_INS_ROR, X86_INS_BT,  X86_INS_BTS };
  for (size_t k = 0; k < sizeof partial / sizeof *partial; k++)
    if (i->id == partial[k]) out->writes &= ~LIVENESS_FLAGS;
  if (i->id == X86_INS_CMPXCHG || i->id == X86_INS_XCHG) out->memory_rmw = false; /* more than a counter */
  out->exchanges = i->id == X86_INS_XADD;
  out->compare_immediate = i->id == X86_INS_CMP && x->op_count == 2 && x->operands[0].type == X86_OP_REG &&
                           x->operands[1].type == X86_OP_IMM;
  out->loads = (i->id == X86_INS_MOV || i->id == X86_INS_LEA) && x->op_count == 2 &&
               x->operands[0].type == X86_OP_REG && x->operands[1].type == X86_OP_MEM;
  if ((i->id == X86_INS_XOR || i->id == X86_INS_SUB) && x->op_count == 2 && x->operands[0].type == X86_OP_REG &&
      x->operands[1].type == X86_OP_REG && x->operands[0].reg == x->operands[1].reg && x->operands[0].size >= 4)
    out->reads = 0; /* the idiom for zero */
  d->call = cs_insn_group(handle(), i, CS_GRP_CALL);
  d->ret = cs_insn_group(handle(), i, CS_GRP_RET);
  bool jump = cs_insn_group(handle(), i, CS_GRP_JUMP);
  d->jump = jump && i->id == X86_INS_JMP;
  out->conditional_jump = jump && !d->jump;
  if (jump) {
    d->unknown =
        x->op_count != 1 || x->operands[0].type != X86_OP_IMM || code->relocated(code->context, offset, i->size);
    d->target = d->unknown ? 0 : (uint64_t)x->operands[0].imm;
  }
  cs_free(i, 1);
  return true;
}

bool liveness_decode(const struct liveness_code *code, uint64_t offset, struct liveness_insn *insn) {
  struct decoded d;
  bool ok = decode(code, offset, &d);
  *insn = d.insn;
  return ok;
}

static bool dead_from(const struct liveness_code *code, uint64_t offset, uint32_t what, int *steps, int depth) {
  struct decoded d;
  while (what) {
    if (depth > PATHS_MAX || --*steps < 0 || !decode(code, offset, &d)) return false;
    if (d.insn.reads & what) return false;
    if (d.call) {
      if (CALL_READS & what) return false;
      what &= ~(CALL_CLOBBERS | LIVENESS_FLAGS);
    } else if (d.ret) {
      return (RETURN_READS & what) == 0;
    } else if (d.insn.conditional_jump) {
      if (d.unknown || !dead_from(code, d.target, what, steps, depth + 1)) return false;
    } else if (d.jump) {
      if (d.unknown) return false;
      offset = d.target;
      continue;
    }
    what &= ~d.insn.writes;
    offset += d.insn.length;
  }
  return true;
}

bool liveness_dead(const struct liveness_code *code, uint64_t offset, uint32_t what) {
  int steps = STEPS_MAX;
  return dead_from(code, offset, what, &steps, 0);
}
