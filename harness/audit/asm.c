/* SPDX-License-Identifier: GPL-3.0-or-later */
/* asm.c: what an inline assembler call does (asm.h). LLVM-C 14 has no reader for it, so its text is
 * taken apart as LLVM prints it: asm [sideeffect] "instructions", "constraints"(operands). */
#include "harness/audit/asm.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "harness/audit/map.h"

/* Mnemonics without their size, after Intel's manual; the first that is found counts. */
static const struct {
  const char *mnemonic, *op;
} exchanges[] = { { "cmpxchg", "cas" }, { "xadd", "add" }, { "xchg", "xchg" } },
  locked_ops[] = { { "add", "add" }, { "sub", "sub" }, { "inc", "add" }, { "dec", "sub" },
                   { "or", "or" },   { "and", "and" }, { "xor", "xor" }, { "bts", "or" },
                   { "btr", "and" }, { "btc", "xor" }, { "neg", "sub" }, { "not", "xor" } };

/* Whether the word at t is the mnemonic, with or without its size (b, w, l, q). */
static bool is_mnemonic(const char *t, const char *mnemonic) {
  size_t n = strlen(mnemonic);
  if (strncmp(t, mnemonic, n) != 0) return false;
  t += n;
  if (*t && strchr("bwlq", *t)) t++;
  return !isalnum((unsigned char)*t);
}

static bool has_mnemonic(const char *text, const char *mnemonic) {
  for (const char *t = text; (t = strstr(t, mnemonic)) != NULL; t++)
    if ((t == text || !isalnum((unsigned char)t[-1])) && is_mnemonic(t, mnemonic)) return true;
  return false;
}

static const char *op_of(const char *instructions, bool *locked) {
  for (size_t i = 0; i < sizeof exchanges / sizeof *exchanges; i++)
    if (has_mnemonic(instructions, exchanges[i].mnemonic)) {
      *locked = true; /* xchg with memory is, without saying so; the others are looked up as before */
      return exchanges[i].op;
    }
  const char *lock = strstr(instructions, "lock");
  if (!lock) return NULL;
  *locked = true;
  /* an or of the stack is the fence behind a store */
  if (strstr(lock, "(%rsp)") || strstr(lock, "(%esp)")) return has_mnemonic(instructions, "mov") ? "store" : NULL;
  for (const char *t = lock + 4; *t; t++) {
    if (!isalpha((unsigned char)*t) || isalnum((unsigned char)t[-1]) || t[-1] == '%' || t[-1] == '$') continue;
    for (size_t i = 0; i < sizeof locked_ops / sizeof *locked_ops; i++)
      if (is_mnemonic(t, locked_ops[i].mnemonic)) return locked_ops[i].op;
    return NULL;
  }
  return NULL;
}

struct asm_call asm_call_of(LLVMValueRef call) {
  char *text = LLVMPrintValueToString(call);
  struct asm_call a = { 0 };
  char *start = strstr(text, " asm "), *open = start ? strchr(start, '"') : NULL;
  char *end = open ? strchr(open + 1, '"') : NULL, *constraints = end ? strchr(end + 1, '"') : NULL;
  if (!constraints) {
    a.unknown = a.writes = true;
    LLVMDisposeMessage(text);
    return a;
  }
  bool sideeffect = strstr(start, "sideeffect") && strstr(start, "sideeffect") < open;
  *end = '\0';
  const char *in = open + 1;
  a.clobbers = strstr(constraints, "~{memory}") != NULL;
  a.op = op_of(in, &a.locked);
  a.locked |= strstr(in, "lock") != NULL;
  a.fence = strstr(in, "mfence") || strstr(in, "lfence") || strstr(in, "sfence") || strstr(in, "dmb ") ||
            (!*in && sideeffect && a.clobbers);
  a.stops = has_mnemonic(in, "hlt") || has_mnemonic(in, "ud2") || has_mnemonic(in, "int3");
  bool pointers = strchr(constraints, '*') != NULL;
  for (unsigned o = 0; o < LLVMGetNumArgOperands(call); o++)
    pointers |= LLVMGetTypeKind(LLVMTypeOf(LLVMGetOperand(call, o))) == LLVMPointerTypeKind;
  a.writes = strstr(constraints, "=*") || a.clobbers || a.locked;
  a.computes = !sideeffect && !a.clobbers && !pointers;
  LLVMDisposeMessage(text);
  return a;
}

bool is_asm_jump(LLVMValueRef i) { return LLVMIsACallBrInst(i) != NULL; }

LLVMValueRef asm_pointer(LLVMValueRef call, unsigned *next) {
  while (*next < LLVMGetNumArgOperands(call)) {
    LLVMValueRef v = LLVMGetOperand(call, (*next)++);
    if (LLVMGetTypeKind(LLVMTypeOf(v)) == LLVMPointerTypeKind && !LLVMIsABlockAddress(v)) return v;
  }
  return NULL;
}
