/* SPDX-License-Identifier: GPL-3.0-or-later */
/* envgate.c: which environment variable decides whether an instruction runs (rows.h).
 *
 * Values that depend on a getenv() are followed forward: through what is read at their address,
 * results of comparisons and calls, locations they are kept in, and values that their branches
 * choose. A branch on such a value gates what stands in its region. */
#include <stdlib.h>
#include <string.h>

#include "harness/audit/cfg.h"
#include "harness/audit/models.h"
#include "harness/audit/names.h"
#include "harness/audit/rows.h"

struct env {
  char *name, *fallback;
};

struct env_gates {
  struct program *p;
  struct env *env;
  size_t count;
  struct map value; /* value -> env index + 1 */
  LLVMValueRef *queue;
  size_t queued;
};

static void taint(struct env_gates *e, LLVMValueRef v, size_t env) {
  if (LLVMGetTypeKind(LLVMTypeOf(v)) == LLVMVoidTypeKind || map_has(&e->value, v)) return;
  map_put(&e->value, v, (void *)env);
  audit_room(&e->queue, e->queued, sizeof *e->queue);
  e->queue[e->queued++] = v;
}

static void add_env(struct env_gates *e, LLVMValueRef call, char *name) {
  char *fallback = NULL;
  /* a wrapper's second argument is by custom what counts where the variable is not set */
  if (LLVMGetNumArgOperands(call) > 1 && LLVMIsAConstantInt(LLVMGetOperand(call, 1)))
    fallback = audit_text("%lld", (long long)LLVMConstIntGetZExtValue(LLVMGetOperand(call, 1)));
  audit_room(&e->env, e->count, sizeof *e->env);
  e->env[e->count++] = (struct env){ name, fallback };
  taint(e, call, e->count);
}

/* Calls of a function that hands its argument on as the variable's name. */
static void find_readers(struct env_gates *e, LLVMValueRef function, unsigned argument, int depth) {
  struct function *fn = function_of(e->p, function);
  for (size_t i = 0; fn && i < fn->call_count && depth < 4; i++) {
    LLVMValueRef v = LLVMGetNumArgOperands(fn->call[i]) > argument ? LLVMGetOperand(fn->call[i], argument) : NULL;
    char *name = v ? constant_text(v) : NULL;
    if (name) add_env(e, fn->call[i], name);
    else if (v && LLVMIsAArgument(v)) find_readers(e, LLVMGetParamParent(v), argument_index(v), depth + 1);
  }
}

/* A flag that the branch chooses: constants, or values that depend on the variable anyway. */
static bool is_flag(struct env_gates *e, LLVMValueRef phi) {
  for (unsigned n = 0; n < LLVMCountIncoming(phi); n++) {
    LLVMValueRef v = LLVMGetIncomingValue(phi, n);
    if (!LLVMIsAConstantInt(v) && !map_has(&e->value, v)) return false;
  }
  return true;
}

static void taint_phis(struct env_gates *e, LLVMValueRef branch, size_t env) {
  struct cfg *c = cfg_of(e->p, LLVMGetBasicBlockParent(LLVMGetInstructionParent(branch)));
  int b = c->ipdom[cfg_index(c, LLVMGetInstructionParent(branch))];
  for (LLVMValueRef i = b >= 0 && b < c->count ? LLVMGetFirstInstruction(c->block[b]) : NULL; i && LLVMIsAPHINode(i);
       i = LLVMGetNextInstruction(i))
    if (is_flag(e, i)) taint(e, i, env);
}

static bool is_calm(const char *name) {
  const struct model *m = model_of(name, NULL);
  return m && m->action == ACTION_CALM;
}

static void taint_users(struct env_gates *e, LLVMValueRef v, size_t env) {
  for (LLVMUseRef u = LLVMGetFirstUse(v); u; u = LLVMGetNextUse(u)) {
    LLVMValueRef user = LLVMGetUser(u), callee;
    if (!LLVMIsAInstruction(user)) continue;
    if (LLVMIsAStoreInst(user) && LLVMGetOperand(user, 0) == v) {
      struct keyset keys = keys_of(e->p, LLVMGetOperand(user, 1));
      for (size_t k = 0; k < keys.count; k++)
        for (size_t a = 0; !keys.key[k]->loose && a < keys.key[k]->access_count; a++)
          if (keys.key[k]->access[a].kind & ACCESS_READ) taint(e, keys.key[k]->access[a].inst, env);
    } else if (LLVMIsAReturnInst(user)) {
      struct function *fn = function_of(e->p, LLVMGetBasicBlockParent(LLVMGetInstructionParent(user)));
      for (size_t i = 0; i < fn->call_count; i++) taint(e, fn->call[i], env);
    } else if (LLVMIsACallInst(user)) {
      callee = called_function(e->p, user);
      if (callee && LLVMIsDeclaration(callee) && is_calm(value_name(callee)) && !is_debug_call(user))
        taint(e, user, env);
    } else if (LLVMIsABranchInst(user) || LLVMIsASwitchInst(user)) taint_phis(e, user, env);
    else taint(e, user, env);
  }
}

struct env_gates *env_gates_find(struct program *p) {
  struct env_gates *e = audit_grow(NULL, sizeof *e);
  memset(e, 0, sizeof *e);
  e->p = p;
  for (LLVMValueRef f = next_function(p, NULL); f; f = next_function(p, f))
    if (is_env_reader(value_name(f))) find_readers(e, f, 0, 0);
  for (size_t i = 0; i < e->queued; i++) taint_users(e, e->queue[i], (size_t)map_get(&e->value, e->queue[i]));
  return e;
}

static bool gated_at(struct env_gates *e, LLVMValueRef inst, int depth, size_t *env) {
  LLVMBasicBlockRef block = LLVMGetInstructionParent(inst);
  LLVMValueRef function = LLVMGetBasicBlockParent(block);
  struct cfg *c = cfg_of(e->p, function);
  int at = cfg_index(c, block);
  bool *in = audit_grow(NULL, (size_t)c->count + 1);
  for (int b = 0; b < c->count && !*env; b++) {
    LLVMValueRef t = LLVMGetBasicBlockTerminator(c->block[b]);
    LLVMValueRef cond = t && LLVMIsABranchInst(t) && LLVMIsConditional(t) ? LLVMGetCondition(t) : NULL;
    if (!cond || b == at || !map_has(&e->value, cond)) continue;
    cfg_region(c, b, in);
    if (in[at]) *env = (size_t)map_get(&e->value, cond);
  }
  free(in);
  struct function *fn = function_of(e->p, function);
  if (!*env && depth < 3 && fn->call_count && !fn->address_taken && !has_outside_callers(e->p, function)) {
    size_t first = 0;
    for (size_t i = 0; i < fn->call_count; i++) {
      size_t one = 0;
      if (!gated_at(e, fn->call[i], depth + 1, &one) || (first && one != first)) return false;
      first = one;
    }
    *env = first;
  }
  return *env != 0;
}

bool env_gate_of(struct env_gates *e, LLVMValueRef inst, char **name, char **fallback) {
  size_t env = 0;
  if (!e->count || !gated_at(e, inst, 0, &env)) return false;
  *name = strdup(e->env[env - 1].name);
  *fallback = e->env[env - 1].fallback ? strdup(e->env[env - 1].fallback) : NULL;
  return true;
}

void env_gates_free(struct env_gates *e) {
  for (size_t i = 0; i < e->count; i++) {
    free(e->env[i].name);
    free(e->env[i].fallback);
  }
  free(e->env);
  free(e->queue);
  map_free(&e->value);
  free(e);
}
