/* SPDX-License-Identifier: GPL-3.0-or-later */
/* surface.c: what somebody outside of these units can name: all that a library exports, what a program
 * shows to plug-ins it loads, what units that are not analysed may use, and what assembler names. What is
 * linked decides, as far as the compile commands tell: code for a shared library (-fPIC, -shared) is a
 * library's, whatever has a main beside it. */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "harness/audit/models.h"
#include "harness/audit/origin.h"

static bool has_flag(const struct unit *u, const char *const *flags) {
  for (size_t i = 0; u && i < u->flags.count; i++)
    for (const char *const *f = flags; *f; f++)
      if (strcmp(u->flags.word[i], *f) == 0) return true;
  return false;
}

static bool can_be_named(LLVMValueRef v) {
  LLVMLinkage l = LLVMGetLinkage(v);
  return l != LLVMInternalLinkage && l != LLVMPrivateLinkage && l != LLVMAvailableExternallyLinkage;
}

/* Why code outside of the program's own image may name what this unit exports; NULL: it cannot. */
static const char *why_exported(struct program *p, const struct unit *u, LLVMValueRef v) {
  static const char *const pic[] = { "-fPIC", "-fpic", NULL };
  static const char *const hidden[] = { "-fvisibility=hidden", "-fvisibility=internal", NULL };
  if (!can_be_named(v) || LLVMGetVisibility(v) != LLVMDefaultVisibility) return NULL;
  /* HAKMEM exports its own counters for this harness, which only shows them */
  if (p->own && LLVMIsAGlobalVariable(v)) return NULL;
  if (p->library || !p->has_main) return "a library exports it";
  if (has_flag(u, pic) || u->shared) return "it is compiled for a shared library, which exports it";
  if (has_flag(u, hidden)) return "it is marked to be exported";
  if (p->loads_plugins) return "the program loads plug-ins, or looks symbols up by name, which may use it";
  return NULL;
}

/* Every word of assembler text that is a name of the program is used by it. */
static void note_words(struct program *p, const char *text, const char *why) {
  for (const char *t = text; *t;) {
    size_t n = 0;
    while (isalnum((unsigned char)t[n]) || t[n] == '_' || t[n] == '.') n++;
    if (n && (isalpha((unsigned char)*t) || *t == '_')) {
      char *word = audit_text("%.*s", (int)n, t);
      word[strcspn(word, "@")] = '\0';
      const char *name = intern(&p->names, word);
      if (map_has(&p->variables, name) || map_has(&p->definitions, name) || map_has(&p->private_names, name))
        map_put(&p->asm_names, name, (void *)why);
      free(word);
    }
    t += n ? n : 1;
  }
}

static void note_asm(struct program *p) {
  for (size_t m = 0; m < p->module_count; m++) {
    size_t n = 0;
    const char *text = LLVMGetModuleInlineAsm(p->module[m], &n);
    char *copy = n ? audit_text("%.*s", (int)n, text) : NULL;
    if (copy) note_words(p, copy, "assembler at the top of a unit names it");
    free(copy);
  }
  for (LLVMValueRef f = next_function(p, NULL); f; f = next_function(p, f))
    for (LLVMBasicBlockRef b = LLVMGetFirstBasicBlock(f); b; b = LLVMGetNextBasicBlock(b))
      for (LLVMValueRef i = LLVMGetFirstInstruction(b); i; i = LLVMGetNextInstruction(i))
        if (is_asm(i)) {
          char *text = LLVMPrintValueToString(i), *open = strchr(text, '"'), *end = open ? strchr(open + 1, '"') : NULL;
          if (end) *end = '\0';
          if (end) note_words(p, open + 1, "an assembler statement names it");
          LLVMDisposeMessage(text);
        }
}

void surface_find(struct program *p) {
  for (LLVMValueRef f = next_function(p, NULL); f; f = next_function(p, f))
    if (LLVMIsDeclaration(f) && LLVMGetFirstUse(f) && definition_of(p, f) == f &&
        (strncmp(value_name(f), "dlopen", 6) == 0 || strncmp(value_name(f), "dlsym", 5) == 0 ||
         strncmp(value_name(f), "dlvsym", 6) == 0 || strncmp(value_name(f), "dlmopen", 7) == 0))
      p->loads_plugins = true;
  note_asm(p);
  for (size_t m = 0; m < p->module_count; m++) {
    const struct unit *u = p->unit[m];
    for (int functions = 0; functions < 2; functions++)
      for (LLVMValueRef v = functions ? LLVMGetFirstFunction(p->module[m]) : LLVMGetFirstGlobal(p->module[m]); v;
           v = functions ? LLVMGetNextFunction(v) : LLVMGetNextGlobal(v)) {
        if (LLVMIsDeclaration(v) || strncmp(value_name(v), "llvm.", 5) == 0) continue;
        const char *name = intern(&p->names, symbol_of(v)), *why = why_exported(p, u, v);
        if (!why && p->missing_units && can_be_named(v)) why = p->missing_why;
        if (!why) why = map_get(&p->asm_names, intern(&p->names, plain_name(p, name)));
        if (why && !map_has(&p->surface, name)) map_put(&p->surface, name, (void *)why);
      }
  }
}

const char *outside_name(struct program *p, LLVMValueRef global) {
  return map_get(&p->surface, intern(&p->names, symbol_of(global)));
}

bool has_outside_callers(struct program *p, LLVMValueRef f) {
  struct function *fn = function_of(p, f);
  if (!fn || fn->leaks) return true;
  if (outside_name(p, fn->value)) return true;
  /* what nobody here calls is for somebody else, or for nobody */
  return can_be_named(fn->value) && fn->call_count == 0 && !fn->address_taken;
}

LLVMValueRef outside_memory(struct program *p, LLVMValueRef pointer, unsigned *argument) {
  struct origins o = origins_of(p, pointer, false);
  LLVMValueRef found = NULL;
  for (size_t i = 0; i < o.count && !found; i++) {
    /* a struct's type is believed: who gave the pointer to it is asked here */
    LLVMValueRef base = o.origin[i].base;
    struct origins more = { 0 };
    if (o.origin[i].type && base && LLVMIsAArgument(base)) more = origins_of(p, base, true);
    for (size_t k = 0; k < more.count && !found; k++)
      if (more.origin[k].base && LLVMIsAArgument(more.origin[k].base) && !more.origin[k].type) {
        found = LLVMGetParamParent(more.origin[k].base);
        *argument = argument_index(more.origin[k].base);
      }
    free(more.origin);
  }
  free(o.origin);
  return found;
}
