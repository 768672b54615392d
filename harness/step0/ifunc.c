/* SPDX-License-Identifier: GPL-3.0-or-later */
/* ifunc.c: see ifunc.h. The functions whose addresses the resolver takes, by a distance from itself or as
 * they are; where it calls others or loads pointers, there may be more. */
#include "harness/step0/ifunc.h"

#include <capstone/capstone.h>
#include <elf.h>
#include <stdlib.h>
#include <string.h>

static void take(const struct elf_object *o, const struct code_range *resolver, uint64_t address,
                 struct ifunc_choice *c) {
  uint64_t offset;
  if (address >= resolver->start && address < resolver->end) return;
  if (!elf_object_offset(o, address, &offset)) return; /* a variable, a number */
  for (size_t i = 0; i < c->count; i++)
    if (c->address[i] == address) return;
  if (c->count == IFUNC_CHOICES_MAX) c->whole = false;
  else c->address[c->count++] = address;
}

static void see(const struct elf_object *o, const struct code_range *resolver, csh h, const cs_insn *in,
                struct ifunc_choice *c) {
  const cs_x86 *x = &in->detail->x86;
  bool jump = cs_insn_group(h, in, X86_GRP_JUMP), call = cs_insn_group(h, in, X86_GRP_CALL);
  for (int i = 0; i < x->op_count; i++) {
    const cs_x86_op *op = &x->operands[i];
    if (op->type == X86_OP_MEM && in->id == X86_INS_LEA && op->mem.base == X86_REG_RIP)
      take(o, resolver, in->address + in->size + (uint64_t)op->mem.disp, c);
    else if (op->type == X86_OP_IMM && !jump && !call) take(o, resolver, (uint64_t)op->imm, c);
    else if (op->type == X86_OP_IMM && jump &&
             ((uint64_t)op->imm < resolver->start || (uint64_t)op->imm >= resolver->end))
      c->whole = false;
    /* a pointer that is loaded may be a function's: from the table of addresses, a variable */
    if (op->type == X86_OP_MEM && in->id == X86_INS_MOV && i == 1 && op->size == 8 && op->mem.base == X86_REG_RIP)
      c->whole = false;
  }
  if (call) c->whole = false;
}

bool ifunc_implementations(const struct elf_object *o, const struct code_range *resolver, struct ifunc_choice *c) {
  csh h;
  uint64_t offset, size = resolver->end - resolver->start;
  memset(c, 0, sizeof *c);
  if (o->machine != EM_X86_64 || size == 0 || size > 65536 || !elf_object_offset(o, resolver->start, &offset))
    return false;
  uint8_t *code = malloc(size);
  if (code == NULL || cs_open(CS_ARCH_X86, CS_MODE_64, &h) != CS_ERR_OK) {
    free(code);
    return false;
  }
  cs_option(h, CS_OPT_DETAIL, CS_OPT_ON);
  cs_insn *in = cs_malloc(h);
  size_t left = elf_object_read(o, offset, code, size);
  const uint8_t *at = code;
  uint64_t address = resolver->start;
  c->whole = true;
  while (in != NULL && left > 0 && cs_disasm_iter(h, &at, &left, &address, in)) see(o, resolver, h, in, c);
  c->whole &= in != NULL && left == 0 && c->count > 0;
  if (in != NULL) cs_free(in, 1);
  cs_close(&h);
  free(code);
  return true;
}
