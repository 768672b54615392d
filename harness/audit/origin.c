/* SPDX-License-Identifier: GPL-3.0-or-later */
/* origin.c: origin.h. */
#include "harness/audit/origin.h"

#include <stdlib.h>
#include <string.h>

#include "harness/audit/indirect.h"
#include "harness/audit/models.h"

/* Values that one walk looks at; what is longer is said to be lost, and the audit incomplete. */
enum { WALK_MOST = 20000, DEPTH_MOST = 6000 };

struct walk {
  struct program *p;
  struct origins out;
  struct map seen; /* value -> index into visited + 1 */
  struct offset *visited;
  size_t visits;
  int depth;
  bool behind;
};

LLVMTypeRef strip_arrays(LLVMTypeRef t) {
  while (LLVMGetTypeKind(t) == LLVMArrayTypeKind || LLVMGetTypeKind(t) == LLVMVectorTypeKind) t = LLVMGetElementType(t);
  return t;
}

LLVMTypeRef pointee_of(LLVMValueRef v) {
  LLVMTypeRef t = LLVMTypeOf(v);
  return LLVMGetTypeKind(t) == LLVMPointerTypeKind ? strip_arrays(LLVMGetElementType(t)) : NULL;
}

bool same_struct(LLVMTypeRef a, LLVMTypeRef b) {
  if (a == b) return true;
  if (LLVMGetTypeKind(a) != LLVMStructTypeKind || LLVMGetTypeKind(b) != LLVMStructTypeKind) return false;
  char x[256], y[256];
  if (struct_is_anonymous(a) || struct_is_anonymous(b)) return false;
  return strcmp(struct_name(a, x, sizeof x), struct_name(b, y, sizeof y)) == 0;
}

bool is_gep(LLVMValueRef v) {
  return LLVMIsAGetElementPtrInst(v) || (LLVMIsAConstantExpr(v) && LLVMGetConstOpcode(v) == LLVMGetElementPtr);
}

bool is_pointer_cast(LLVMValueRef v) {
  return LLVMIsABitCastInst(v) || LLVMIsAAddrSpaceCastInst(v) ||
         (LLVMIsAConstantExpr(v) &&
          (LLVMGetConstOpcode(v) == LLVMBitCast || LLVMGetConstOpcode(v) == LLVMAddrSpaceCast));
}

/* The opcode of an instruction or constant expression, 0 for others. */
static LLVMOpcode opcode_of(LLVMValueRef v) {
  return LLVMIsAInstruction(v) ? LLVMGetInstructionOpcode(v) : LLVMIsAConstantExpr(v) ? LLVMGetConstOpcode(v) : 0;
}

static void add_step(struct offset *at, unsigned long long step) {
  if (step == 0) return;
  for (int i = 0; i < at->steps; i++)
    if (at->step[i] == step) return;
  if (at->steps == ORIGIN_STEPS) at->wild = true;
  else at->step[at->steps++] = step;
}

static void add_origin(struct walk *w, LLVMValueRef base, LLVMTypeRef type, struct offset at) {
  if (!type && at.wrapper) { /* nothing better names it than the wrapper itself */
    type = at.wrapper;
    at.bytes = 0;
  }
  for (size_t i = 0; i < w->out.count; i++) {
    struct origin *o = &w->out.origin[i];
    if (o->base == base && o->type == type && memcmp(&o->at, &at, sizeof at) == 0) return;
  }
  audit_room(&w->out.origin, w->out.count, sizeof *w->out.origin);
  w->out.origin[w->out.count++] = (struct origin){ base, type, at };
}

static bool is_root_struct(LLVMTypeRef t) {
  return t && LLVMGetTypeKind(t) == LLVMStructTypeKind && !struct_is_wrapper(t);
}

static void step_gep(struct program *p, LLVMValueRef v, struct offset *at) {
  LLVMTypeRef t = LLVMGetGEPSourceElementType(v);
  for (int o = 1; o < LLVMGetNumOperands(v); o++) {
    LLVMValueRef index = LLVMGetOperand(v, (unsigned)o);
    bool fixed = LLVMIsAConstantInt(index) != NULL;
    if (o > 1 && LLVMGetTypeKind(t) == LLVMStructTypeKind) {
      unsigned f = (unsigned)LLVMConstIntGetZExtValue(index);
      at->bytes += (long long)LLVMOffsetOfElement(p->layout, t, f);
      t = LLVMStructGetTypeAtIndex(t, f);
      continue;
    }
    if (o > 1) t = LLVMGetElementType(t);
    unsigned long long size = LLVMTypeIsSized(t) ? LLVMABISizeOfType(p->layout, t) : 1;
    if (fixed) at->bytes += LLVMConstIntGetSExtValue(index) * (long long)size;
    else add_step(at, size);
  }
}

static void walk(struct walk *w, LLVMValueRef v, struct offset at);

static void walk_argument(struct walk *w, LLVMValueRef v, struct offset at) {
  LLVMValueRef f = LLVMGetParamParent(v);
  struct function *fn = function_of(w->p, f);
  unsigned index = argument_index(v);
  for (size_t i = 0; fn && i < fn->call_count; i++)
    if (LLVMGetNumArgOperands(fn->call[i]) > index) walk(w, LLVMGetOperand(fn->call[i], index), at);
  size_t before = w->out.count, count = 0;
  LLVMValueRef *calls = fn && fn->address_taken ? indirect_callers(w->p, f, &count) : NULL;
  for (size_t i = 0; i < count; i++)
    if (LLVMGetNumArgOperands(calls[i]) > index) walk(w, LLVMGetOperand(calls[i], index), at);
  /* a function of a table, named for reporting: what its callers have from outside, it hands out itself */
  if (count && is_report_getter(w->p, f)) {
    size_t kept = before;
    for (size_t i = before; i < w->out.count; i++)
      if (w->out.origin[i].type || !w->out.origin[i].base || !LLVMIsAArgument(w->out.origin[i].base))
        w->out.origin[kept++] = w->out.origin[i];
    bool handed = kept < w->out.count;
    w->out.count = kept;
    if (handed) add_origin(w, v, NULL, at);
  }
  if (!fn || has_outside_callers(w->p, f)) add_origin(w, v, NULL, at);
}

static void walk_call(struct walk *w, LLVMValueRef v, struct offset at) {
  LLVMValueRef f = called_function(w->p, v);
  const struct model *m = f && LLVMIsDeclaration(f) ? model_of(value_name(f), w->p->sinks) : NULL;
  if (m && m->result == 'p' && LLVMGetNumArgOperands(v) > 0) {
    walk(w, LLVMGetOperand(v, 0), at);
    return;
  }
  if (!f || LLVMIsDeclaration(f)) {
    if (m && m->result == 'v') /* strchr and its like point into what they are given */
      for (unsigned a = 0; a < LLVMGetNumArgOperands(v); a++)
        if (pointee_of(LLVMGetOperand(v, a)) && model_role(m, a) != 'w') walk(w, LLVMGetOperand(v, a), at);
    add_origin(w, v, NULL, at);
    return;
  }
  for (LLVMValueRef d = f; d; d = next_namesake(w->p, d))
    for (LLVMBasicBlockRef b = LLVMGetFirstBasicBlock(d); b; b = LLVMGetNextBasicBlock(b)) {
      LLVMValueRef t = LLVMGetBasicBlockTerminator(b);
      if (t && LLVMIsAReturnInst(t) && LLVMGetNumOperands(t) == 1) walk(w, LLVMGetOperand(t, 0), at);
    }
}

/* Whether a number was made of a pointer, not far from here. */
static bool made_of_pointer(LLVMValueRef v, int depth) {
  LLVMOpcode op = opcode_of(v);
  if (op == LLVMPtrToInt) return true;
  if (depth > 8 || !op || op == LLVMLoad || op == LLVMCall || op == LLVMPHI) return false;
  for (int i = 0; i < LLVMGetNumOperands(v); i++)
    if (!LLVMValueIsBasicBlock(LLVMGetOperand(v, (unsigned)i)) &&
        made_of_pointer(LLVMGetOperand(v, (unsigned)i), depth + 1))
      return true;
  return false;
}

static void walk_arithmetic(struct walk *w, LLVMValueRef v, LLVMOpcode op, struct offset at) {
  LLVMValueRef a = LLVMGetOperand(v, 0), b = LLVMGetOperand(v, 1);
  if (LLVMIsAConstantInt(a) && !LLVMIsAConstantInt(b) && op != LLVMSub) {
    LLVMValueRef swap = a;
    a = b;
    b = swap;
  }
  if ((op == LLVMAdd || op == LLVMSub) && LLVMIsAConstantInt(b)) {
    long long n = LLVMConstIntGetSExtValue(b);
    at.bytes += op == LLVMAdd ? n : -n;
    walk(w, a, at);
    return;
  }
  at.wild = true;
  bool first = made_of_pointer(a, 0), second = made_of_pointer(b, 0);
  if (first || !second) walk(w, a, at);
  if (!LLVMIsAConstantInt(b) && (second || !first)) walk(w, b, at);
}

static void walk_global(struct walk *w, LLVMValueRef v, struct offset at) {
  LLVMValueRef g = global_definition(w->p, v);
  if (LLVMIsAGlobalVariable(g)) add_origin(w, g, LLVMGlobalGetValueType(g), at);
  else if (g != v) walk(w, g, at);
}

/* Whether this value was looked at before; another offset since then is a step of a loop. */
static bool met_before(struct walk *w, LLVMValueRef v, struct offset *at) {
  size_t old = (size_t)map_get(&w->seen, v);
  if (!old) {
    audit_room(&w->visited, w->visits, sizeof *w->visited);
    w->visited[w->visits++] = *at;
    map_put(&w->seen, v, (void *)w->visits);
    return false;
  }
  struct offset *before = &w->visited[old - 1], now = *before;
  if (before->wild) return true;
  long long apart = at->bytes - now.bytes;
  if (apart) add_step(&now, (unsigned long long)(apart < 0 ? -apart : apart));
  for (int i = 0; i < at->steps; i++) add_step(&now, at->step[i]);
  now.wild |= at->wild;
  if (memcmp(&now, before, sizeof now) == 0) return true;
  *before = *at = now;
  return false;
}

static void walk_inside(struct walk *w, LLVMValueRef v, struct offset at) {
  LLVMOpcode op = opcode_of(v);
  if (is_gep(v)) {
    step_gep(w->p, v, &at);
    walk(w, LLVMGetOperand(v, 0), at);
  } else if (is_pointer_cast(v)) walk(w, LLVMGetOperand(v, 0), at);
  else if (LLVMIsAGlobalVariable(v) || LLVMIsAGlobalAlias(v)) walk_global(w, v, at);
  else if (LLVMIsAAllocaInst(v)) add_origin(w, v, LLVMGetAllocatedType(v), at);
  else if (LLVMIsAPHINode(v))
    for (unsigned i = 0; i < LLVMCountIncoming(v); i++) walk(w, LLVMGetIncomingValue(v, i), at);
  else if (op == LLVMSelect) {
    walk(w, LLVMGetOperand(v, 1), at);
    walk(w, LLVMGetOperand(v, 2), at);
  } else if (LLVMIsAArgument(v)) walk_argument(w, v, at);
  else if (LLVMIsACallInst(v)) {
    if (is_asm(v)) add_origin(w, NULL, NULL, at);
    else walk_call(w, v, at);
  } else if (op == LLVMIntToPtr || op == LLVMPtrToInt || op == LLVMZExt || op == LLVMSExt || op == LLVMTrunc ||
             op == LLVMFreeze)
    walk(w, LLVMGetOperand(v, 0), at);
  else if (op == LLVMAdd || op == LLVMSub || op == LLVMAnd || op == LLVMOr || op == LLVMXor || op == LLVMMul ||
           op == LLVMShl || op == LLVMLShr || op == LLVMAShr)
    walk_arithmetic(w, v, op, at);
  else if (op == LLVMLoad) add_origin(w, v, NULL, at);
  else if (LLVMIsAFunction(v))
    ;
  else add_origin(w, NULL, NULL, at);
}

static void walk(struct walk *w, LLVMValueRef v, struct offset at) {
  if (w->visits > WALK_MOST || w->depth > DEPTH_MOST) {
    w->p->lost = true;
    return;
  }
  LLVMTypeRef t = is_gep(v) ? NULL : pointee_of(v);
  if (LLVMIsAConstantPointerNull(v) && w->depth && is_root_struct(t) && LLVMGetStructName(t))
    add_origin(w, v, t, at); /* a field of no object is still that field */
  if (LLVMIsAConstantPointerNull(v) || LLVMIsAUndefValue(v) || met_before(w, v, &at)) return;
  bool object = LLVMIsAGlobalVariable(v) || LLVMIsAAllocaInst(v) || LLVMIsAGlobalAlias(v);
  bool stop = is_root_struct(t) && !object && !(w->behind && (is_pointer_cast(v) || w->depth == 0));
  /* how a struct is handed over in registers: no type of the source, so what it is cast from says what is there */
  if (stop && is_pointer_cast(v) && !LLVMGetStructName(t)) stop = false;
  if (stop) {
    /* a cast's base is asked for its name alone */
    LLVMValueRef base = v;
    while (is_pointer_cast(base)) base = LLVMGetOperand(base, 0);
    add_origin(w, base, t, at);
    return;
  }
  if (t && LLVMGetTypeKind(t) == LLVMStructTypeKind && struct_is_wrapper(t)) at.wrapper = t;
  w->depth++;
  walk_inside(w, v, at);
  w->depth--;
}

struct origins origins_of(struct program *p, LLVMValueRef pointer, bool behind) {
  struct walk w = { .p = p, .behind = behind };
  struct offset at;
  memset(&at, 0, sizeof at); /* compared as bytes */
  walk(&w, pointer, at);
  map_free(&w.seen);
  free(w.visited);
  return w.out;
}
