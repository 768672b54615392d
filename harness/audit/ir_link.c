/* SPDX-License-Identifier: GPL-3.0-or-later */
/* ir_link.c: the units of the program, and their preparation (ir.h). */
#include <fcntl.h>
#include <llvm-c/Analysis.h>
#include <llvm-c/Error.h>
#include <llvm-c/IRReader.h>
#include <llvm-c/Transforms/PassBuilder.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "harness/audit/asm.h"
#include "harness/audit/ir.h"
#include "harness/core/confined.h"
#include "harness/core/foreign_file.h"
#include "harness/core/interrupt.h"

/* Problems that the linker would print and die of are said by its return value. */
static void on_diagnostic(LLVMDiagnosticInfoRef info, void *unused) {
  (void)info;
  (void)unused;
}

static void add_note(struct audit_result *r, char *note) {
  audit_room(&r->notes, r->note_count, sizeof *r->notes);
  r->notes[r->note_count++] = note;
}

static bool is_strong(LLVMValueRef g) { return !LLVMIsDeclaration(g) && LLVMGetLinkage(g) == LLVMExternalLinkage; }

static bool is_private(LLVMValueRef g) {
  LLVMLinkage l = LLVMGetLinkage(g);
  return l == LLVMInternalLinkage || l == LLVMPrivateLinkage || l == LLVMAvailableExternallyLinkage;
}

/* Notes what other units can call by a name: the strong definition before a weak one, whichever comes first;
 * of several strong ones a call may mean any. */
static bool note_function(struct program *p, const char *symbol, LLVMValueRef f, bool strong) {
  const char *name = intern(&p->names, symbol);
  LLVMValueRef old = map_get(&p->definitions, name);
  if (old && strong && is_strong(old)) {
    LLVMValueRef last = old;
    while (map_has(&p->namesakes, last)) last = map_get(&p->namesakes, last);
    map_put(&p->namesakes, last, f);
    return true;
  }
  if (!old || (strong && !is_strong(old))) map_put(&p->definitions, name, f);
  return false;
}

/* What is private to a unit gets its unit's number behind its name, so that equal names of two units stay
 * apart; what other units can name is noted. Returns how many definitions had a namesake. */
static size_t settle_names(struct program *p, LLVMModuleRef m) {
  size_t twice = 0;
  for (LLVMValueRef f = LLVMGetFirstFunction(m); f; f = LLVMGetNextFunction(f)) {
    if (LLVMIsDeclaration(f)) continue;
    if (is_private(f)) map_put(&p->private_names, intern(&p->names, symbol_of(f)), f);
    else twice += note_function(p, symbol_of(f), f, is_strong(f));
  }
  for (LLVMValueRef g = LLVMGetFirstGlobal(m); g; g = LLVMGetNextGlobal(g)) {
    if (LLVMIsDeclaration(g)) continue;
    const char *plain = intern(&p->names, symbol_of(g));
    if (is_private(g)) {
      map_put(&p->private_names, plain, g);
      char *name = audit_text("%s@%zu", symbol_of(g), p->module_count);
      LLVMSetValueName2(g, name, strlen(name));
      free(name);
    } else if (!map_has(&p->variables, plain) || (is_strong(g) && !is_strong(map_get(&p->variables, plain))))
      map_put(&p->variables, plain, g);
  }
  for (LLVMValueRef a = LLVMGetFirstGlobalAlias(m); a; a = LLVMGetNextGlobalAlias(a)) {
    LLVMValueRef to = LLVMAliasGetAliasee(a);
    while (LLVMIsAConstantExpr(to) && LLVMGetConstOpcode(to) == LLVMBitCast) to = LLVMGetOperand(to, 0);
    if (LLVMIsAFunction(to)) note_function(p, symbol_of(a), to, LLVMGetLinkage(a) == LLVMExternalLinkage);
    else if (!map_has(&p->variables, intern(&p->names, symbol_of(a))))
      map_put(&p->variables, intern(&p->names, symbol_of(a)), a);
  }
  return twice;
}

static void unit_failed(struct unit *n, const char *what, char *message) {
  n->failure = audit_text("%s%s%s", what, message ? ": " : "", message ? message : "");
  LLVMDisposeMessage(message);
}

/* In a process of its own (core/confined.h): a damaged module ends LLVM's reader, or what works on it later. */
static int try_bitcode(void *context, struct error *err) {
  const char *path = context;
  LLVMMemoryBufferRef buffer = NULL;
  LLVMModuleRef m = NULL;
  char *message = NULL;
  LLVMContextRef own = LLVMContextCreate();
  LLVMContextSetDiagnosticHandler(own, on_diagnostic, NULL);
  if (LLVMCreateMemoryBufferWithContentsOfFile(path, &buffer, &message) ||
      LLVMParseIRInContext(own, buffer, &m, &message) || LLVMVerifyModule(m, LLVMReturnStatusAction, &message))
    return error_raise(err, ERROR_UNMEASURED, -EBADMSG, "%s", message ? message : "it is damaged");
  return 0;
}

/* Why the file is none to be read, before LLVM waits for a pipe or takes an empty file for a program without
 * anything; NULL: it begins as bitcode does. */
static char *no_bitcode(const char *path) {
  static const unsigned char plain[4] = { 'B', 'C', 0xC0, 0xDE }, wrapped[4] = { 0xDE, 0xC0, 0x17, 0x0B };
  unsigned char begin[4];
  struct error err = { 0 };
  int fd = foreign_file_open(AT_FDCWD, path, O_RDONLY, 0, &err);
  if (fd < 0) return strdup(err.text);
  ssize_t n = read(fd, begin, sizeof begin);
  close(fd);
  if (n == sizeof begin && (memcmp(begin, plain, sizeof plain) == 0 || memcmp(begin, wrapped, sizeof wrapped) == 0))
    return NULL;
  return strdup(n == 0 ? "it is empty" : "it does not begin as bitcode does");
}

/* What we had translated just now is as our clang made it. */
static bool is_readable(struct unit *n) {
  struct stat st;
  struct error err = { 0 };
  if (!n->own_bitcode) return true;
  char *why = no_bitcode(n->bitcode);
  if (why) {
    n->failure = audit_text("its bitcode cannot be read: %s", why);
    free(why);
    return false;
  }
  struct confined_limits limits = confined_limits_for(stat(n->bitcode, &st) == 0 ? (uint64_t)st.st_size * 8 : 0);
  if (confined_try(n->file, try_bitcode, (void *)n->bitcode, &limits, &err) == 0) return true;
  n->failure = audit_text("its bitcode cannot be read: %s", err.text);
  return false;
}

static void read_unit(struct program *p, struct unit *n, size_t *duplicates) {
  LLVMMemoryBufferRef buffer = NULL;
  LLVMModuleRef m = NULL;
  char *message = NULL;
  if (!is_readable(n)) return;
  if (LLVMCreateMemoryBufferWithContentsOfFile(n->bitcode, &buffer, &message)) {
    unit_failed(n, "cannot read its bitcode", message);
    return;
  }
  if (LLVMParseIRInContext(p->context, buffer, &m, &message)) { /* takes the buffer */
    unit_failed(n, "its bitcode is not of this LLVM", message);
    return;
  }
  for (LLVMValueRef f = LLVMGetFirstFunction(m); f; f = LLVMGetNextFunction(f)) {
    p->has_main |= strcmp(value_name(f), "main") == 0 && !LLVMIsDeclaration(f);
    /* bitcode made with -O0 refuses all passes */
    unsigned kind = LLVMGetEnumAttributeKindForName("optnone", 7);
    LLVMRemoveEnumAttributeAtIndex(f, (LLVMAttributeIndex)LLVMAttributeFunctionIndex, kind);
  }
  *duplicates += settle_names(p, m);
  audit_room(&p->module, p->module_count, sizeof *p->module);
  audit_room(&p->unit, p->module_count, sizeof *p->unit);
  p->unit[p->module_count] = n;
  p->module[p->module_count++] = m;
}

int ir_link(struct program *p, struct units *u, struct audit_result *result, struct error *err) {
  size_t duplicates = 0;
  p->context = LLVMContextCreate();
  LLVMContextSetDiagnosticHandler(p->context, on_diagnostic, NULL);
  p->root = u->root;
  for (size_t i = 0; i < u->count && !interrupt_pending(); i++)
    if (u->unit[i].bitcode && !u->unit[i].failure) read_unit(p, &u->unit[i], &duplicates);
  if (interrupt_pending()) return error_raise(err, ERROR_INTERRUPTED, -EINTR, "the audit was stopped");
  if (!p->module_count) {
    if (u->count > 0 && u->unit[0].own_bitcode)
      return error_raise(err, ERROR_UNMEASURED, -ENOEXEC,
                         "none of the %zu bitcode files can be read; the first: %s: %s", u->count, u->unit[0].file,
                         u->unit[0].failure);
    error_raise(err, ERROR_USAGE, -EINVAL, "none of the %zu units compiles; the first: %s: %s", u->count,
                u->count ? u->unit[0].file : "", u->count ? u->unit[0].failure : "no units");
    return error_advise(
        err, "build the project first, so that generated headers are there, and record its commands with bear");
  }
  if (duplicates)
    add_note(
        result,
        audit_text("%zu definitions have the same name in several units: each unit calls its own, others any of them",
                   duplicates));
  p->layout = LLVMGetModuleDataLayout(p->module[0]);
  return 0;
}

static int run_passes(struct program *p, const char *passes, struct error *err) {
  LLVMPassBuilderOptionsRef options = LLVMCreatePassBuilderOptions();
  LLVMErrorRef e = NULL;
  for (size_t m = 0; m < p->module_count && !e && !interrupt_pending(); m++)
    e = LLVMRunPasses(p->module[m], passes, NULL, options);
  LLVMDisposePassBuilderOptions(options);
  if (!e) return 0;
  char *text = LLVMGetErrorMessage(e);
  error_raise(err, ERROR_INTERNAL, -EIO, "LLVM refuses the passes '%s': %s", passes, text);
  LLVMDisposeErrorMessage(text);
  return -EIO;
}

static bool comes_from_argument(LLVMValueRef v) {
  for (int i = 0; i < 16; i++) {
    if (LLVMIsAArgument(v)) return true;
    if (!LLVMIsAGetElementPtrInst(v) && !LLVMIsABitCastInst(v)) return false;
    if (LLVMIsAGetElementPtrInst(v)) {
      /* a field is named by its type, whoever passes the struct */
      LLVMTypeRef t = LLVMGetGEPSourceElementType(v);
      if (LLVMGetTypeKind(t) == LLVMStructTypeKind && !struct_is_wrapper(t)) return false;
    }
    v = LLVMGetOperand(v, 0);
  }
  return false;
}

/* A small function that does atomics on an argument: inlined, each caller's counter gets its own
 * class. */
static bool is_atomic_helper(LLVMValueRef f) {
  size_t size = 0;
  bool found = false;
  for (LLVMBasicBlockRef b = LLVMGetFirstBasicBlock(f); b; b = LLVMGetNextBasicBlock(b))
    for (LLVMValueRef i = LLVMGetFirstInstruction(b); i; i = LLVMGetNextInstruction(i)) {
      if (!is_debug_call(i)) size++;
      LLVMValueRef pointer = NULL;
      if (LLVMIsAAtomicRMWInst(i) || LLVMIsAAtomicCmpXchgInst(i)) pointer = LLVMGetOperand(i, 0);
      else if (LLVMIsALoadInst(i) && LLVMGetOrdering(i) != LLVMAtomicOrderingNotAtomic) pointer = LLVMGetOperand(i, 0);
      else if (LLVMIsAStoreInst(i) && LLVMGetOrdering(i) != LLVMAtomicOrderingNotAtomic) pointer = LLVMGetOperand(i, 1);
      found |= pointer && comes_from_argument(pointer);
      unsigned next = 0;
      if (is_asm(i) && asm_call_of(i).locked)
        while ((pointer = asm_pointer(i, &next)) != NULL) found |= comes_from_argument(pointer);
    }
  return found && size < 60;
}

int ir_prepare(struct program *p, struct error *err) {
  /* `a && !cas()` becomes a join whose way out is known from where one comes: threading it leaves
   * the loop as the source means it. Inlining goes by attribute; a helper that calls a helper takes another round */
  int rc = run_passes(p,
                      "function(sroa,simplifycfg<no-sink-common-insts;no-hoist-common-insts;no-switch-to-lookup;no-"
                      "forward-switch-cond>,jump-threading)",
                      err);
  for (int round = 0; rc == 0 && round < 3; round++) {
    bool any = false;
    unsigned inline_kind = LLVMGetEnumAttributeKindForName("alwaysinline", 12);
    unsigned never = LLVMGetEnumAttributeKindForName("noinline", 8);
    LLVMAttributeRef attribute = LLVMCreateEnumAttribute(p->context, inline_kind, 0);
    for (LLVMValueRef f = next_function(p, NULL); f; f = next_function(p, f)) {
      unsigned const at = (unsigned)LLVMAttributeFunctionIndex;
      bool helper = !LLVMIsDeclaration(f) && is_atomic_helper(f);
      if (helper) {
        LLVMRemoveEnumAttributeAtIndex(f, at, never);
        LLVMAddAttributeAtIndex(f, at, attribute);
        any = true;
      } else /* the source's own wish would hide call distance and witness steps */
        LLVMRemoveEnumAttributeAtIndex(f, at, inline_kind);
    }
    if (!any) break;
    rc = run_passes(p, "always-inline,globaldce,function(sroa)", err);
  }
  return rc;
}
