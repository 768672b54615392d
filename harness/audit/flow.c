/* SPDX-License-Identifier: GPL-3.0-or-later */
/* flow.c: flow.h. */
#include "harness/audit/flow.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "harness/audit/asm.h"
#include "harness/audit/cfg.h"
#include "harness/audit/indirect.h"
#include "harness/audit/models.h"
#include "harness/core/interrupt.h"

void flow_init(struct flow *f, struct program *p, struct key *self) {
  memset(f, 0, sizeof *f);
  f->p = p;
  f->self = self;
  f->decided_node = f->sink_node = -1;
}

void flow_free(struct flow *f) {
  free(f->node);
  free(f->dep);
  free(f->indexed);
  free(f->reason);
  map_free(&f->seen);
  map_free(&f->functions);
  map_free(&f->depended);
}

void flow_add(struct flow *f, LLVMValueRef value, LLVMValueRef at, const char *what, int parent) {
  if (LLVMGetTypeKind(LLVMTypeOf(value)) == LLVMVoidTypeKind || !map_put(&f->seen, value, (void *)1)) return;
  audit_room(&f->node, f->node_count, sizeof *f->node);
  f->node[f->node_count++] = (struct flow_node){ value, at, what, parent };
}

void flow_seed(struct flow *f, LLVMValueRef value, const char *what) { flow_add(f, value, value, what, -1); }

void flow_decide(struct flow *f, enum audit_class cls, int node, LLVMValueRef at, const char *format, ...) {
  if (cls <= f->cls) return;
  va_list ap;
  va_start(ap, format);
  free(f->reason);
  if (vasprintf(&f->reason, format, ap) < 0) f->reason = NULL;
  va_end(ap);
  f->cls = cls;
  f->decided_node = node;
  f->decided_at = at;
}

void flow_sink(struct flow *f, int node, LLVMValueRef at) {
  if (!f->sink) {
    f->sink = at;
    f->sink_node = node;
  }
}

void flow_depend_keys(struct flow *f, struct keyset keys, int node, LLVMValueRef at, bool control) {
  for (size_t i = 0; i < keys.count; i++) {
    if (keys.key[i] == f->self || keys.key[i]->part == KEY_ANY_READ) continue;
    if (!map_put(&f->depended, keys.key[i], (void *)1)) continue;
    audit_room(&f->dep, f->dep_count, sizeof *f->dep);
    f->dep[f->dep_count++] = (struct flow_dep){ keys.key[i], node, at, control, NULL };
  }
}

/* A place that others may watch, and that nothing here makes atomic. */
static bool is_watched(LLVMValueRef at, struct keyset keys) {
  if (!(LLVMIsAStoreInst(at) || LLVMIsALoadInst(at)) || !LLVMGetVolatile(at)) return false;
  if (LLVMGetOrdering(at) != LLVMAtomicOrderingNotAtomic) return false;
  for (size_t i = 0; i < keys.count; i++)
    if (keys.key[i]->has_atomic) return false;
  return true;
}

void flow_depend(struct flow *f, LLVMValueRef pointer, int node, LLVMValueRef at, bool control) {
  struct keyset keys = keys_of(f->p, pointer);
  unsigned argument;
  if (!keys.count)
    flow_decide(f, AUDIT_CORRECTNESS, node, at, "%s an access at no object",
                control ? "it decides" : "it is stored by");
  else if (is_watched(at, keys))
    flow_decide(f, AUDIT_UNKNOWN, node, at, "%s volatile memory, which others may watch",
                control ? "it decides whether there is an access to" : "it is stored into");
  flow_depend_keys(f, keys, node, at, control);
  /* a struct that a caller outside of the program gave: its fields are the caller's too */
  bool plain = LLVMIsAStoreInst(at) && keys.count && !keys.key[0]->loose && !keys.key[0]->local;
  LLVMValueRef owner = plain ? outside_memory(f->p, pointer, &argument) : NULL;
  if (!owner) return;
  if (is_report_getter(f->p, owner)) flow_sink(f, node, at);
  else
    flow_decide(f, AUDIT_UNKNOWN, node, at, "%s() %s memory of callers outside of the program", value_name(owner),
                control ? "changes by it" : "stores it in");
}

void flow_seed_jump(struct flow *f, LLVMValueRef jump) {
  audit_room(&f->node, f->node_count, sizeof *f->node);
  f->node[f->node_count] = (struct flow_node){ jump, jump, "is read", -1 };
  flow_decide(f, AUDIT_CORRECTNESS, (int)f->node_count++, jump, "assembler chooses by it where the program goes on");
}

void flow_return(struct flow *f, int node, LLVMValueRef ret) {
  LLVMValueRef fn = LLVMGetBasicBlockParent(LLVMGetInstructionParent(ret));
  const char *name = value_name(fn);
  struct function *info = function_of(f->p, fn);
  if (strcmp(name, "main") == 0) {
    flow_decide(f, AUDIT_CORRECTNESS, node, ret, "it reaches the exit status of the program");
    return;
  }
  if (info->resolves) {
    flow_decide(f, AUDIT_CORRECTNESS, node, ret, "%s() chooses by it which function the loader takes", name);
    return;
  }
  if (info->decides_order) {
    flow_decide(f, AUDIT_CORRECTNESS, node, ret, "%s() returns it to a function that sorts or searches by it", name);
    return;
  }
  for (size_t i = 0; i < info->call_count; i++)
    flow_add(f, info->call[i], info->call[i], "is returned by the call", node);
  for (size_t i = 0; i < info->indirect_count; i++)
    flow_add(f, info->indirect[i], info->indirect[i], "may be returned by the call", node);
  if (!has_outside_callers(f->p, fn)) {
    if (info->address_taken && !info->call_count && !info->indirect_count)
      flow_decide(f, AUDIT_UNKNOWN, node, ret, "%s() returns it, and who calls it is not seen", name);
    return;
  }
  if (is_report_getter(f->p, fn)) flow_sink(f, node, ret);
  else if (info->leaks)
    flow_decide(f, AUDIT_UNKNOWN, node, ret, "%s() returns it, and is called through a pointer", name);
  else flow_decide(f, AUDIT_UNKNOWN, node, ret, "%s() returns it to callers outside of the program", name);
}

static bool is_object(LLVMValueRef v) {
  while (LLVMIsAConstantExpr(v) && (LLVMGetConstOpcode(v) == LLVMGetElementPtr || LLVMGetConstOpcode(v) == LLVMBitCast))
    v = LLVMGetOperand(v, 0);
  return LLVMIsAGlobalVariable(v) || LLVMIsAAllocaInst(v);
}

/* Whether an address is good whatever the value is. chosen: the value says which it is of several,
 * and each of them has to be an object, not NULL. */
static bool is_good_base(struct flow *f, LLVMValueRef v, bool chosen, struct map *visited) {
  if (!map_has(&f->seen, v)) return !chosen || is_object(v);
  if (!map_put(visited, v, (void *)1)) return true;
  if (LLVMIsAGetElementPtrInst(v) || LLVMIsABitCastInst(v))
    return is_good_base(f, LLVMGetOperand(v, 0), chosen, visited);
  if (LLVMIsASelectInst(v))
    return is_good_base(f, LLVMGetOperand(v, 1), true, visited) && is_good_base(f, LLVMGetOperand(v, 2), true, visited);
  if (!LLVMIsAPHINode(v)) return false;
  for (unsigned i = 0; i < LLVMCountIncoming(v); i++)
    if (!is_good_base(f, LLVMGetIncomingValue(v, i), true, visited)) return false;
  return true;
}

/* The address depends on the value by an index, or a choice, alone: its base does not. What is
 * written there stays within the location, which is judged; what is read there is followed. */
static bool by_index_only(struct flow *f, LLVMValueRef pointer) {
  struct map visited = { 0 };
  bool good = is_good_base(f, pointer, false, &visited);
  map_free(&visited);
  return good;
}

/* The same, for now: the base may turn out to depend on the value by a longer way. */
bool flow_is_indexed(struct flow *f, int node, LLVMValueRef user, LLVMValueRef pointer) {
  if (!by_index_only(f, pointer)) return false;
  if (!index_is_bounded(f, pointer, user))
    flow_decide(f, AUDIT_UNKNOWN, node, user, "it is an index that nothing bounds: what it reaches may be no array's");
  audit_room(&f->indexed, f->indexed_count, sizeof *f->indexed);
  f->indexed[f->indexed_count++] = (struct flow_indexed){ pointer, user, node };
  return true;
}

static void follow_asm(struct flow *f, int node, LLVMValueRef call) {
  LLVMValueRef v = f->node[node].value;
  struct asm_call a = asm_call_of(call);
  unsigned next = 0;
  bool named = false;
  for (LLVMValueRef pointer; (pointer = asm_pointer(call, &next)) != NULL; named = true)
    if (pointer == v && !flow_is_indexed(f, node, call, v))
      flow_decide(f, AUDIT_CORRECTNESS, node, call, "assembler dereferences it");
    else flow_depend(f, pointer, node, call, false);
  if ((!a.op || !named) && !a.computes) flow_decide(f, AUDIT_UNKNOWN, node, call, "assembler takes it");
  flow_add(f, call, call, "goes through assembler", node);
}

/* Variable arguments: where the function takes them, each may be this one. */
static bool follow_variable(struct flow *f, int node, LLVMValueRef call, LLVMValueRef callee) {
  bool any = false;
  for (LLVMBasicBlockRef b = LLVMGetFirstBasicBlock(callee); b; b = LLVMGetNextBasicBlock(b))
    for (LLVMValueRef i = LLVMGetFirstInstruction(b); i; i = LLVMGetNextInstruction(i)) {
      if (!LLVMIsACallInst(i) || is_asm(i)) continue;
      LLVMValueRef to = called_function(f->p, i);
      if (!to || strncmp(value_name(to), "llvm.va_start", 13) != 0) continue;
      any = true;
      /* the list itself is what holds them: all that is read of it, and all that it is given to */
      flow_depend_keys(f, keys_reached(f->p, LLVMGetOperand(i, 0)), node, call, false);
    }
  return any;
}

/* A function of the program: the value goes on as its parameter. */
static void follow_into(struct flow *f, int node, LLVMValueRef call, LLVMValueRef callee) {
  unsigned params = LLVMCountParams(callee), n = LLVMGetNumArgOperands(call);
  LLVMValueRef v = f->node[node].value;
  for (unsigned a = 0; a < n; a++) {
    if (LLVMGetOperand(call, a) != v) continue;
    if (is_partial_sink(value_name(callee), a, f->p->sinks)) flow_sink(f, node, call);
    else if (a < params) flow_add(f, LLVMGetParam(callee, a), call, "is passed to the call", node);
    else if (!follow_variable(f, node, call, callee) && LLVMIsFunctionVarArg(LLVMGlobalGetValueType(callee)))
      continue; /* it never takes them */
    else if (a >= params)
      flow_decide(f, AUDIT_UNKNOWN, node, call, "it is a variable argument of %s()", value_name(callee));
  }
}

static void follow_pointer_call(struct flow *f, int node, LLVMValueRef call) {
  const struct callees *all = indirect_callees(f->p, call);
  for (size_t i = 0; i < all->count; i++) follow_into(f, node, call, all->function[i]);
  if (!indirect_may_leave(f->p, call, all->count)) return;
  /* a number may be for a report, a pointer is there to be dereferenced */
  bool pointer = LLVMGetTypeKind(LLVMTypeOf(f->node[node].value)) == LLVMPointerTypeKind;
  flow_decide(f, pointer ? AUDIT_CORRECTNESS : AUDIT_UNKNOWN, node, call, "it is %s of a call through a pointer",
              pointer ? "a pointer that is an argument" : "an argument");
}

static void follow_call(struct flow *f, int node, LLVMValueRef call) {
  LLVMValueRef v = f->node[node].value, callee = called_function(f->p, call);
  if (is_debug_call(call)) return;
  if (LLVMGetCalledValue(call) == v) {
    flow_decide(f, AUDIT_CORRECTNESS, node, call, "it is called");
    return;
  }
  if (is_asm(call)) {
    follow_asm(f, node, call);
    return;
  }
  if (!callee) {
    follow_pointer_call(f, node, call);
    return;
  }
  if (LLVMIsDeclaration(callee) || is_given_sink(value_name(callee), f->p->sinks)) {
    outside_follow(f, node, call);
    return;
  }
  for (LLVMValueRef d = callee; d; d = next_namesake(f->p, d)) follow_into(f, node, call, d);
  if (LLVMGetLinkage(callee) != LLVMExternalLinkage && LLVMGetLinkage(callee) != LLVMInternalLinkage &&
      outside_name(f->p, callee))
    flow_decide(f, AUDIT_UNKNOWN, node, call, "%s() may be replaced by another of its name, which gets it",
                value_name(callee));
}

/* A branch on it, or a call with it, within a function that the user says only reports: so do they.
 * But a pointer has to be right even there. (A libc that is audited has its own write(), of which
 * nobody said that it only reports.) */
static bool is_reporting(struct flow *f, LLVMValueRef v, LLVMValueRef user) {
  if (LLVMGetTypeKind(LLVMTypeOf(v)) == LLVMPointerTypeKind) return false;
  LLVMValueRef function = LLVMGetBasicBlockParent(LLVMGetInstructionParent(user));
  return (LLVMIsABranchInst(user) || LLVMIsASwitchInst(user) || LLVMIsACallInst(user)) &&
         is_given_sink(value_name(function), f->p->sinks);
}

/* Whether printing failed has nothing to do with what was printed. */
static bool asks_for_failure(struct flow *f, LLVMValueRef v, LLVMValueRef user) {
  if (!LLVMIsACallInst(v) || is_asm(v) || !LLVMIsAICmpInst(user) || !LLVMIsAConstantInt(LLVMGetOperand(user, 1)))
    return false;
  const struct model *m = model_of_call(f->p, v);
  if (!m || !strchr(m->arguments, 'f')) return false;
  long long n = LLVMConstIntGetSExtValue(LLVMGetOperand(user, 1));
  LLVMIntPredicate is = LLVMGetICmpPredicate(user);
  return (n == 0 && (is == LLVMIntSLT || is == LLVMIntSGE)) ||
         (n == -1 && (is == LLVMIntSGT || is == LLVMIntEQ || is == LLVMIntNE));
}

/* A store, in the loop of a compare-and-swap of the location itself, to where others look: as a list links what it
 * takes in. A peak or a sum stores nothing else. */
static bool is_published(struct flow *f, LLVMValueRef store) {
  if (!f->self) return false;
  struct keyset to = keys_of(f->p, LLVMGetOperand(store, 1));
  for (size_t i = 0; i < to.count; i++)
    if (to.key[i]->local || to.key[i] == f->self) return false;
  for (size_t a = 0; a < f->self->access_count; a++) {
    LLVMValueRef cas = f->self->access[a].inst;
    if (!LLVMIsAAtomicCmpXchgInst(cas)) continue;
    LLVMBasicBlockRef b = LLVMGetInstructionParent(cas), own = LLVMGetInstructionParent(store);
    if (LLVMGetBasicBlockParent(b) != LLVMGetBasicBlockParent(own)) continue;
    struct cfg *c = cfg_of(f->p, LLVMGetBasicBlockParent(b));
    int x = cfg_index(c, b), y = cfg_index(c, own);
    bool *all = audit_grow(NULL, (size_t)c->count + 1);
    memset(all, 1, (size_t)c->count + 1);
    bool loop = cfg_reaches(c, y, x, all) && cfg_reaches(c, x, y, all);
    free(all);
    if (loop) return true;
  }
  return false;
}

static bool is_never_zero(LLVMValueRef v) {
  while (LLVMIsAZExtInst(v) || LLVMIsASExtInst(v)) v = LLVMGetOperand(v, 0);
  if (LLVMIsASelectInst(v)) return true; /* one of two, by a look at it */
  LLVMOpcode op = LLVMIsAInstruction(v) ? LLVMGetInstructionOpcode(v) : 0;
  return (op == LLVMOr || op == LLVMAdd) && LLVMIsAConstantInt(LLVMGetOperand(v, 1)) &&
         LLVMConstIntGetZExtValue(LLVMGetOperand(v, 1)) != 0;
}

/* Integers trap; whoever looked at the value, or at another read of its location, before has seen to it. */
static bool may_divide_by_zero(struct flow *f, LLVMValueRef division) {
  if (is_never_zero(LLVMGetOperand(division, 1))) return false;
  return !is_looked_at(f, division);
}

static void follow_use(struct flow *f, int node, LLVMValueRef user) {
  LLVMValueRef v = f->node[node].value;
  if (!LLVMIsAInstruction(user)) {
    flow_decide(f, AUDIT_UNKNOWN, node, v, "it is part of a constant");
    return;
  }
  if (is_reporting(f, v, user)) {
    flow_sink(f, node, user);
    return;
  }
  if (asks_for_failure(f, v, user)) return;
  switch (LLVMGetInstructionOpcode(user)) {
  case LLVMLoad:
    if (flow_is_indexed(f, node, user, v)) flow_add(f, user, user, "is the index of what is read by", node);
    else flow_decide(f, AUDIT_CORRECTNESS, node, user, "it is dereferenced");
    break;
  case LLVMStore:
    if (LLVMGetOperand(user, 1) == v && !flow_is_indexed(f, node, user, v))
      flow_decide(f, AUDIT_CORRECTNESS, node, user, "it is dereferenced");
    else {
      if (is_published(f, user))
        flow_decide(f, AUDIT_CORRECTNESS, node, user, "it is stored in what a compare-and-swap of it then publishes");
      flow_depend(f, LLVMGetOperand(user, 1), node, user, false);
    }
    break;
  case LLVMAtomicRMW:
  case LLVMAtomicCmpXchg:
    if (LLVMGetOperand(user, 0) == v && !flow_is_indexed(f, node, user, v)) {
      flow_decide(f, AUDIT_CORRECTNESS, node, user, "it is dereferenced by an atomic");
      break;
    }
    flow_depend(f, LLVMGetOperand(user, 0), node, user, false);
    if (LLVMGetInstructionOpcode(user) == LLVMAtomicCmpXchg)
      flow_add(f, user, user, "decides a compare-and-swap", node);
    break;
  case LLVMCall: follow_call(f, node, user); break;
  case LLVMRet: flow_return(f, node, user); break;
  case LLVMBr:
  case LLVMSwitch: branch_follow(f, node, user); break;
  case LLVMCallBr:
  case LLVMIndirectBr: flow_decide(f, AUDIT_CORRECTNESS, node, user, "it chooses where the program goes on"); break;
  case LLVMUDiv:
  case LLVMSDiv:
  case LLVMURem:
  case LLVMSRem:
    if (LLVMGetOperand(user, 1) == v && may_divide_by_zero(f, user))
      flow_decide(f, AUDIT_UNKNOWN, node, user, "the program ends where it is 0, since it is divided by");
    flow_add(f, user, user, "is used in", node);
    break;
  case LLVMAdd:
  case LLVMSub:
  case LLVMMul:
  case LLVMShl:
  case LLVMLShr:
  case LLVMAShr:
  case LLVMAnd:
  case LLVMOr:
  case LLVMXor:
  case LLVMFAdd:
  case LLVMFSub:
  case LLVMFMul:
  case LLVMFDiv:
  case LLVMFRem:
  case LLVMFNeg:
  case LLVMTrunc:
  case LLVMZExt:
  case LLVMSExt:
  case LLVMFPToUI:
  case LLVMFPToSI:
  case LLVMUIToFP:
  case LLVMSIToFP:
  case LLVMFPTrunc:
  case LLVMFPExt:
  case LLVMPtrToInt:
  case LLVMIntToPtr:
  case LLVMBitCast:
  case LLVMAddrSpaceCast:
  case LLVMGetElementPtr:
  case LLVMICmp:
  case LLVMFCmp:
  case LLVMPHI:
  case LLVMSelect:
  case LLVMExtractValue:
  case LLVMInsertValue:
  case LLVMFreeze:
  case LLVMExtractElement:
  case LLVMInsertElement:
  case LLVMShuffleVector: flow_add(f, user, user, "is used in", node); break;
  case LLVMAlloca: flow_decide(f, AUDIT_CORRECTNESS, node, user, "it is the size of memory that is taken"); break;
  default: flow_decide(f, AUDIT_UNKNOWN, node, user, "an instruction uses it that the analysis does not know");
  }
}

void flow_run(struct flow *f) {
  while (f->next < f->node_count && f->cls != AUDIT_CORRECTNESS && !interrupt_pending()) {
    int node = (int)f->next++;
    if (!f->node[node].value) continue;
    for (LLVMUseRef u = LLVMGetFirstUse(f->node[node].value); u; u = LLVMGetNextUse(u))
      follow_use(f, node, LLVMGetUser(u));
  }
  for (size_t i = 0; i < f->indexed_count; i++)
    if (!by_index_only(f, f->indexed[i].pointer))
      flow_decide(f, AUDIT_CORRECTNESS, f->indexed[i].node, f->indexed[i].user, "it is dereferenced");
}
