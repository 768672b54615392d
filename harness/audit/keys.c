/* SPDX-License-Identifier: GPL-3.0-or-later */
/* keys.c: from a pointer to the locations it may stand for (ir.h). */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "harness/audit/ir.h"
#include "harness/audit/names.h"

/* Steps into a type that are kept for a name. */
enum { DEPTH = 24 };

struct path {
  LLVMTypeRef type[DEPTH]; /* struct types, outermost first */
  unsigned field[DEPTH];
  int count;
  LLVMValueRef base; /* what the outermost GEP starts from, casts removed */
};

struct query {
  struct program *p;
  struct keyset out;
  struct map seen;
  int depth;
};

const char *struct_name(LLVMTypeRef type, char *buf, size_t size) {
  const char *n = LLVMGetStructName(type);
  if (!n) n = "anon";
  const char *dot = strchr(n, '.');
  snprintf(buf, size, "%s", dot ? dot + 1 : n);
  /* the linker's numbers: struct.pool.12 */
  for (char *last = strrchr(buf, '.'); last && last[1] && strspn(last + 1, "0123456789") == strlen(last + 1);
       last = strrchr(buf, '.'))
    *last = '\0';
  return buf;
}

bool struct_is_anonymous(LLVMTypeRef type) {
  char buf[256];
  return strcmp(struct_name(type, buf, sizeof buf), "anon") == 0;
}

static LLVMTypeRef strip_arrays(LLVMTypeRef t) {
  while (LLVMGetTypeKind(t) == LLVMArrayTypeKind || LLVMGetTypeKind(t) == LLVMVectorTypeKind) t = LLVMGetElementType(t);
  return t;
}

static bool is_struct(LLVMTypeRef t) { return LLVMGetTypeKind(t) == LLVMStructTypeKind; }

/* A struct that only wraps one number, as libraries of atomics have: what it is a member of names
 * the location. */
bool struct_is_wrapper(LLVMTypeRef type) {
  if (!is_struct(type) || struct_is_anonymous(type)) return false;
  for (int depth = 0; depth < 4 && is_struct(type) && LLVMCountStructElementTypes(type) == 1; depth++)
    type = LLVMStructGetTypeAtIndex(type, 0);
  return LLVMGetTypeKind(type) == LLVMIntegerTypeKind;
}

static LLVMTypeRef pointee(LLVMValueRef v) {
  LLVMTypeRef t = LLVMTypeOf(v);
  return LLVMGetTypeKind(t) == LLVMPointerTypeKind ? strip_arrays(LLVMGetElementType(t)) : NULL;
}

static bool is_gep(LLVMValueRef v) {
  return LLVMIsAGetElementPtrInst(v) || (LLVMIsAConstantExpr(v) && LLVMGetConstOpcode(v) == LLVMGetElementPtr);
}

static bool is_cast(LLVMValueRef v) {
  return LLVMIsABitCastInst(v) || LLVMIsAAddrSpaceCastInst(v) ||
         (LLVMIsAConstantExpr(v) &&
          (LLVMGetConstOpcode(v) == LLVMBitCast || LLVMGetConstOpcode(v) == LLVMAddrSpaceCast));
}

struct key *key_find(struct program *p, const char *name) {
  const char *n = intern(&p->names, name);
  struct key *k = map_get(&p->keys, n);
  if (k) return k;
  k = audit_grow(NULL, sizeof *k);
  memset(k, 0, sizeof *k);
  k->name = n;
  k->plain = plain_name(p, n);
  const char *dot = strrchr(k->plain, '.');
  k->field = dot ? dot + 1 : k->plain;
  map_put(&p->keys, n, k);
  audit_room(&p->key, p->key_count, sizeof *p->key);
  p->key[p->key_count++] = k;
  return k;
}

static void emit(struct query *q, struct key *k) {
  for (size_t i = 0; i < q->out.count; i++)
    if (q->out.key[i] == k) return;
  audit_room(&q->out.key, q->out.count, sizeof *q->out.key);
  q->out.key[q->out.count++] = k;
}

static struct key *emit_loose(struct query *q, const char *what, const char *of) {
  char *name = audit_text("*%s%s", what, of);
  struct key *k = key_find(q->p, name);
  free(name);
  if (!k->loose) {
    k->loose = true;
    k->floor = audit_text("it is reached through a pointer that cannot be traced to one location");
  }
  emit(q, k);
  return k;
}

static void collect_base(struct query *q, LLVMValueRef v);

/* The name of what lies at the end of a path, descending to the first leaf. */
static void emit_path(struct query *q, struct path *path) {
  LLVMTypeRef last = path->type[path->count - 1];
  LLVMTypeRef leaf = strip_arrays(LLVMStructGetTypeAtIndex(last, path->field[path->count - 1]));
  while (is_struct(leaf) && LLVMCountStructElementTypes(leaf) > 0 && path->count < DEPTH) {
    path->type[path->count] = leaf;
    path->field[path->count++] = 0;
    leaf = strip_arrays(LLVMStructGetTypeAtIndex(leaf, 0));
  }
  while (path->count > 0 && struct_is_wrapper(path->type[path->count - 1])) path->count--;
  if (path->count == 0) {
    if (!path->base || !map_put(&q->seen, path->base, (void *)1)) return;
    collect_base(q, path->base);
    return;
  }
  int from = path->count - 1;
  while (from >= 0 && struct_is_anonymous(path->type[from])) from--;
  bool named = from >= 0;
  LLVMValueRef global = path->base && LLVMIsAGlobalVariable(path->base) ? path->base : NULL;
  if (!named) from = 0;
  char text[1024], part[256], shown[1024] = "";
  LLVMValueRef di;
  if (named) {
    struct_name(path->type[from], text, sizeof text);
    di = di_type_of_struct(q->p, path->type[from]);
  } else if (global) {
    snprintf(text, sizeof text, "%s", value_name(global));
    di = di_type_of_global(q->p, global);
  } else {
    emit_loose(q, "field of an unnamed type", "");
    return;
  }
  size_t used = strlen(text);
  const char *tail = text + used;
  for (int i = from; i < path->count; i++) {
    LLVMValueRef member = NULL;
    const char *name =
        di_member(di, LLVMOffsetOfElement(q->p->layout, path->type[i], path->field[i]), &member, part, sizeof part);
    if (!name) snprintf(part, sizeof part, "field%u", path->field[i]);
    di = member;
    if (i > from && strcmp(part, "anonymous") == 0) continue;
    int n = snprintf(text + used, sizeof text - used, ".%s", part);
    used += n > 0 && (size_t)n < sizeof text - used ? (size_t)n : 0;
  }
  struct key *k = key_find(q->p, text);
  k->is_field = true;
  if (named) k->owner = path->type[from];
  if (named && global && from == 0) {
    snprintf(shown, sizeof shown, "%s%s", plain_name(q->p, value_name(global)), tail);
    if (!k->shown) k->shown = strdup(shown);
    else if (strcmp(k->shown, shown) != 0 && k->shown[0])
      k->shown[0] = '\0'; /* several globals of the type: the field's own name is shown */
  }
  emit(q, k);
}

static void collect(struct query *q, LLVMValueRef v);

/* v points at struct type t and is accessed at its start. */
static void first_leaf(struct query *q, LLVMValueRef v, LLVMTypeRef t) {
  struct path path = { .count = 1, .type = { t }, .field = { 0 }, .base = v };
  if (LLVMCountStructElementTypes(t) == 0) emit_loose(q, "object of an incomplete type", "");
  else emit_path(q, &path);
}

static void collect_gep(struct query *q, LLVMValueRef v) {
  struct path path = { 0 };
  LLVMValueRef at = v;
  /* innermost GEP first: gather from the outside in, by recursion on an array of GEPs */
  LLVMValueRef chain[DEPTH];
  int n = 0;
  while (n < DEPTH && (is_gep(at) || is_cast(at))) {
    if (is_gep(at)) chain[n++] = at;
    /* a cast between different struct types ends the path: the new type's own name counts */
    else if (n > 0 && path.count == 0 && pointee(at) && pointee(LLVMGetOperand(at, 0)) != pointee(at)) break;
    at = LLVMGetOperand(at, 0);
  }
  path.base = at;
  for (int i = n - 1; i >= 0; i--) {
    LLVMTypeRef t = LLVMGetGEPSourceElementType(chain[i]);
    for (int o = 2; o < LLVMGetNumOperands(chain[i]) && path.count < DEPTH; o++) {
      if (is_struct(t)) {
        unsigned f = (unsigned)LLVMConstIntGetZExtValue(LLVMGetOperand(chain[i], (unsigned)o));
        path.type[path.count] = t;
        path.field[path.count++] = f;
        t = LLVMStructGetTypeAtIndex(t, f);
      } else t = LLVMGetElementType(t);
    }
  }
  if (path.count > 0) emit_path(q, &path);
  else collect(q, LLVMGetOperand(v, 0));
}

bool is_report_getter(struct program *p, LLVMValueRef f) {
  struct function *fn = function_of(p, f);
  bool listed = fn && fn->address_taken && !fn->stored_taken;
  return fn && !fn->stored_taken && (listed || is_exported(p, f)) && is_report_name(value_name(f));
}

static void collect_argument(struct query *q, LLVMValueRef v) {
  LLVMValueRef f = LLVMGetParamParent(v);
  struct function *fn = function_of(q->p, f);
  unsigned index = argument_index(v);
  for (size_t i = 0; fn && i < fn->call_count; i++)
    if (LLVMGetNumArgOperands(fn->call[i]) > index) collect(q, LLVMGetOperand(fn->call[i], index));
  if (!fn || fn->address_taken || fn->call_count == 0 || (is_exported(q->p, f) && !q->p->has_main)) {
    char which[32];
    snprintf(which, sizeof which, "argument %u of ", index + 1);
    struct key *k = emit_loose(q, which, value_name(f));
    k->handed_out = is_report_getter(q->p, f);
  }
}

static void collect_call(struct query *q, LLVMValueRef v) {
  LLVMValueRef f = called_function(q->p, v);
  if (!f || LLVMIsDeclaration(f)) {
    emit_loose(q, "result of ", f ? value_name(f) : "a call through a pointer");
    return;
  }
  for (LLVMBasicBlockRef b = LLVMGetFirstBasicBlock(f); b; b = LLVMGetNextBasicBlock(b)) {
    LLVMValueRef t = LLVMGetBasicBlockTerminator(b);
    if (t && LLVMIsAReturnInst(t) && LLVMGetNumOperands(t) == 1) collect(q, LLVMGetOperand(t, 0));
  }
}

static void collect_loaded(struct query *q, LLVMValueRef v) {
  struct query from = { .p = q->p, .depth = q->depth + 60 }; /* a list walked by plain pointers has no end */
  collect(&from, LLVMGetOperand(v, 0));
  emit_loose(q, "", from.out.count ? from.out.key[0]->name + (from.out.key[0]->name[0] == '*') : "memory");
  free(from.out.key);
  map_free(&from.seen);
}

static void collect(struct query *q, LLVMValueRef v) {
  if (!map_put(&q->seen, v, (void *)1) || q->depth > 200) return;
  LLVMTypeRef t = is_gep(v) || is_cast(v) || LLVMIsAPHINode(v) || LLVMIsASelectInst(v) ? NULL : pointee(v);
  if (t && is_struct(t) && !struct_is_wrapper(t)) first_leaf(q, v, t);
  else collect_base(q, v);
}

/* Where a pointer comes from, whatever it points at. */
static void collect_base(struct query *q, LLVMValueRef v) {
  q->depth++;
  if (is_gep(v)) collect_gep(q, v);
  else if (is_cast(v)) collect(q, LLVMGetOperand(v, 0));
  else if (LLVMIsAPHINode(v))
    for (unsigned i = 0; i < LLVMCountIncoming(v); i++) collect(q, LLVMGetIncomingValue(v, i));
  else if (LLVMIsASelectInst(v)) {
    collect(q, LLVMGetOperand(v, 1));
    collect(q, LLVMGetOperand(v, 2));
  } else if (LLVMIsAGlobalVariable(v)) emit(q, key_find(q->p, value_name(v)));
  else if (LLVMIsAAllocaInst(v)) {
    LLVMValueRef f = LLVMGetBasicBlockParent(LLVMGetInstructionParent(v));
    char *name = audit_text("%s:%s#%zx", value_name(f), value_name(v), (size_t)v & 0xffffff);
    struct key *k = key_find(q->p, name);
    k->local = true;
    char *words =
        audit_text(value_name(v)[0] ? "the local %s of %s()" : "a local%s of %s()", value_name(v), value_name(f));
    k->plain = intern(&q->p->names, words);
    free(words);
    emit(q, k);
    free(name);
  } else if (LLVMIsAArgument(v)) collect_argument(q, v);
  else if (LLVMIsACallInst(v)) collect_call(q, v);
  else if (LLVMIsALoadInst(v)) collect_loaded(q, v);
  else if (LLVMIsAConstantPointerNull(v) || LLVMIsAUndefValue(v))
    ;
  else emit_loose(q, "computed address", "");
  q->depth--;
}

struct keyset keys_of(struct program *p, LLVMValueRef pointer) {
  struct keyset *old = map_get(&p->resolved, pointer);
  if (!old) {
    struct query q = { .p = p };
    collect(&q, pointer);
    map_free(&q.seen);
    old = audit_grow(NULL, sizeof *old);
    *old = q.out;
    map_put(&p->resolved, pointer, old);
  }
  return *old;
}
