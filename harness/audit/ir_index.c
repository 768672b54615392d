/* SPDX-License-Identifier: GPL-3.0-or-later */
/* ir_index.c: functions with their callers, atomic sites, keys with their accesses (ir.h). */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "harness/audit/asm.h"
#include "harness/audit/cfg.h"
#include "harness/audit/ir.h"

static const char *order_name(LLVMAtomicOrdering o) {
  switch (o) {
  case LLVMAtomicOrderingUnordered:
  case LLVMAtomicOrderingMonotonic: return "relaxed";
  case LLVMAtomicOrderingAcquire: return "acquire";
  case LLVMAtomicOrderingRelease: return "release";
  case LLVMAtomicOrderingAcquireRelease: return "acq_rel";
  case LLVMAtomicOrderingSequentiallyConsistent: return "seq_cst";
  default: return "none";
  }
}

static const char *rmw_name(LLVMValueRef i) {
  static const char *const names[] = { "xchg", "add", "sub",  "and",  "nand", "or",  "xor",
                                       "max",  "min", "umax", "umin", "fadd", "fsub" };
  unsigned op = LLVMGetAtomicRMWBinOp(i);
  return op < sizeof names / sizeof *names ? names[op] : "rmw";
}

static void add_site(struct program *p, LLVMValueRef i, const char *op, const char *order, struct keyset keys,
                     bool reads_only, bool fence) {
  audit_room(&p->site, p->site_count, sizeof *p->site);
  p->site[p->site_count++] =
      (struct site){ .inst = i, .op = op, .order = order, .keys = keys, .reads_only = reads_only, .fence = fence };
}

static void add_access(struct keyset keys, LLVMValueRef i, int kind, bool atomic, bool asm_operand) {
  for (size_t n = 0; n < keys.count; n++) {
    struct key *k = keys.key[n];
    audit_room(&k->access, k->access_count, sizeof *k->access);
    k->access[k->access_count++] = (struct access){ .inst = i, .kind = kind, .asm_operand = asm_operand };
    k->has_atomic |= atomic;
  }
}

/* Assembler: its text says whether it is atomic, its pointer operands what it may touch. */
static void index_asm(struct program *p, LLVMValueRef call) {
  struct asm_call a = asm_call_of(call);
  const char *op = a.op ? a.op : "asm";
  bool any = false;
  unsigned next = 0;
  struct keyset done = { 0 }; /* "=m"(*p) : "m"(*p) is one access */
  for (LLVMValueRef v; (v = asm_pointer(call, &next)) != NULL; any = true) {
    struct keyset keys = keys_of(p, v);
    if (any && keys.key == done.key) continue;
    done = keys;
    add_access(keys, call, ACCESS_READ | ACCESS_WRITE, a.locked, true);
    for (size_t i = 0; i < keys.count; i++) key_floor(keys.key[i], call, "assembler accesses it");
    if (a.locked) add_site(p, call, op, "asm", keys, false, false);
  }
  if (a.fence || (a.clobbers && a.locked && !any)) add_site(p, call, "asm", "asm", (struct keyset){ 0 }, false, true);
}

static void index_instruction(struct program *p, LLVMValueRef i) {
  LLVMAtomicOrdering o;
  switch (LLVMGetInstructionOpcode(i)) {
  case LLVMLoad:
    o = LLVMGetOrdering(i);
    add_access(keys_of(p, LLVMGetOperand(i, 0)), i, ACCESS_READ, o != 0, false);
    if (o != LLVMAtomicOrderingNotAtomic)
      add_site(p, i, "load", order_name(o), keys_of(p, LLVMGetOperand(i, 0)), true, false);
    break;
  case LLVMStore:
    o = LLVMGetOrdering(i);
    add_access(keys_of(p, LLVMGetOperand(i, 1)), i, ACCESS_WRITE, o != 0, false);
    if (o != LLVMAtomicOrderingNotAtomic)
      add_site(p, i, "store", order_name(o), keys_of(p, LLVMGetOperand(i, 1)), false, false);
    break;
  case LLVMAtomicRMW:
    add_access(keys_of(p, LLVMGetOperand(i, 0)), i, ACCESS_READ | ACCESS_WRITE, true, false);
    add_site(p, i, rmw_name(i), order_name(LLVMGetOrdering(i)), keys_of(p, LLVMGetOperand(i, 0)), false, false);
    break;
  case LLVMAtomicCmpXchg:
    add_access(keys_of(p, LLVMGetOperand(i, 0)), i, ACCESS_READ | ACCESS_WRITE, true, false);
    add_site(p, i, "cas", order_name(LLVMGetCmpXchgSuccessOrdering(i)), keys_of(p, LLVMGetOperand(i, 0)), false, false);
    break;
  case LLVMFence: add_site(p, i, "fence", order_name(LLVMGetOrdering(i)), (struct keyset){ 0 }, false, true); break;
  case LLVMCallBr: index_asm(p, i); break;
  case LLVMCall:
    if (is_asm_call(i)) index_asm(p, i);
    else if (called_function(p, i) && LLVMIsDeclaration(called_function(p, i)) &&
             strncmp(value_name(called_function(p, i)), "__atomic_", 9) == 0) {
      struct keyset keys = { 0 };
      for (unsigned a = 0; a < LLVMGetNumArgOperands(i) && !keys.count; a++)
        if (LLVMGetTypeKind(LLVMTypeOf(LLVMGetOperand(i, a))) == LLVMPointerTypeKind)
          keys = keys_of(p, LLVMGetOperand(i, a));
      add_access(keys, i, ACCESS_READ | ACCESS_WRITE, true, false);
      for (size_t k = 0; k < keys.count; k++)
        key_floor(keys.key[k], i,
                  "it is too wide for an instruction, and the library function's results are not followed");
      add_site(p, i, value_name(called_function(p, i)) + 9, "library", keys, false, false);
    } else if (is_value_copy(p, i)) {
      add_access(keys_of(p, LLVMGetOperand(i, 1)), i, ACCESS_READ, false, false);
      add_access(keys_of(p, LLVMGetOperand(i, 0)), i, ACCESS_WRITE, false, false);
    }
    break;
  default: break;
  }
}

/* Direct calls are callers; any other use of a function takes its address. */
static void index_uses(struct program *p, struct function *fn, LLVMValueRef v) {
  for (LLVMUseRef u = LLVMGetFirstUse(v); u; u = LLVMGetNextUse(u)) {
    LLVMValueRef user = LLVMGetUser(u);
    if (LLVMIsACallInst(user) && LLVMGetUsedValue(u) == LLVMGetCalledValue(user)) {
      bool as_argument = false;
      for (unsigned a = 0; a < LLVMGetNumArgOperands(user); a++) as_argument |= LLVMGetOperand(user, a) == v;
      fn->address_taken |= as_argument;
      fn->stored_taken |= as_argument;
      audit_room(&fn->call, fn->call_count, sizeof *fn->call);
      fn->call[fn->call_count++] = user;
    } else if (LLVMIsAConstantExpr(user) && LLVMGetConstOpcode(user) == LLVMBitCast) index_uses(p, fn, user);
    else {
      fn->address_taken = true;
      fn->stored_taken |= LLVMIsAInstruction(user) != NULL;
    }
  }
}

void ir_index(struct program *p) {
  for (LLVMValueRef f = next_function(p, NULL); f; f = next_function(p, f)) {
    /* declarations in other units add to their definition's callers */
    struct function *fn = function_of(p, f);
    if (!fn) {
      fn = audit_grow(NULL, sizeof *fn);
      memset(fn, 0, sizeof *fn);
      fn->value = definition_of(p, f);
      map_put(&p->functions, fn->value, fn);
    }
    index_uses(p, fn, f);
  }
  di_index(p);
  for (LLVMValueRef f = next_function(p, NULL); f; f = next_function(p, f))
    for (LLVMBasicBlockRef b = LLVMGetFirstBasicBlock(f); b; b = LLVMGetNextBasicBlock(b))
      for (LLVMValueRef i = LLVMGetFirstInstruction(b); i; i = LLVMGetNextInstruction(i)) index_instruction(p, i);
}

void ir_free(struct program *p) {
  for (size_t i = 0; i < p->key_count; i++) {
    struct key *k = p->key[i];
    free(k->shown);
    free(k->access);
    free(k->floor);
    free(k);
  }
  free(p->key);
  free(p->site);
  for (size_t i = 0; i < p->functions.room; i++)
    if (p->functions.keys[i]) {
      struct function *fn = p->functions.values[i];
      cfg_free(fn->cfg);
      free(fn->call);
      free(fn);
    }
  for (size_t i = 0; i < p->resolved.room; i++)
    if (p->resolved.keys[i]) {
      struct keyset *s = p->resolved.values[i];
      free(s->key);
      free(s);
    }
  map_free(&p->definitions);
  map_free(&p->functions);
  map_free(&p->resolved);
  map_free(&p->keys);
  map_free(&p->types);
  map_free(&p->globals);
  map_free(&p->homes);
  intern_free(&p->names);
  free(p->incomplete_why);
  for (size_t m = 0; m < p->module_count; m++) LLVMDisposeModule(p->module[m]);
  free(p->module);
  if (p->context) LLVMContextDispose(p->context);
  memset(p, 0, sizeof *p);
}
