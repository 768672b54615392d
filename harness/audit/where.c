/* SPDX-License-Identifier: GPL-3.0-or-later */
/* where.c: source places of instructions, and small questions about values (ir.h). */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "harness/audit/cfg.h"
#include "harness/audit/ir.h"
#include "harness/core/interrupt.h"

unsigned argument_index(LLVMValueRef argument) {
  LLVMValueRef f = LLVMGetParamParent(argument);
  unsigned index = 0, n = LLVMCountParams(f);
  while (index < n && LLVMGetParam(f, index) != argument) index++;
  return index;
}

const char *value_name(LLVMValueRef v) {
  size_t n;
  return LLVMGetValueName2(v, &n);
}

static const char *relative(struct program *p, const char *path) {
  size_t n = strlen(p->root);
  return strncmp(path, p->root, n) == 0 && path[n] == '/' ? path + n + 1 : path;
}

const char *shown_file(struct program *p, LLVMMetadataRef file) {
  if (!file) return "?";
  const char *old = map_get(&p->files, file);
  if (old) return old;
  unsigned n = 0, dn = 0;
  const char *name = LLVMDIFileGetFilename(file, &n), *dir = LLVMDIFileGetDirectory(file, &dn);
  char *text = n && name[0] != '/' && dn ? audit_text("%.*s/%.*s", (int)dn, dir, (int)n, name)
                                         : audit_text("%.*s", (int)n, name);
  char *real = realpath(text, NULL);
  const char *kept = intern(&p->names, relative(p, real ? real : text));
  free(real);
  free(text);
  map_put(&p->files, file, (void *)kept);
  return kept;
}

/* Metadata operand of a node, as a value. */
static LLVMValueRef node_operand(LLVMValueRef node, unsigned index) {
  unsigned n = LLVMGetMDNodeNumOperands(node);
  if (index >= n) return NULL;
  LLVMValueRef *ops = audit_grow(NULL, n * sizeof *ops);
  LLVMGetMDNodeOperands(node, ops);
  LLVMValueRef got = ops[index];
  free(ops);
  return got;
}

static struct place place_at(struct program *p, LLVMMetadataRef loc) {
  struct place at = { .file = "?" };
  if (!loc) return at;
  at.line = LLVMDILocationGetLine(loc);
  at.column = LLVMDILocationGetColumn(loc);
  LLVMMetadataRef scope = LLVMDILocationGetScope(loc);
  at.file = shown_file(p, scope ? LLVMDIScopeGetFile(scope) : NULL);
  /* up through lexical blocks (operand 1 is the outer scope) to the subprogram, whose name is operand 2 */
  for (int depth = 0; scope && depth < 64; depth++) {
    LLVMMetadataKind kind = LLVMGetMetadataKind(scope);
    LLVMValueRef node = LLVMMetadataAsValue(p->context, scope);
    if (kind == LLVMDISubprogramMetadataKind) {
      LLVMValueRef name = node_operand(node, 2);
      unsigned n = 0;
      const char *text = name ? LLVMGetMDString(name, &n) : NULL;
      if (text) snprintf(at.function, sizeof at.function, "%.*s", (int)n, text);
      break;
    }
    LLVMValueRef outer = node_operand(node, 1);
    scope = outer ? LLVMValueAsMetadata(outer) : NULL;
  }
  return at;
}

struct place spot_of(struct program *p, LLVMValueRef inst) {
  struct place at = { .file = "?" };
  LLVMMetadataRef loc = LLVMInstructionGetDebugLoc(inst), scope = loc ? LLVMDILocationGetScope(loc) : NULL;
  if (!scope) return at;
  at.line = LLVMDILocationGetLine(loc);
  at.column = LLVMDILocationGetColumn(loc);
  at.file = shown_file(p, LLVMDIScopeGetFile(scope));
  return at;
}

struct place place_of(struct program *p, LLVMValueRef inst) {
  return place_at(p, inst && LLVMIsAInstruction(inst) ? LLVMInstructionGetDebugLoc(inst) : NULL);
}

bool call_place_of(struct program *p, LLVMValueRef inst, struct place *at) {
  LLVMMetadataRef loc = LLVMIsAInstruction(inst) ? LLVMInstructionGetDebugLoc(inst) : NULL, call = NULL;
  for (; loc; loc = LLVMDILocationGetInlinedAt(loc)) call = loc;
  if (!call || call == LLVMInstructionGetDebugLoc(inst)) return false;
  *at = place_at(p, call);
  return at->line != 0;
}

char *place_text(struct program *p, LLVMValueRef inst) {
  struct place at = place_of(p, inst);
  /* a branch that clang made itself has no place: what it is decided by stands before it */
  for (LLVMValueRef i = inst; at.line == 0 && i && LLVMIsAInstruction(i); i = LLVMGetPreviousInstruction(i))
    at = place_of(p, i);
  return audit_text("%s:%u", at.file, at.line);
}

const char *symbol_of(LLVMValueRef v) {
  const char *name = value_name(v);
  return name[0] == 1 ? name + 1 : name; /* the mark of a name given by an asm label */
}

LLVMValueRef definition_of(struct program *p, LLVMValueRef function) {
  LLVMLinkage l = LLVMGetLinkage(function);
  if (!LLVMIsDeclaration(function) && (l == LLVMExternalLinkage || l == LLVMInternalLinkage || l == LLVMPrivateLinkage))
    return function;
  LLVMValueRef d = map_get(&p->definitions, intern(&p->names, symbol_of(function)));
  return d ? d : function;
}

LLVMValueRef next_namesake(struct program *p, LLVMValueRef function) { return map_get(&p->namesakes, function); }

LLVMValueRef global_definition(struct program *p, LLVMValueRef global) {
  for (int i = 0; i < 16; i++) {
    if (LLVMIsAGlobalAlias(global)) return LLVMAliasGetAliasee(global);
    LLVMLinkage l = LLVMGetLinkage(global);
    if (l == LLVMInternalLinkage || l == LLVMPrivateLinkage) return global;
    LLVMValueRef d = map_get(&p->variables, intern(&p->names, symbol_of(global)));
    if (!d || d == global) return global;
    global = d;
  }
  return global;
}

struct function *function_of(struct program *p, LLVMValueRef f) {
  return f ? map_get(&p->functions, definition_of(p, f)) : NULL;
}

struct cfg *cfg_of(struct program *p, LLVMValueRef function) {
  struct function *fn = function_of(p, function);
  if (!fn->cfg) fn->cfg = cfg_make(function);
  return fn->cfg;
}

static LLVMValueRef direct_callee(LLVMValueRef call) {
  LLVMValueRef f = LLVMGetCalledValue(call);
  while (LLVMIsAConstantExpr(f) && LLVMGetConstOpcode(f) == LLVMBitCast) f = LLVMGetOperand(f, 0);
  if (LLVMIsAGlobalAlias(f)) f = LLVMAliasGetAliasee(f);
  return LLVMIsAFunction(f) ? f : NULL;
}

LLVMValueRef called_function(struct program *p, LLVMValueRef call) {
  LLVMValueRef f = direct_callee(call);
  return f ? definition_of(p, f) : NULL;
}

static size_t module_index(struct program *p, LLVMValueRef v) {
  static size_t last; /* the walks go through the units in order */
  LLVMModuleRef m = LLVMGetGlobalParent(v);
  if (last >= p->module_count || p->module[last] != m)
    for (last = 0; p->module[last] != m;) last++;
  return last;
}

bool is_ordered(LLVMValueRef i) {
  if (!LLVMIsALoadInst(i) && !LLVMIsAStoreInst(i) && !LLVMIsAAtomicRMWInst(i)) return false;
  LLVMAtomicOrdering o = LLVMGetOrdering(i);
  return o == LLVMAtomicOrderingRelease || o == LLVMAtomicOrderingAcquire || o == LLVMAtomicOrderingAcquireRelease ||
         o == LLVMAtomicOrderingSequentiallyConsistent;
}

LLVMValueRef next_function(struct program *p, LLVMValueRef f) {
  if (interrupt_pending()) return NULL; /* the engine looks at it between its steps */
  size_t m = f ? module_index(p, f) + 1 : 0;
  LLVMValueRef n = f ? LLVMGetNextFunction(f) : NULL;
  while (!n && m < p->module_count) n = LLVMGetFirstFunction(p->module[m++]);
  return n;
}

LLVMValueRef next_global(struct program *p, LLVMValueRef g) {
  size_t m = g ? module_index(p, g) + 1 : 0;
  LLVMValueRef n = g ? LLVMGetNextGlobal(g) : NULL;
  while (!n && m < p->module_count) n = LLVMGetFirstGlobal(p->module[m++]);
  return n;
}

const char *plain_name(struct program *p, const char *name) {
  char *copy = strdup(name);
  for (char *at; (at = strchr(copy, '@')) != NULL;) {
    size_t digits = strspn(at + 1, "0123456789");
    memmove(at, at + 1 + digits, strlen(at + 1 + digits) + 1);
  }
  const char *kept = intern(&p->names, copy);
  free(copy);
  return kept;
}

bool is_debug_call(LLVMValueRef inst) {
  if (!LLVMIsACallInst(inst)) return false;
  LLVMValueRef f = direct_callee(inst);
  if (!f) return false;
  const char *n = value_name(f);
  return strncmp(n, "llvm.dbg.", 9) == 0 || strncmp(n, "llvm.lifetime.", 14) == 0 ||
         strncmp(n, "llvm.assume", 11) == 0 || strncmp(n, "llvm.experimental.noalias", 25) == 0;
}

bool is_asm(LLVMValueRef i) {
  return LLVMIsACallBrInst(i) || (LLVMIsACallInst(i) && LLVMIsAInlineAsm(LLVMGetCalledValue(i)));
}
