/* SPDX-License-Identifier: GPL-3.0-or-later */
/* indirect.c: indirect.h. */
#include "harness/audit/indirect.h"

#include <stdlib.h>
#include <string.h>

#include "harness/audit/models.h"

static bool fits(LLVMTypeRef a, LLVMTypeRef b) {
  LLVMTypeKind k = LLVMGetTypeKind(a);
  if (k != LLVMGetTypeKind(b)) return false;
  return k != LLVMIntegerTypeKind || LLVMGetIntTypeWidth(a) == LLVMGetIntTypeWidth(b);
}

static bool signature_fits(LLVMTypeRef call, LLVMTypeRef function) {
  unsigned n = LLVMCountParamTypes(call), m = LLVMCountParamTypes(function);
  if (m > n && !LLVMIsFunctionVarArg(call)) return false;
  if (n > m && !LLVMIsFunctionVarArg(function)) return false;
  LLVMTypeKind result = LLVMGetTypeKind(LLVMGetReturnType(call));
  if (result != LLVMVoidTypeKind && !fits(LLVMGetReturnType(call), LLVMGetReturnType(function))) return false;
  LLVMTypeRef a[64], b[64];
  if (n > 64 || m > 64) return true;
  LLVMGetParamTypes(call, a);
  LLVMGetParamTypes(function, b);
  for (unsigned i = 0; i < n && i < m; i++)
    if (!fits(a[i], b[i])) return false;
  return true;
}

static LLVMTypeRef function_type(LLVMValueRef f) { return LLVMGlobalGetValueType(f); }

/* The object that an address is part of, by its syntax. */
static LLVMValueRef base_of(LLVMValueRef v) {
  for (;;) {
    LLVMOpcode op = LLVMIsAInstruction(v)    ? LLVMGetInstructionOpcode(v)
                    : LLVMIsAConstantExpr(v) ? LLVMGetConstOpcode(v)
                                             : 0;
    if (op != LLVMGetElementPtr && op != LLVMBitCast) return v;
    v = LLVMGetOperand(v, 0);
  }
}

static void follow_address(struct program *p, struct function *fn, LLVMValueRef v, struct map *seen);

static void passed(struct program *p, struct function *fn, LLVMValueRef call, LLVMValueRef v, struct map *seen) {
  LLVMValueRef callee = called_function(p, call);
  const struct model *m = callee ? model_of_call(p, call) : NULL;
  for (unsigned a = 0; a < LLVMGetNumArgOperands(call); a++) {
    if (LLVMGetOperand(call, a) != v) continue;
    if (callee && !LLVMIsDeclaration(callee) && a < LLVMCountParams(callee))
      follow_address(p, fn, LLVMGetParam(callee, a), seen);
    else if (m && model_role(m, a) == 'c') fn->decides_order = true;
    else if (!m || model_role(m, a) == 'k') fn->leaks = true;
  }
}

/* Where the function's address goes: callers that are not seen may come of it. */
static void follow_address(struct program *p, struct function *fn, LLVMValueRef v, struct map *seen) {
  if (!map_put(seen, v, (void *)1)) return;
  for (LLVMUseRef u = LLVMGetFirstUse(v); u; u = LLVMGetNextUse(u)) {
    LLVMValueRef user = LLVMGetUser(u);
    if (LLVMIsAGlobalVariable(user)) {
      fn->leaks |= outside_name(p, user) != NULL && strncmp(value_name(user), "llvm.", 5) != 0;
    } else if (!LLVMIsAInstruction(user)) {
      if (LLVMIsAConstantExpr(user) && LLVMGetConstOpcode(user) == LLVMPtrToInt) fn->leaks = true;
      else follow_address(p, fn, user, seen);
    } else if (LLVMIsACallInst(user)) {
      if (LLVMGetCalledValue(user) != v || LLVMIsAArgument(v)) passed(p, fn, user, v, seen);
    } else if (LLVMIsAStoreInst(user)) {
      LLVMValueRef base = base_of(LLVMGetOperand(user, 1));
      if (LLVMIsAGlobalVariable(base)) fn->leaks |= outside_name(p, base) != NULL;
      else fn->leaks |= !p->has_main && !LLVMIsAAllocaInst(base);
    } else if (LLVMIsAReturnInst(user)) {
      fn->leaks |= has_outside_callers(p, LLVMGetBasicBlockParent(LLVMGetInstructionParent(user)));
    } else if (LLVMIsAPHINode(user) || LLVMIsASelectInst(user) || LLVMIsABitCastInst(user)) {
      follow_address(p, fn, user, seen);
    } else if (LLVMIsAPtrToIntInst(user)) fn->leaks = true;
  }
}

void indirect_find(struct program *p) {
  for (LLVMValueRef f = next_function(p, NULL); f; f = next_function(p, f))
    for (LLVMBasicBlockRef b = LLVMGetFirstBasicBlock(f); b; b = LLVMGetNextBasicBlock(b))
      for (LLVMValueRef i = LLVMGetFirstInstruction(b); i; i = LLVMGetNextInstruction(i))
        if (LLVMIsACallInst(i) && !is_asm(i) && !called_function(p, i)) {
          audit_room(&p->indirect, p->indirect_count, sizeof *p->indirect);
          p->indirect[p->indirect_count++] = i;
        }
  for (LLVMValueRef f = next_function(p, NULL); f; f = next_function(p, f)) {
    struct function *fn = function_of(p, f);
    if (!fn || !fn->address_taken) continue;
    struct map seen = { 0 };
    follow_address(p, fn, f, &seen);
    map_free(&seen);
    if (!LLVMIsDeclaration(f) && fn->value == f) {
      audit_room(&p->taken, p->taken_count, sizeof *p->taken);
      p->taken[p->taken_count++] = f;
    }
    if (fn->indirect || LLVMIsDeclaration(fn->value)) continue;
    for (size_t i = 0; i < p->indirect_count; i++) {
      if (!signature_fits(LLVMGetCalledFunctionType(p->indirect[i]), function_type(fn->value))) continue;
      audit_room(&fn->indirect, fn->indirect_count, sizeof *fn->indirect);
      fn->indirect[fn->indirect_count++] = p->indirect[i];
    }
  }
}

LLVMValueRef *indirect_callers(struct program *p, LLVMValueRef function, size_t *count) {
  struct function *fn = function_of(p, function);
  *count = fn ? fn->indirect_count : 0;
  return fn ? fn->indirect : NULL;
}

const struct callees *indirect_callees(struct program *p, LLVMValueRef call) {
  struct callees *all = map_get(&p->callees, call);
  if (all) return all;
  all = audit_grow(NULL, sizeof *all);
  *all = (struct callees){ 0 };
  map_put(&p->callees, call, all);
  for (size_t i = 0; i < p->taken_count; i++) {
    if (!signature_fits(LLVMGetCalledFunctionType(call), function_type(p->taken[i]))) continue;
    audit_room(&all->function, all->count, sizeof *all->function);
    all->function[all->count++] = p->taken[i];
  }
  return all;
}

void indirect_free(struct program *p) {
  for (size_t i = 0; i < p->callees.room; i++)
    if (p->callees.keys[i]) {
      struct callees *c = p->callees.values[i];
      free(c->function);
      free(c);
    }
  map_free(&p->callees);
}

bool indirect_may_leave(struct program *p, LLVMValueRef call, size_t callees) {
  (void)call;
  return callees == 0 || !p->has_main || p->loads_plugins || p->missing_units || p->incomplete;
}
