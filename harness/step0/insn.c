/* SPDX-License-Identifier: GPL-3.0-or-later */
/* insn.c: see insn.h. */
#include "harness/step0/insn.h"

#include <capstone/capstone.h>
#include <elf.h>
#include <stdio.h>
#include <string.h>

static void judge_x86(csh handle, const cs_insn *in, struct insn *out) {
  const cs_x86 *x = &in->detail->x86;
  bool direct = x->op_count == 1 && x->operands[0].type == X86_OP_IMM;
  out->elsewhere = !cs_insn_group(handle, in, CS_GRP_CALL) && !(cs_insn_group(handle, in, CS_GRP_JUMP) && direct) &&
                   !cs_insn_group(handle, in, CS_GRP_INT) && !cs_insn_group(handle, in, CS_GRP_IRET) &&
                   in->id != X86_INS_SYSCALL && in->id != X86_INS_SYSENTER && in->id != X86_INS_XBEGIN &&
                   in->id != X86_INS_LOOP && in->id != X86_INS_LOOPE && in->id != X86_INS_LOOPNE;
  for (int i = 0; i < x->op_count; i++)
    if (x->operands[i].type == X86_OP_MEM && x->operands[i].mem.base == X86_REG_RIP)
      out->distance_at = x->encoding.disp_offset;
  /* arch/x86/kernel/uprobes.c, is_prefix_bad() */
  const unsigned char segment = x->prefix[1];
  out->no_uprobe = x->prefix[0] == X86_PREFIX_LOCK || segment == X86_PREFIX_CS || segment == X86_PREFIX_DS ||
                   segment == X86_PREFIX_ES || segment == X86_PREFIX_SS;
  bool memory = false;
  for (int i = 0; i < x->op_count; i++) memory |= x->operands[i].type == X86_OP_MEM;
  if (in->id == X86_INS_XCHG && memory) out->no_uprobe = true; /* implied */
  out->nop = in->id == X86_INS_NOP || in->id == X86_INS_ENDBR64;
  /* can_optimize(): 5 bytes in Linux 6.18, whatever their prefixes; 10 bytes in later ones */
  out->rewritten = in->id == X86_INS_NOP && (in->size == 5 || in->size == 10);
  /* arch/x86/kernel/uprobes.c: nop, push of a register, near branches and calls */
  out->emulated = in->id == X86_INS_NOP ||
                  (in->id == X86_INS_PUSH && x->op_count == 1 && x->operands[0].type == X86_OP_REG) ||
                  (cs_insn_group(handle, in, CS_GRP_JUMP) && !memory) || (in->id == X86_INS_CALL && !memory);
}

static void judge_arm64(const cs_insn *in, struct insn *out) {
  out->nop = in->id == ARM64_INS_NOP || in->id == ARM64_INS_HINT;
  out->emulated = out->nop;
  /* exclusive loads and stores cannot be stepped */
  out->no_uprobe = strncmp(in->mnemonic, "ldxr", 4) == 0 || strncmp(in->mnemonic, "ldaxr", 5) == 0 ||
                   strncmp(in->mnemonic, "stxr", 4) == 0 || strncmp(in->mnemonic, "stlxr", 5) == 0;
}

int insn_read(int machine, const void *code, size_t size, uint64_t address, struct insn *insn, struct error *err) {
  csh handle;
  cs_insn *in = NULL;
  memset(insn, 0, sizeof *insn);
  if (machine != EM_X86_64 && machine != EM_AARCH64)
    return error_raise(err, ERROR_REFUSED, -ENOTSUP, "code of ELF machine %d cannot be read", machine);
  cs_err e = cs_open(machine == EM_X86_64 ? CS_ARCH_X86 : CS_ARCH_ARM64,
                     machine == EM_X86_64 ? CS_MODE_64 : CS_MODE_ARM, &handle);
  if (e != CS_ERR_OK) return error_raise(err, ERROR_REFUSED, -ENOTSUP, "Capstone: %s", cs_strerror(e));
  cs_option(handle, CS_OPT_DETAIL, CS_OPT_ON);
  if (cs_disasm(handle, code, size, address, 1, &in) != 1) {
    cs_close(&handle);
    return error_raise(err, ERROR_UNMEASURED, -EILSEQ, "no instruction at address 0x%llx", (unsigned long long)address);
  }
  insn->length = in->size;
  snprintf(insn->text, sizeof insn->text, "%.31s%s%.60s", in->mnemonic, in->op_str[0] ? " " : "", in->op_str);
  if (machine == EM_X86_64) judge_x86(handle, in, insn);
  else judge_arm64(in, insn);
  cs_free(in, 1);
  cs_close(&handle);
  return 0;
}
