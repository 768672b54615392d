/* SPDX-License-Identifier: GPL-3.0-or-later */
/* branch.c: what a branch on a value decides (rule 6). */
#include <stdlib.h>
#include <string.h>

#include "harness/audit/asm.h"
#include "harness/audit/cfg.h"
#include "harness/audit/flow.h"
#include "harness/audit/names.h"

static struct cfg *cfg_of(struct program *p, LLVMValueRef function) {
  struct function *fn = function_of(p, function);
  if (!fn->cfg) fn->cfg = cfg_make(function);
  return fn->cfg;
}

static void decided_instruction(struct flow *f, int node, LLVMValueRef i);

static void decided_body(struct flow *f, int node, LLVMValueRef function) {
  if (!map_put(&f->functions, function, (void *)1)) return;
  for (LLVMBasicBlockRef b = LLVMGetFirstBasicBlock(function); b; b = LLVMGetNextBasicBlock(b))
    for (LLVMValueRef i = LLVMGetFirstInstruction(b); i && f->cls != AUDIT_CORRECTNESS; i = LLVMGetNextInstruction(i))
      decided_instruction(f, node, i);
}

static void decided_asm(struct flow *f, int node, LLVMValueRef call) {
  struct asm_call a = asm_call_of(call);
  unsigned next = 0;
  if (a.stops) {
    flow_decide(f, AUDIT_CORRECTNESS, node, call, "it decides whether assembler stops the program");
    return;
  }
  bool named = false;
  for (LLVMValueRef v; a.writes && (v = asm_pointer(call, &next)) != NULL; named = true)
    flow_depend(f, v, node, call, true);
  if ((!a.op || !named) && (a.clobbers || a.locked || a.unknown))
    flow_decide(f, AUDIT_UNKNOWN, node, call, "it decides whether assembler runs that touches memory");
}

static void decided_call(struct flow *f, int node, LLVMValueRef call) {
  if (is_debug_call(call)) return;
  if (is_asm_call(call)) {
    decided_asm(f, node, call);
    return;
  }
  LLVMValueRef callee = called_function(f->p, call);
  if (!callee) {
    flow_decide(f, AUDIT_UNKNOWN, node, call, "it decides whether a call through a pointer is made");
    return;
  }
  const char *name = value_name(callee);
  enum effect e = effect_of(name, f->p->sinks);
  if (e == EFFECT_SINK) flow_sink(f, node, call);
  else if (!LLVMIsDeclaration(callee)) decided_body(f, node, callee);
  else if (e == EFFECT_FILL) flow_depend(f, LLVMGetOperand(call, 0), node, call, true);
  else if (e == EFFECT_REAL) flow_decide(f, AUDIT_CORRECTNESS, node, call, "it decides whether %s() is called", name);
  else if (e == EFFECT_UNKNOWN)
    flow_decide(f, AUDIT_UNKNOWN, node, call, "it decides whether %s() is called, of which nothing is known", name);
}

/* An instruction that runs or not by the value. */
static void decided_instruction(struct flow *f, int node, LLVMValueRef i) {
  switch (LLVMGetInstructionOpcode(i)) {
  case LLVMStore: flow_depend(f, LLVMGetOperand(i, 1), node, i, true); break;
  case LLVMAtomicRMW:
  case LLVMAtomicCmpXchg: flow_depend(f, LLVMGetOperand(i, 0), node, i, true); break;
  case LLVMFence: flow_decide(f, AUDIT_CORRECTNESS, node, i, "it decides whether a fence is passed"); break;
  case LLVMCallBr:
    flow_decide(f, AUDIT_UNKNOWN, node, i, "it decides whether assembler runs that jumps");
    decided_asm(f, node, i);
    break;
  case LLVMCall: decided_call(f, node, i); break;
  default: break;
  }
}

/* Whether v is nothing but what was last seen at key: loads and results of compare-and-swap. */
static bool observed(struct program *p, LLVMValueRef v, struct key *key, struct map *seen) {
  if (!map_put(seen, v, (void *)1)) return true;
  if (LLVMIsAPHINode(v)) {
    for (unsigned i = 0; i < LLVMCountIncoming(v); i++)
      if (!observed(p, LLVMGetIncomingValue(v, i), key, seen)) return false;
    return true;
  }
  if (LLVMIsABitCastInst(v)) return observed(p, LLVMGetOperand(v, 0), key, seen);
  if (LLVMIsASelectInst(v))
    return observed(p, LLVMGetOperand(v, 1), key, seen) && observed(p, LLVMGetOperand(v, 2), key, seen);
  if (LLVMIsAExtractValueInst(v)) v = LLVMGetOperand(v, 0);
  if (!LLVMIsALoadInst(v) && !LLVMIsAAtomicCmpXchgInst(v)) return false;
  struct keyset keys = keys_of(p, LLVMGetOperand(v, 0));
  return keys.count == 1 && keys.key[0] == key;
}

/* A loop that retries a compare-and-swap with the value just seen makes progress by itself. */
static bool is_retry(struct flow *f, const struct cfg *c, int from, const bool *in) {
  for (int b = 0; b < c->count; b++) {
    if (!in[b]) continue;
    for (LLVMValueRef i = LLVMGetFirstInstruction(c->block[b]); i; i = LLVMGetNextInstruction(i)) {
      if (!LLVMIsAAtomicCmpXchgInst(i) || (b != from && cfg_cycles(c, from, b))) continue;
      struct keyset keys = keys_of(f->p, LLVMGetOperand(i, 0));
      struct map seen = { 0 };
      bool good = keys.count == 1 && observed(f->p, LLVMGetOperand(i, 1), keys.key[0], &seen);
      map_free(&seen);
      if (good) return true;
    }
  }
  return false;
}

/* A loop waits where what it ends by may be changed by others meanwhile: it reads memory that is
 * shared, or calls. Else it is counted: its value was known before it began. */
static bool comes_from_outside(LLVMValueRef v, const struct cfg *c, const bool *in, struct map *seen) {
  if (!LLVMIsAInstruction(v) || !map_put(seen, v, (void *)1)) return true;
  int b = cfg_index(c, LLVMGetInstructionParent(v));
  if (!in[b]) return true;
  if (LLVMIsALoadInst(v) || LLVMIsACallInst(v) || LLVMIsAAtomicRMWInst(v) || LLVMIsAAtomicCmpXchgInst(v)) return false;
  for (int o = 0; o < LLVMGetNumOperands(v); o++)
    if (!LLVMValueIsBasicBlock(LLVMGetOperand(v, (unsigned)o)) &&
        !comes_from_outside(LLVMGetOperand(v, (unsigned)o), c, in, seen))
      return false;
  return true;
}

static bool is_counted(LLVMValueRef branch, const struct cfg *c, const bool *in) {
  struct map seen = { 0 };
  LLVMValueRef cond = LLVMIsABranchInst(branch) ? LLVMGetCondition(branch) : LLVMGetOperand(branch, 0);
  bool counted = comes_from_outside(cond, c, in, &seen);
  map_free(&seen);
  return counted;
}

/* A value of a counted loop that is used behind it says how often it ran. */
static void left_by_loop(struct flow *f, int node, LLVMValueRef branch, const struct cfg *c, const bool *in) {
  for (int b = 0; b < c->count; b++)
    for (LLVMValueRef i = in[b] ? LLVMGetFirstInstruction(c->block[b]) : NULL; i; i = LLVMGetNextInstruction(i))
      for (LLVMUseRef u = LLVMGetFirstUse(i); u; u = LLVMGetNextUse(u)) {
        LLVMValueRef user = LLVMGetUser(u);
        if (LLVMIsAInstruction(user) && !in[cfg_index(c, LLVMGetInstructionParent(user))] && !is_debug_call(user))
          flow_add(f, user, branch, "says how often the loop ran, in", node);
      }
}

/* Values that depend on which way was taken: phis where several ways meet. */
static void decided_phis(struct flow *f, int node, LLVMValueRef branch, const struct cfg *c, int block, const bool *in,
                         int from) {
  for (LLVMValueRef i = LLVMGetFirstInstruction(c->block[block]); i && LLVMIsAPHINode(i);
       i = LLVMGetNextInstruction(i)) {
    LLVMValueRef first = NULL;
    bool differs = false;
    for (unsigned n = 0; n < LLVMCountIncoming(i); n++) {
      int b = cfg_index(c, LLVMGetIncomingBlock(i, n));
      if (b != from && !in[b]) continue;
      LLVMValueRef v = LLVMGetIncomingValue(i, n);
      differs |= first && v != first;
      first = first ? first : v;
    }
    if (differs) flow_add(f, i, branch, "decides the branch", node);
  }
}

/* Blocks of the region that two different ways out of the branch both reach. */
static bool met_by_two(const struct cfg *c, LLVMValueRef branch, int block, const bool *in) {
  unsigned ways = 0, n = LLVMGetNumSuccessors(branch);
  for (unsigned s = 0; s < n; s++) {
    int start = cfg_index(c, LLVMGetSuccessor(branch, s));
    if (start == block || (in[start] && cfg_reaches(c, start, block, in))) ways++;
  }
  return ways > 1;
}

static size_t count_returns(const struct cfg *c, const bool *in) {
  size_t n = 0;
  for (int b = 0; b < c->count; b++) {
    LLVMValueRef t = LLVMGetBasicBlockTerminator(c->block[b]);
    n += (!in || in[b]) && t && LLVMIsAReturnInst(t) && LLVMGetNumOperands(t) == 1;
  }
  return n;
}

void branch_follow(struct flow *f, int node, LLVMValueRef branch) {
  LLVMBasicBlockRef block = LLVMGetInstructionParent(branch);
  struct cfg *c = cfg_of(f->p, LLVMGetBasicBlockParent(block));
  int from = cfg_index(c, block);
  bool *in = audit_grow(NULL, (size_t)c->count + 1);
  int end = cfg_region(c, from, in);
  bool counted = in[from] && is_counted(branch, c, in);
  if (counted) left_by_loop(f, node, branch, c, in);
  else if (in[from] && !is_retry(f, c, from, in))
    flow_decide(f, AUDIT_CORRECTNESS, node, branch, "a loop waits for it");
  for (int b = 0; b < c->count && f->cls != AUDIT_CORRECTNESS; b++) {
    if (!in[b]) continue;
    for (LLVMValueRef i = LLVMGetFirstInstruction(c->block[b]); i; i = LLVMGetNextInstruction(i))
      decided_instruction(f, node, i);
    if ((in[from] && !counted) || (!in[from] && met_by_two(c, branch, b, in)))
      decided_phis(f, node, branch, c, b, in, from);
  }
  if (end < c->count) decided_phis(f, node, branch, c, end, in, from);
  else if (count_returns(c, in) > 0 && count_returns(c, NULL) > 1)
    for (int b = 0; b < c->count; b++) {
      LLVMValueRef t = LLVMGetBasicBlockTerminator(c->block[b]);
      if (in[b] && t && LLVMIsAReturnInst(t) && LLVMGetNumOperands(t) == 1) flow_return(f, node, t);
    }
  free(in);
}
