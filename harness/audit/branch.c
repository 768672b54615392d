/* SPDX-License-Identifier: GPL-3.0-or-later */
/* branch.c: what a branch on a value decides (rule 6). */
#include <stdlib.h>
#include <string.h>

#include "harness/audit/asm.h"
#include "harness/audit/cfg.h"
#include "harness/audit/flow.h"
#include "harness/audit/indirect.h"
#include "harness/audit/models.h"
#include "harness/core/interrupt.h"

static void decided_instruction(struct flow *f, int node, LLVMValueRef i);

static void decided_body(struct flow *f, int node, LLVMValueRef function) {
  if (!map_put(&f->functions, function, (void *)1)) return;
  for (LLVMBasicBlockRef b = LLVMGetFirstBasicBlock(function); b && !interrupt_pending(); b = LLVMGetNextBasicBlock(b))
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

static void decided_outside(struct flow *f, int node, LLVMValueRef call, const struct model *m) {
  const char *name = value_name(called_function(f->p, call)), *why;
  if (m->action == ACTION_ACT) {
    bool pause = strncmp(name, "llvm.", 5) == 0 && strstr(name, "pause");
    flow_decide(f, AUDIT_CORRECTNESS, node, call,
                pause ? "it decides how long the processor waits" : "it decides whether %s() is called", name);
    return;
  }
  if (m->action == ACTION_LOG) {
    /* a flush of what is no log makes it durable */
    if (channel_reports(f->p, call, m, &why)) flow_sink(f, node, call);
    else if (strcmp(name, "fflush") == 0)
      flow_decide(f, AUDIT_CORRECTNESS, node, call, "it decides whether fflush() is called");
    else flow_decide(f, AUDIT_UNKNOWN, node, call, "it decides whether %s() writes %s", name, why);
  }
  outside_written(f, node, call, true);
}

/* A function of the program that is called or not. */
static void decided_callee(struct flow *f, int node, LLVMValueRef call, LLVMValueRef callee) {
  if (!cfg_returns(cfg_of(f->p, callee)))
    flow_decide(f, AUDIT_CORRECTNESS, node, call, "it decides whether %s() is called, which never returns",
                value_name(callee));
  decided_body(f, node, callee);
}

static void decided_call(struct flow *f, int node, LLVMValueRef call) {
  if (is_debug_call(call)) return;
  if (is_asm(call)) {
    decided_asm(f, node, call);
    return;
  }
  LLVMValueRef callee = called_function(f->p, call);
  if (!callee) {
    const struct callees *all = indirect_callees(f->p, call);
    for (size_t i = 0; i < all->count; i++) decided_callee(f, node, call, all->function[i]);
    if (indirect_may_leave(f->p, call, all->count))
      flow_decide(f, AUDIT_UNKNOWN, node, call, "it decides whether a call through a pointer is made");
    return;
  }
  const struct model *m = model_of_call(f->p, call);
  if (m) decided_outside(f, node, call, m);
  else if (!LLVMIsDeclaration(callee))
    for (LLVMValueRef d = callee; d; d = next_namesake(f->p, d)) decided_callee(f, node, call, d);
  else if (strncmp(value_name(callee), "__atomic_", 9) == 0) {
    for (unsigned a = 0; a < LLVMGetNumArgOperands(call); a++)
      if (LLVMGetTypeKind(LLVMTypeOf(LLVMGetOperand(call, a))) == LLVMPointerTypeKind)
        flow_depend_keys(f, keys_reached(f->p, LLVMGetOperand(call, a)), node, call, true);
  } else
    flow_decide(f, AUDIT_UNKNOWN, node, call, "it decides whether %s() is called, of which nothing is known",
                value_name(callee));
}

static bool reads_no_object(struct program *p, LLVMValueRef load) {
  struct keyset keys = keys_of(p, LLVMGetOperand(load, 0));
  for (size_t i = 0; i < keys.count; i++)
    if (keys.key[i]->loose) return true;
  return keys.count == 0;
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
  case LLVMUnreachable: flow_decide(f, AUDIT_CORRECTNESS, node, i, "it decides whether the program goes on"); break;
  case LLVMLoad:
    /* a device, or memory that is not mapped */
    if (LLVMGetVolatile(i) && reads_no_object(f->p, i))
      flow_decide(f, AUDIT_UNKNOWN, node, i, "it decides whether volatile memory is read, which may have effects");
    break;
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

/* A loop waits where what it ends by may be changed by others meanwhile: it reads memory that is shared, or calls.
 * Else it is counted: its value was known before it began. own: locations whose value it may look at again. */
static bool comes_from_outside(struct program *p, LLVMValueRef v, const struct cfg *c, const bool *in, struct key *own,
                               struct map *seen) {
  if (!LLVMIsAInstruction(v) || !map_put(seen, v, (void *)1)) return true;
  int b = cfg_index(c, LLVMGetInstructionParent(v));
  if (!in[b]) return true;
  if (LLVMIsALoadInst(v) || LLVMIsAAtomicCmpXchgInst(v)) {
    struct keyset keys = keys_of(p, LLVMGetOperand(v, 0));
    return own && keys.count == 1 && keys.key[0] == own;
  }
  if (LLVMIsACallInst(v) || LLVMIsAAtomicRMWInst(v)) return false;
  for (int o = 0; o < LLVMGetNumOperands(v); o++)
    if (!LLVMValueIsBasicBlock(LLVMGetOperand(v, (unsigned)o)) &&
        !comes_from_outside(p, LLVMGetOperand(v, (unsigned)o), c, in, own, seen))
      return false;
  return true;
}

static LLVMValueRef condition_of(LLVMValueRef branch) {
  return LLVMIsABranchInst(branch) ? LLVMGetCondition(branch) : LLVMGetOperand(branch, 0);
}

static bool is_known_before(struct program *p, LLVMValueRef v, const struct cfg *c, const bool *in, struct key *own) {
  struct map seen = { 0 };
  bool known = comes_from_outside(p, v, c, in, own, &seen);
  map_free(&seen);
  return known;
}

/* A loop that retries a compare-and-swap with the value just seen makes progress by itself, where it ends by nothing
 * else: a wait that keeps a peak on the way is a wait. */
static bool is_retry(struct flow *f, const struct cfg *c, int from, const bool *in, LLVMValueRef branch) {
  for (int b = 0; b < c->count; b++) {
    if (!in[b]) continue;
    for (LLVMValueRef i = LLVMGetFirstInstruction(c->block[b]); i; i = LLVMGetNextInstruction(i)) {
      if (!LLVMIsAAtomicCmpXchgInst(i) || (b != from && cfg_cycles(c, from, b))) continue;
      struct keyset keys = keys_of(f->p, LLVMGetOperand(i, 0));
      struct map seen = { 0 };
      bool good = keys.count == 1 && observed(f->p, LLVMGetOperand(i, 1), keys.key[0], &seen);
      map_free(&seen);
      if (good && is_known_before(f->p, condition_of(branch), c, in, keys.key[0])) return true;
    }
  }
  return false;
}

static bool is_counter(LLVMValueRef v) {
  while (LLVMIsAZExtInst(v) || LLVMIsASExtInst(v) || LLVMIsATruncInst(v)) v = LLVMGetOperand(v, 0);
  if (!LLVMIsAPHINode(v)) return false;
  for (unsigned i = 0; i < LLVMCountIncoming(v); i++) {
    LLVMValueRef n = LLVMGetIncomingValue(v, i);
    if ((LLVMIsAInstruction(n) && LLVMGetInstructionOpcode(n) == LLVMAdd) && LLVMGetOperand(n, 0) == v) return true;
  }
  return false;
}

/* A loop that counts up to what it reads, and reports on the way: a bar of a histogram. */
static bool only_reports(struct flow *f, LLVMValueRef branch, const struct cfg *c, const bool *in) {
  LLVMValueRef cond = condition_of(branch);
  if (!LLVMIsAICmpInst(cond) || !(is_counter(LLVMGetOperand(cond, 0)) || is_counter(LLVMGetOperand(cond, 1))))
    return false;
  bool any = false;
  for (int b = 0; b < c->count; b++)
    for (LLVMValueRef i = in[b] ? LLVMGetFirstInstruction(c->block[b]) : NULL; i; i = LLVMGetNextInstruction(i)) {
      if (LLVMIsAStoreInst(i) || LLVMIsAAtomicRMWInst(i) || LLVMIsAAtomicCmpXchgInst(i) || LLVMIsAFenceInst(i))
        return false;
      if (!LLVMIsACallInst(i) || is_debug_call(i)) continue;
      const struct model *m = is_asm(i) ? NULL : model_of_call(f->p, i);
      if (!m || m->action == ACTION_ACT) return false;
      any |= m->action == ACTION_LOG;
    }
  return any;
}

static bool is_counted(struct flow *f, LLVMValueRef branch, const struct cfg *c, const bool *in) {
  return is_known_before(f->p, condition_of(branch), c, in, NULL) || only_reports(f, branch, c, in);
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

/* A loop that does nothing passes time. */
static bool is_empty_loop(const struct cfg *c, const bool *in) {
  for (int b = 0; b < c->count; b++)
    for (LLVMValueRef i = in[b] ? LLVMGetFirstInstruction(c->block[b]) : NULL; i; i = LLVMGetNextInstruction(i)) {
      if (is_debug_call(i) || LLVMIsAPHINode(i) || LLVMIsABranchInst(i) || LLVMIsAICmpInst(i)) continue;
      LLVMOpcode op = LLVMGetInstructionOpcode(i);
      if (op != LLVMAdd && op != LLVMSub && op != LLVMTrunc && op != LLVMZExt && op != LLVMSExt) return false;
      for (LLVMUseRef u = LLVMGetFirstUse(i); u; u = LLVMGetNextUse(u))
        if (LLVMIsAInstruction(LLVMGetUser(u)) && !is_debug_call(LLVMGetUser(u)) &&
            !in[cfg_index(c, LLVMGetInstructionParent(LLVMGetUser(u)))])
          return false; /* its result is used */
    }
  return true;
}

void branch_follow(struct flow *f, int node, LLVMValueRef branch) {
  LLVMBasicBlockRef block = LLVMGetInstructionParent(branch);
  struct cfg *c = cfg_of(f->p, LLVMGetBasicBlockParent(block));
  int from = cfg_index(c, block);
  bool *in = audit_grow(NULL, (size_t)c->count + 1);
  int end = cfg_region(c, from, in);
  bool counted = in[from] && is_counted(f, branch, c, in);
  if (counted) left_by_loop(f, node, branch, c, in);
  else if (in[from] && !is_retry(f, c, from, in, branch))
    flow_decide(f, AUDIT_CORRECTNESS, node, branch, "a loop waits for it");
  if (cfg_ends_in(c, from, in))
    flow_decide(f, AUDIT_CORRECTNESS, node, branch,
                "it decides whether the program goes on, or stays in an endless loop");
  if (counted && is_empty_loop(c, in))
    flow_decide(f, AUDIT_CORRECTNESS, node, branch, "it is how long an empty loop runs");
  for (int b = 0; b < c->count && f->cls != AUDIT_CORRECTNESS; b++) {
    if (!in[b]) continue;
    for (LLVMValueRef i = LLVMGetFirstInstruction(c->block[b]); i; i = LLVMGetNextInstruction(i))
      decided_instruction(f, node, i);
    if ((in[from] && !counted) || (!in[from] && met_by_two(c, branch, b, in)))
      decided_phis(f, node, branch, c, b, in, from);
  }
  for (int b = 0; b < c->count && c->endless[from]; b++)
    if (c->turns[b]) decided_phis(f, node, branch, c, b, in, from);
  if (end < c->count) decided_phis(f, node, branch, c, end, in, from);
  else if (count_returns(c, in) > 0 && count_returns(c, NULL) > 1)
    for (int b = 0; b < c->count; b++) {
      LLVMValueRef t = LLVMGetBasicBlockTerminator(c->block[b]);
      if (in[b] && t && LLVMIsAReturnInst(t) && LLVMGetNumOperands(t) == 1) flow_return(f, node, t);
    }
  free(in);
}
