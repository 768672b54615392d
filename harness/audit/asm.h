/* SPDX-License-Identifier: GPL-3.0-or-later */
/* asm.h: what inline assembler does, as far as the audit reads it: single locked instructions of
 * x86 are read-modify-writes of their memory operand. What assembler touches is never TELEMETRY,
 * so that a misread one can at most hide that it is CORRECTNESS. */
#ifndef HARNESS_AUDIT_ASM_H
#define HARNESS_AUDIT_ASM_H

#include <llvm-c/Core.h>
#include <stdbool.h>

struct asm_call {
  const char *op; /* cas, add, xchg, or, store…; NULL: not one that is known */
  bool locked;    /* an atomic, known or not */
  bool fence;
  bool writes;   /* may write the memory of its pointer operands, or any */
  bool clobbers; /* says that it may touch any memory */
  bool stops;    /* ends the program */
  bool computes; /* touches no memory and has no other effect: its result depends on its operands */
  bool unknown;  /* cannot be taken apart */
};

/* asm goto: what it touches or takes chooses where the program goes on. */
bool is_asm_jump(LLVMValueRef instruction);
struct asm_call asm_call_of(LLVMValueRef call);
/* The next operand that is a pointer, from *next on; NULL: no more. */
LLVMValueRef asm_pointer(LLVMValueRef call, unsigned *next);

#endif
