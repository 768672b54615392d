/* SPDX-License-Identifier: GPL-3.0-or-later */
/* bounds.c: whether an index stays within its array, whatever the value is that it comes from (flow.h). */
#include <stdlib.h>
#include <string.h>

#include "harness/audit/cfg.h"
#include "harness/audit/flow.h"
#include "harness/audit/origin.h"

enum { DEPTH_MOST = 16, UNSIZED_BITS = 16 };

bool is_looked_at(struct flow *f, LLVMValueRef at) {
  LLVMBasicBlockRef block = LLVMGetInstructionParent(at);
  struct cfg *c = cfg_of(f->p, LLVMGetBasicBlockParent(block));
  bool *in = audit_grow(NULL, (size_t)c->count + 1), guarded = false;
  int own = cfg_index(c, block);
  for (int b = 0; b < c->count && !guarded; b++) {
    LLVMValueRef t = LLVMGetBasicBlockTerminator(c->block[b]);
    LLVMValueRef cond = t && LLVMIsABranchInst(t) && LLVMIsConditional(t) ? LLVMGetCondition(t) : NULL;
    if (!cond || !LLVMIsAICmpInst(cond)) continue;
    if (!map_has(&f->seen, LLVMGetOperand(cond, 0)) && !map_has(&f->seen, LLVMGetOperand(cond, 1))) continue;
    cfg_region(c, b, in);
    guarded = in[own];
  }
  free(in);
  return guarded;
}

static uint64_t of_width(LLVMValueRef v) {
  LLVMTypeRef t = LLVMTypeOf(v);
  unsigned bits = LLVMGetTypeKind(t) == LLVMIntegerTypeKind ? LLVMGetIntTypeWidth(t) : 64;
  return bits < 64 ? (UINT64_C(1) << bits) - 1 : UINT64_MAX;
}

static uint64_t less(uint64_t a, uint64_t b) { return a < b ? a : b; }
static uint64_t more(uint64_t a, uint64_t b) { return a > b ? a : b; }

/* How much of a text there is, which its buffer bounds. */
static bool is_length(const char *name) {
  static const char *const lengths[] = { "snprintf", "vsnprintf",      "sprintf",      "strlen",
                                         "strnlen",  "__snprintf_chk", "__sprintf_chk" };
  for (size_t i = 0; i < sizeof lengths / sizeof *lengths; i++)
    if (strcmp(lengths[i], name) == 0) return true;
  return false;
}

static uint64_t largest(struct flow *f, LLVMValueRef v, int depth);

static uint64_t of_call(struct flow *f, LLVMValueRef v, int depth) {
  LLVMValueRef callee = is_asm(v) ? NULL : called_function(f->p, v);
  const char *name = callee ? value_name(callee) : "";
  if (strncmp(name, "llvm.umin", 9) == 0 || strncmp(name, "llvm.smin", 9) == 0) {
    uint64_t a = largest(f, LLVMGetOperand(v, 0), depth), b = largest(f, LLVMGetOperand(v, 1), depth);
    return less(a, b) == UINT64_MAX ? 0 : less(a, b); /* the smaller of two numbers: the program's own bound */
  }
  if (strncmp(name, "llvm.ct", 7) == 0) return 64;
  return is_length(name) ? 0 : of_width(v);
}

/* No index that comes of v is larger, as far as the code says; what the program bounds by a number that is not known
 * counts as 0. */
static uint64_t largest(struct flow *f, LLVMValueRef v, int depth) {
  if (LLVMIsAConstantInt(v)) return LLVMConstIntGetZExtValue(v);
  if (!map_has(&f->seen, v)) return 0; /* it does not depend on the value */
  if (!LLVMIsAInstruction(v) || depth > DEPTH_MOST) return of_width(v);
  uint64_t all = of_width(v), a, b;
  LLVMOpcode op = LLVMGetInstructionOpcode(v);
  bool fixed = LLVMGetNumOperands(v) > 1 && LLVMIsAConstantInt(LLVMGetOperand(v, 1));
  switch (op) {
  case LLVMCall: return of_call(f, v, depth + 1);
  case LLVMSelect:
    if (LLVMIsAICmpInst(LLVMGetOperand(v, 0))) {
      LLVMValueRef is = LLVMGetOperand(v, 0);
      for (unsigned o = 1; o < 3; o++) /* the smaller, or larger, of two */
        if (LLVMGetOperand(is, 0) == LLVMGetOperand(v, o) || LLVMGetOperand(is, 1) == LLVMGetOperand(v, o)) return 0;
    }
    return more(largest(f, LLVMGetOperand(v, 1), depth + 1), largest(f, LLVMGetOperand(v, 2), depth + 1));
  case LLVMPHI:
    a = 0;
    for (unsigned i = 0; i < LLVMCountIncoming(v); i++) a = more(a, largest(f, LLVMGetIncomingValue(v, i), depth + 4));
    return less(a, all);
  case LLVMZExt:
  case LLVMTrunc:
  case LLVMFreeze:
  case LLVMSExt: return less(largest(f, LLVMGetOperand(v, 0), depth + 1), all);
  case LLVMICmp:
  case LLVMFCmp: return 1;
  case LLVMAnd:
  case LLVMURem:
  case LLVMSRem:
  case LLVMUDiv:
  case LLVMSDiv:
  case LLVMLShr:
  case LLVMAdd:
  case LLVMSub:
  case LLVMMul:
  case LLVMShl:
  case LLVMOr:
  case LLVMXor: break;
  default: return all;
  }
  a = largest(f, LLVMGetOperand(v, 0), depth + 1);
  b = largest(f, LLVMGetOperand(v, 1), depth + 1);
  switch (op) {
  case LLVMAnd: return less(a, b);
  case LLVMURem:
  case LLVMSRem: return fixed ? less(a, b - 1) : 0;
  case LLVMUDiv:
  case LLVMSDiv: return fixed && b ? a / b : a;
  case LLVMLShr: return fixed && b < 64 ? a >> b : a;
  case LLVMSub: return a;
  case LLVMAdd: return a > all - less(b, all) ? all : a + b;
  case LLVMMul: return b && a > all / b ? all : a * b;
  case LLVMShl: return b >= 64 || a > all >> b ? all : a << b;
  default: /* no bit that neither has */ return a > UINT64_MAX / 4 || b > UINT64_MAX / 4 ? all : a + b;
  }
}

static bool all_bounded(struct flow *f, LLVMValueRef pointer, LLVMValueRef user, struct map *visited) {
  if (!map_has(&f->seen, pointer) || !map_put(visited, pointer, (void *)1)) return true;
  if (LLVMIsABitCastInst(pointer)) return all_bounded(f, LLVMGetOperand(pointer, 0), user, visited);
  if (LLVMIsASelectInst(pointer))
    return all_bounded(f, LLVMGetOperand(pointer, 1), user, visited) &&
           all_bounded(f, LLVMGetOperand(pointer, 2), user, visited);
  if (LLVMIsAPHINode(pointer)) {
    for (unsigned i = 0; i < LLVMCountIncoming(pointer); i++)
      if (!all_bounded(f, LLVMGetIncomingValue(pointer, i), user, visited)) return false;
    return true;
  }
  if (!LLVMIsAGetElementPtrInst(pointer)) return true;
  LLVMTypeRef t = LLVMGetGEPSourceElementType(pointer);
  for (int o = 1; o < LLVMGetNumOperands(pointer); o++) {
    LLVMValueRef index = LLVMGetOperand(pointer, (unsigned)o);
    uint64_t room = 0; /* not known */
    if (o > 1 && LLVMGetTypeKind(t) == LLVMStructTypeKind) {
      t = LLVMStructGetTypeAtIndex(t, (unsigned)LLVMConstIntGetZExtValue(index));
      continue;
    }
    if (o > 1) {
      if (LLVMGetTypeKind(t) == LLVMArrayTypeKind) room = LLVMGetArrayLength(t);
      t = LLVMGetElementType(t);
    }
    if (!map_has(&f->seen, index)) continue;
    uint64_t end = largest(f, index, 0);
    if (room ? end >= room : end >> UNSIZED_BITS != 0)
      if (!is_looked_at(f, user)) return false;
  }
  return all_bounded(f, LLVMGetOperand(pointer, 0), user, visited);
}

bool index_is_bounded(struct flow *f, LLVMValueRef pointer, LLVMValueRef user) {
  struct map visited = { 0 };
  bool bounded = all_bounded(f, pointer, user, &visited);
  map_free(&visited);
  return bounded;
}
