/* SPDX-License-Identifier: GPL-3.0-or-later */
/* escape.c: addresses that leave sight (rule 4). A location whose address is stored, turned into
 * a number or given to unknown code may be read there, so it is never TELEMETRY. A pointer to a
 * struct is no escape of its fields as long as its type stays with it. */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "harness/audit/ir.h"
#include "harness/audit/names.h"

/* A whole object that unknown code may read. */
struct bulk {
  LLVMTypeRef type;
  LLVMValueRef global, at;
  const char *what;
};

struct scan {
  struct program *p;
  struct bulk *bulk;
  size_t bulk_count;
};

void key_floor(struct key *k, LLVMValueRef at, const char *format, ...) {
  if (k->floor) return;
  va_list ap;
  va_start(ap, format);
  if (vasprintf(&k->floor, format, ap) < 0) k->floor = NULL;
  va_end(ap);
  k->floor_at = at;
}

static LLVMValueRef strip_casts(LLVMValueRef v) {
  while (LLVMIsABitCastInst(v) || (LLVMIsAConstantExpr(v) && LLVMGetConstOpcode(v) == LLVMBitCast))
    v = LLVMGetOperand(v, 0);
  return v;
}

static LLVMTypeRef strip_arrays(LLVMTypeRef t) {
  while (LLVMGetTypeKind(t) == LLVMArrayTypeKind) t = LLVMGetElementType(t);
  return t;
}

/* The struct an address points at, or NULL. */
static LLVMTypeRef object_type(LLVMValueRef v) {
  LLVMTypeRef t = LLVMTypeOf(strip_casts(v));
  if (LLVMGetTypeKind(t) != LLVMPointerTypeKind) return NULL;
  t = strip_arrays(LLVMGetElementType(t));
  return LLVMGetTypeKind(t) == LLVMStructTypeKind ? t : NULL;
}

bool is_value_copy(struct program *p, LLVMValueRef call) {
  LLVMValueRef f =
      LLVMIsACallInst(call) && !LLVMIsAInlineAsm(LLVMGetCalledValue(call)) ? called_function(p, call) : NULL;
  const char *name = f && LLVMIsDeclaration(f) ? value_name(f) : "";
  if (!(strstr(name, "memcpy") || strstr(name, "memmove")) || effect_of(name, NULL) != EFFECT_FILL) return false;
  LLVMValueRef from = strip_casts(LLVMGetOperand(call, 1));
  LLVMTypeKind kind = LLVMIsAAllocaInst(from) ? LLVMGetTypeKind(LLVMGetAllocatedType(from)) : LLVMVoidTypeKind;
  if (kind != LLVMIntegerTypeKind && kind != LLVMDoubleTypeKind && kind != LLVMFloatTypeKind) return false;
  struct keyset to = keys_of(p, LLVMGetOperand(call, 0));
  for (size_t i = 0; i < to.count; i++)
    if (to.key[i]->owner || to.key[i]->is_field) return false; /* a struct: the copy may reach beyond its first field */
  return true;
}

static bool is_pointer(LLVMValueRef v) { return LLVMGetTypeKind(LLVMTypeOf(v)) == LLVMPointerTypeKind; }

static void leaves(struct scan *s, LLVMValueRef v, LLVMValueRef at, const char *what, bool whole);

/* A plain pointer that came through arguments, or from one of several places: the objects that it
 * may point at leave as a whole, where the key of the pointer names but their first field. */
static void origins_leave(struct scan *s, LLVMValueRef v, LLVMValueRef at, const char *what, struct map *seen) {
  v = strip_casts(v);
  if (!map_put(seen, v, (void *)1)) return;
  if (object_type(v)) {
    leaves(s, v, at, what, true);
  } else if (LLVMIsAPHINode(v)) {
    for (unsigned i = 0; i < LLVMCountIncoming(v); i++) origins_leave(s, LLVMGetIncomingValue(v, i), at, what, seen);
  } else if (LLVMIsASelectInst(v)) {
    origins_leave(s, LLVMGetOperand(v, 1), at, what, seen);
    origins_leave(s, LLVMGetOperand(v, 2), at, what, seen);
  } else if (LLVMIsAGetElementPtrInst(v)) {
    origins_leave(s, LLVMGetOperand(v, 0), at, what, seen);
  } else if (LLVMIsAArgument(v)) {
    LLVMValueRef f = LLVMGetParamParent(v);
    struct function *fn = function_of(s->p, f);
    unsigned index = argument_index(v);
    for (size_t c = 0; fn && c < fn->call_count; c++)
      if (LLVMGetNumArgOperands(fn->call[c]) > index)
        origins_leave(s, LLVMGetOperand(fn->call[c], index), at, what, seen);
  }
}

/* The address v leaves sight at `at`. */
static void leaves(struct scan *s, LLVMValueRef v, LLVMValueRef at, const char *what, bool whole) {
  LLVMTypeRef type = object_type(v);
  if (type) {
    if (!whole) return;
    audit_room(&s->bulk, s->bulk_count, sizeof *s->bulk);
    LLVMValueRef base = strip_casts(v);
    s->bulk[s->bulk_count++] = (struct bulk){ type, LLVMIsAGlobalVariable(base) ? base : NULL, at, what };
    return;
  }
  if (LLVMIsAConstantPointerNull(v) || LLVMIsAUndefValue(v) || LLVMIsAFunction(strip_casts(v))) return;
  if (whole) {
    struct map seen = { 0 };
    origins_leave(s, v, at, what, &seen);
    map_free(&seen);
  }
  struct keyset keys = keys_of(s->p, v);
  for (size_t i = 0; i < keys.count; i++) {
    keys.key[i]->floor_of_others |= !keys.key[i]->floor;
    key_floor(keys.key[i], at, "its address %s", what);
  }
}

static void scan_call(struct scan *s, LLVMValueRef call) {
  if (is_debug_call(call) || LLVMIsAInlineAsm(LLVMGetCalledValue(call))) return;
  LLVMValueRef f = called_function(s->p, call);
  const char *name = f ? value_name(f) : NULL;
  unsigned n = LLVMGetNumArgOperands(call);
  if (f && !LLVMIsDeclaration(f) && effect_of(name, s->p->sinks) != EFFECT_SINK) {
    for (unsigned a = LLVMCountParams(f); a < n; a++)
      if (is_pointer(LLVMGetOperand(call, a)))
        leaves(s, LLVMGetOperand(call, a), call, "is passed as a variable argument", true);
    return;
  }
  if (name && strncmp(name, "__atomic_", 9) == 0) return;
  enum effect e = name ? effect_of(name, s->p->sinks) : EFFECT_UNKNOWN;
  if (e == EFFECT_SINK || e == EFFECT_NONE) return;
  if (e == EFFECT_FILL) {
    if (strstr(name, "memset") || strstr(name, "bzero") || n < 2 || !is_pointer(LLVMGetOperand(call, 1))) return;
    if (is_value_copy(s->p, call)) return;
    /* a copy between objects of one type stays within its keys */
    LLVMTypeRef to = object_type(LLVMGetOperand(call, 0)), from = object_type(LLVMGetOperand(call, 1));
    if (!from || to != from) leaves(s, LLVMGetOperand(call, 1), call, "is copied from as a block", true);
    return;
  }
  for (unsigned a = 0; a < n; a++) {
    LLVMValueRef v = LLVMGetOperand(call, a);
    if (is_pointer(v))
      leaves(s, v, call,
             !f ? "is passed to a call through a pointer" : "is passed to a function outside of the program",
             e == EFFECT_UNKNOWN);
  }
}

static void scan_instruction(struct scan *s, LLVMValueRef i) {
  switch (LLVMGetInstructionOpcode(i)) {
  case LLVMCall: scan_call(s, i); break;
  case LLVMStore:
    if (is_pointer(LLVMGetOperand(i, 0))) leaves(s, LLVMGetOperand(i, 0), i, "is stored", false);
    break;
  case LLVMAtomicRMW:
  case LLVMAtomicCmpXchg:
  case LLVMInsertValue:
    for (int o = 1; o < LLVMGetNumOperands(i); o++)
      if (is_pointer(LLVMGetOperand(i, (unsigned)o))) leaves(s, LLVMGetOperand(i, (unsigned)o), i, "is stored", false);
    break;
  case LLVMPtrToInt: leaves(s, LLVMGetOperand(i, 0), i, "is turned into a number", false); break;
  case LLVMRet:
    if (LLVMGetNumOperands(i) == 1 && is_pointer(LLVMGetOperand(i, 0))) {
      LLVMValueRef f = LLVMGetBasicBlockParent(LLVMGetInstructionParent(i));
      struct function *fn = function_of(s->p, f);
      if (fn->address_taken || is_exported(s->p, f))
        leaves(s, LLVMGetOperand(i, 0), i, "is returned to unknown callers", false);
    }
    break;
  default: break;
  }
}

/* Addresses in initialisers of tables. */
static void scan_constant(struct scan *s, LLVMValueRef c, int depth) {
  if (depth > 12 || LLVMIsAFunction(c)) return;
  if (is_pointer(c)) {
    if (!LLVMIsAConstantPointerNull(c)) leaves(s, c, NULL, "stands in a table", false);
    return;
  }
  if (LLVMIsAConstantDataSequential(c) || LLVMIsAConstantInt(c)) return;
  for (int o = 0; o < LLVMGetNumOperands(c); o++) scan_constant(s, LLVMGetOperand(c, (unsigned)o), depth + 1);
}

static bool contains(LLVMTypeRef outer, LLVMTypeRef inner, int depth) {
  outer = strip_arrays(outer);
  if (outer == inner) return true;
  if (LLVMGetTypeKind(outer) != LLVMStructTypeKind || depth > 12) return false;
  unsigned n = LLVMCountStructElementTypes(outer);
  for (unsigned i = 0; i < n; i++)
    if (contains(LLVMStructGetTypeAtIndex(outer, i), inner, depth + 1)) return true;
  return false;
}

static void apply_bulk(struct scan *s) {
  for (size_t b = 0; b < s->bulk_count; b++)
    for (size_t i = 0; i < s->p->key_count; i++) {
      struct key *k = s->p->key[i];
      size_t n = s->bulk[b].global ? strlen(value_name(s->bulk[b].global)) : 0;
      bool hit = k->owner ? contains(s->bulk[b].type, k->owner, 0)
                          : n && strncmp(k->name, value_name(s->bulk[b].global), n) == 0 && k->name[n] == '.';
      if (!hit) continue;
      k->floor_of_others |= !k->floor;
      key_floor(k, s->bulk[b].at, "the object it is in %s", s->bulk[b].what);
    }
}

void escape_find(struct program *p) {
  struct scan s = { .p = p };
  for (LLVMValueRef g = next_global(p, NULL); g; g = next_global(p, g)) {
    LLVMValueRef init = LLVMGetInitializer(g);
    if (init && strncmp(value_name(g), "llvm.", 5) != 0) scan_constant(&s, init, 0);
  }
  for (LLVMValueRef f = next_function(p, NULL); f; f = next_function(p, f))
    for (LLVMBasicBlockRef b = LLVMGetFirstBasicBlock(f); b; b = LLVMGetNextBasicBlock(b))
      for (LLVMValueRef i = LLVMGetFirstInstruction(b); i; i = LLVMGetNextInstruction(i)) scan_instruction(&s, i);
  apply_bulk(&s);
  free(s.bulk);
}
