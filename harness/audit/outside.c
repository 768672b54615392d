/* SPDX-License-Identifier: GPL-3.0-or-later */
/* outside.c: what functions that are not in the program do with a value, or with memory that it is in, by
 * the table of models (flow.h). */
#include <string.h>

#include "harness/audit/flow.h"
#include "harness/audit/models.h"

static bool is_pointer(LLVMValueRef v) { return LLVMGetTypeKind(LLVMTypeOf(v)) == LLVMPointerTypeKind; }

/* What the call writes: arguments that are written, and those of %n. */
void outside_written(struct flow *f, int node, LLVMValueRef call, bool control) {
  const struct model *m = model_of_call(f->p, call);
  for (unsigned a = 0; m && a < LLVMGetNumArgOperands(call); a++) {
    LLVMValueRef to = LLVMGetOperand(call, a);
    char role = model_role(m, a);
    if (!is_pointer(to) || LLVMIsAFunction(to) || LLVMIsAConstantPointerNull(to)) continue;
    if (role == 'w' || role == 'b' || (role == 'o' && format_letter(call, m, a) == 'n'))
      flow_depend_keys(f, keys_reached(f->p, to), node, call, control);
  }
}

/* A number of bytes to report of a text that was made of the value: the program's own formatter. */
static bool is_own_text(struct flow *f, LLVMValueRef call, const struct model *m) {
  for (unsigned a = 0; a < LLVMGetNumArgOperands(call); a++) {
    if (model_role(m, a) != 'o' || !is_pointer(LLVMGetOperand(call, a))) continue;
    struct keyset keys = keys_reached(f->p, LLVMGetOperand(call, a));
    size_t made = 0;
    for (size_t k = 0; k < keys.count; k++)
      for (size_t d = 0; d < f->dep_count; d++) made += f->dep[d].key == keys.key[k];
    return keys.count > 0 && made >= keys.count;
  }
  return false;
}

static void reported(struct flow *f, int node, LLVMValueRef call, const struct model *m) {
  const char *why;
  if (channel_reports(f->p, call, m, &why)) flow_sink(f, node, call);
  else flow_decide(f, AUDIT_UNKNOWN, node, call, "%s() writes it %s", value_name(called_function(f->p, call)), why);
}

/* What the result and what is written depend on. */
static void computed(struct flow *f, int node, LLVMValueRef call, const struct model *m) {
  if (m->result == 'v') flow_add(f, call, call, "goes through the call", node);
  outside_written(f, node, call, false);
}

static void follow_argument(struct flow *f, int node, LLVMValueRef call, const struct model *m, unsigned a) {
  LLVMValueRef v = f->node[node].value;
  const char *name = value_name(called_function(f->p, call));
  char role = model_role(m, a), letter = role == 'o' ? format_letter(call, m, a) : 0;
  bool points = is_pointer(v) && strchr(".owbfv", role) && letter != 'p';
  if (points && !flow_is_indexed(f, node, call, v)) {
    flow_decide(f, AUDIT_CORRECTNESS, node, call, "%s() dereferences it", name);
    return;
  }
  switch (role) {
  case '-': break;
  case '.':
  case 'b':
  case 'w': computed(f, node, call, m); break;
  case 'f':
    reported(f, node, call, m);
    computed(f, node, call, m);
    break;
  case 'o':
    reported(f, node, call, m);
    if (letter == '*')
      flow_decide(f, AUDIT_UNKNOWN, node, call, "it is how wide %s() writes, which fails where that is too wide", name);
    if (letter != 'n') computed(f, node, call, m);
    break;
  case 'n':
    if (is_own_text(f, call, m)) reported(f, node, call, m);
    else flow_decide(f, AUDIT_CORRECTNESS, node, call, "it is how much %s() writes", name);
    break;
  case 'F':
  case 'S': flow_decide(f, AUDIT_CORRECTNESS, node, call, "it chooses where %s() writes", name); break;
  case 'k': flow_decide(f, AUDIT_UNKNOWN, node, call, "%s() keeps it", name); break;
  case 'c': flow_decide(f, AUDIT_CORRECTNESS, node, call, "%s() calls it", name); break;
  default: flow_decide(f, AUDIT_CORRECTNESS, node, call, "it is given to %s()", name);
  }
  if (m->result == 'p' && a == 0) flow_add(f, call, call, "goes through the call", node);
}

void outside_follow(struct flow *f, int node, LLVMValueRef call) {
  LLVMValueRef v = f->node[node].value;
  const struct model *m = model_of_call(f->p, call);
  const char *name = value_name(called_function(f->p, call));
  for (unsigned a = 0; a < LLVMGetNumArgOperands(call); a++) {
    if (LLVMGetOperand(call, a) != v) continue;
    if (is_partial_sink(name, a, f->p->sinks)) flow_sink(f, node, call);
    else if (m) follow_argument(f, node, call, m, a);
    else flow_decide(f, AUDIT_UNKNOWN, node, call, "it is given to %s(), of which nothing is known", name);
  }
}

void flow_seed_call(struct flow *f, LLVMValueRef call, unsigned argument, bool behind) {
  const struct model *m = model_of_call(f->p, call);
  const char *name = value_name(called_function(f->p, call));
  audit_room(&f->node, f->node_count, sizeof *f->node);
  int node = (int)f->node_count;
  f->node[f->node_count++] =
      (struct flow_node){ NULL, call, "is read by", -1 }; /* the result is followed only if it depends on it */
  if (!m) {
    flow_decide(f, AUDIT_UNKNOWN, node, call, "%s() reads it", name);
    return;
  }
  char role = model_role(m, argument);
  /* a set of descriptors, a semaphore: what the call does with it is what it says */
  if (role == 'b' && m->action == ACTION_ACT) role = 'd';
  /* of a vector of buffers the buffers are reported, and the vector says how much of them */
  if (role == 'v') role = behind ? 'o' : 'd';
  switch (role) {
  case 'o': reported(f, node, call, m); break;
  case 'd': flow_decide(f, AUDIT_CORRECTNESS, node, call, "%s() does what it says", name); break;
  case 'f':
    reported(f, node, call, m);
    computed(f, node, call, m);
    break;
  default: computed(f, node, call, m);
  }
}
