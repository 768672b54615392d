/* SPDX-License-Identifier: GPL-3.0-or-later */
/* di_names.c: names of struct fields from debug types. LLVM-C has no reader for them, so their
 * nodes are walked by operand: a type has its scope at 1, name at 2, base type at 3, elements at
 * 4 (llvm/IR/DebugInfoMetadata.h). */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "harness/audit/ir.h"

enum { OP_NAME = 2, OP_BASE = 3, OP_ELEMENTS = 4 };

static LLVMValueRef operand(LLVMValueRef node, unsigned index) {
  unsigned n = LLVMGetMDNodeNumOperands(node);
  LLVMValueRef small[16], *ops = n <= 16 ? small : audit_grow(NULL, n * sizeof *ops), got = NULL;
  if (index < n) {
    LLVMGetMDNodeOperands(node, ops);
    got = ops[index];
  }
  if (ops != small) free(ops);
  return got;
}

static bool is_kind(LLVMValueRef v, LLVMMetadataKind kind) {
  return v && LLVMGetMetadataKind(LLVMValueAsMetadata(v)) == kind;
}
static bool is_composite(LLVMValueRef v) { return is_kind(v, LLVMDICompositeTypeMetadataKind); }
static bool is_derived(LLVMValueRef v) { return is_kind(v, LLVMDIDerivedTypeMetadataKind); }

static const char *name_of(LLVMValueRef type, char *buf, size_t size) {
  LLVMValueRef s = operand(type, OP_NAME);
  unsigned n = 0;
  const char *text = s && LLVMIsAMDString(s) ? LLVMGetMDString(s, &n) : NULL;
  if (!text || !n) return NULL;
  snprintf(buf, size, "%.*s", (int)n, text);
  return buf;
}

/* Through typedefs, qualifiers and arrays to the struct beneath, or NULL. */
static LLVMValueRef strip(LLVMValueRef type) {
  for (int depth = 0; type && depth < 32; depth++) {
    if (is_composite(type)) {
      LLVMValueRef elements = operand(type, OP_ELEMENTS), first = elements ? operand(elements, 0) : NULL;
      if (first && is_derived(first)) return type; /* members: a struct or union */
      type = operand(type, OP_BASE);               /* an array of */
    } else if (is_derived(type)) type = operand(type, OP_BASE);
    else return NULL;
  }
  return NULL;
}

struct walk {
  struct program *p;
  struct map seen;
  LLVMValueRef *stack;
  size_t depth;
};

static void push(struct walk *w, LLVMValueRef v) {
  if (!v || !LLVMIsAMDNode(v) || LLVMIsAMDString(v)) return;
  LLVMMetadataRef md = LLVMValueAsMetadata(v);
  LLVMMetadataKind kind = LLVMGetMetadataKind(md);
  if (kind == LLVMDIExpressionMetadataKind || kind == LLVMConstantAsMetadataMetadataKind ||
      kind == LLVMLocalAsMetadataMetadataKind)
    return;
  if (!map_put(&w->seen, md, (void *)1)) return;
  audit_room(&w->stack, w->depth, sizeof *w->stack);
  w->stack[w->depth++] = v;
}

static void visit(struct walk *w, LLVMValueRef v) {
  char buf[256];
  if ((is_composite(v) || is_derived(v)) && name_of(v, buf, sizeof buf)) {
    LLVMValueRef s = is_composite(v) ? (strip(v) == v ? v : NULL) : strip(v);
    const char *key = intern(&w->p->names, buf);
    /* a struct's own name counts before a typedef's */
    if (s && (is_composite(v) || !map_has(&w->p->types, key))) map_put(&w->p->types, key, s);
  }
  unsigned n = LLVMGetMDNodeNumOperands(v);
  LLVMValueRef *ops = audit_grow(NULL, (n + 1) * sizeof *ops);
  LLVMGetMDNodeOperands(v, ops);
  for (unsigned i = 0; i < n; i++) push(w, ops[i]);
  free(ops);
}

void di_index(struct program *p) {
  struct walk w = { .p = p };
  for (size_t m = 0; m < p->module_count; m++) {
    unsigned n = LLVMGetNamedMetadataNumOperands(p->module[m], "llvm.dbg.cu");
    LLVMValueRef *cu = audit_grow(NULL, (n + 1) * sizeof *cu);
    LLVMGetNamedMetadataOperands(p->module[m], "llvm.dbg.cu", cu);
    for (unsigned i = 0; i < n; i++) push(&w, cu[i]);
    free(cu);
  }
  for (LLVMValueRef g = next_global(p, NULL); g; g = next_global(p, g)) {
    size_t count = 0;
    LLVMValueMetadataEntry *e = LLVMGlobalCopyAllMetadata(g, &count);
    for (unsigned i = 0; i < count; i++) {
      LLVMMetadataRef md = LLVMValueMetadataEntriesGetMetadata(e, i);
      if (LLVMGetMetadataKind(md) != LLVMDIGlobalVariableExpressionMetadataKind) continue;
      LLVMValueRef node = LLVMMetadataAsValue(p->context, md), var = operand(node, 0);
      push(&w, node);
      LLVMValueRef type = var ? strip(operand(var, 3)) : NULL; /* DIVariable: scope, name, file, type */
      LLVMMetadataRef home = var ? LLVMDIVariableGetFile(LLVMValueAsMetadata(var)) : NULL;
      if (home) map_put(&p->homes, intern(&p->names, value_name(g)), (void *)shown_file(p, home));
      if (type) map_put(&p->globals, intern(&p->names, value_name(g)), type);
    }
    LLVMDisposeValueMetadataEntries(e);
  }
  for (LLVMValueRef f = next_function(p, NULL); f; f = next_function(p, f)) {
    LLVMMetadataRef sub = LLVMGetSubprogram(f);
    if (sub) push(&w, LLVMMetadataAsValue(p->context, sub));
    for (LLVMBasicBlockRef b = LLVMGetFirstBasicBlock(f); b; b = LLVMGetNextBasicBlock(b))
      for (LLVMValueRef i = LLVMGetFirstInstruction(b); i; i = LLVMGetNextInstruction(i))
        if (is_debug_call(i)) {
          LLVMValueRef var = LLVMGetNumOperands(i) > 1 ? LLVMGetOperand(i, 1) : NULL;
          if (var) push(&w, var);
        }
  }
  while (w.depth) visit(&w, w.stack[--w.depth]);
  free(w.stack);
  map_free(&w.seen);
}

LLVMValueRef di_type_of_struct(struct program *p, LLVMTypeRef type) {
  char buf[256];
  return struct_is_anonymous(type) ? NULL : map_get(&p->types, intern(&p->names, struct_name(type, buf, sizeof buf)));
}

LLVMValueRef di_type_of_global(struct program *p, LLVMValueRef global) {
  return map_get(&p->globals, intern(&p->names, value_name(global)));
}

const char *di_member(LLVMValueRef type, unsigned long long offset, LLVMValueRef *member_type, char *buf, size_t size) {
  *member_type = NULL;
  LLVMValueRef elements = type ? operand(type, OP_ELEMENTS) : NULL;
  unsigned n = elements ? LLVMGetMDNodeNumOperands(elements) : 0;
  for (unsigned i = 0; i < n; i++) {
    LLVMValueRef m = operand(elements, i);
    if (!m || !is_derived(m) || LLVMDITypeGetOffsetInBits(LLVMValueAsMetadata(m)) != offset * 8) continue;
    *member_type = strip(operand(m, OP_BASE));
    const char *name = name_of(m, buf, size);
    if (!name) snprintf(buf, size, "%s", "anonymous");
    return buf;
  }
  return NULL;
}

static LLVMValueRef member_named(LLVMValueRef type, const char *name) {
  char buf[256];
  LLVMValueRef elements = type ? operand(type, OP_ELEMENTS) : NULL;
  unsigned n = elements ? LLVMGetMDNodeNumOperands(elements) : 0;
  for (unsigned i = 0; i < n; i++) {
    LLVMValueRef m = operand(elements, i);
    const char *own = m && is_derived(m) ? name_of(m, buf, sizeof buf) : NULL;
    if (own && strcmp(own, name) == 0) return strip(operand(m, OP_BASE));
  }
  return NULL;
}

const char *di_struct_at(struct program *p, const char *path, char *buf, size_t size) {
  char *copy = strdup(path), *rest = NULL;
  LLVMValueRef type = map_get(&p->types, intern(&p->names, strtok_r(copy, ".", &rest)));
  for (char *part; type && (part = strtok_r(NULL, ".", &rest)) != NULL;) type = member_named(type, part);
  free(copy);
  return type ? name_of(type, buf, size) : NULL;
}
