/* SPDX-License-Identifier: GPL-3.0-or-later */
/* classify.c: classify.h. */
#include "harness/audit/classify.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "harness/audit/asm.h"
#include "harness/core/interrupt.h"

static size_t add_item(struct judgement *j, struct key *key) {
  audit_room(&j->item, j->count, sizeof *j->item);
  struct judged *n = &j->item[j->count];
  memset(n, 0, sizeof *n);
  n->key = key;
  n->by = -1;
  return j->count++;
}

static size_t item_of_key(struct judgement *j, struct key *k) {
  size_t at = (size_t)map_get(&j->of_key, k);
  if (at) return at - 1;
  size_t i = add_item(j, k);
  k->judged = true;
  map_put(&j->of_key, k, (void *)(i + 1));
  return i;
}

static void follow_item(struct judgement *j, size_t i, LLVMValueRef only) {
  struct flow f;
  struct key *k = j->item[i].key;
  flow_init(&f, j->p, k);
  if (only) {
    /* a load that goes back into its own variable is as good as that variable */
    f.self = NULL;
    flow_seed(&f, only, "is read");
  } else
    for (size_t a = 0; a < k->access_count; a++)
      if ((k->access[a].kind & ACCESS_READ) && k->access[a].argument >= 0)
        flow_seed_call(&f, k->access[a].inst, (unsigned)k->access[a].argument, k->access[a].behind);
      else if ((k->access[a].kind & ACCESS_READ) && is_asm_jump(k->access[a].inst))
        flow_seed_jump(&f, k->access[a].inst);
      else if (k->access[a].kind & ACCESS_READ)
        flow_seed(&f, k->access[a].inst, LLVMIsALoadInst(k->access[a].inst) ? "is read" : "is read and changed");
  flow_run(&f);
  for (size_t l = 0; k && l < k->link_count; l++) {
    audit_room(&f.dep, f.dep_count, sizeof *f.dep);
    f.dep[f.dep_count++] = (struct flow_dep){ k->link[l].to, -1, k->link[l].at, false, k->link[l].why };
  }
  for (size_t d = 0; d < f.dep_count; d++) item_of_key(j, f.dep[d].key);
  j->item[i].flow = f;
}

void judge_follow(struct judgement *j, struct program *p) {
  memset(j, 0, sizeof *j);
  j->p = p;
  j->site_item = audit_grow(NULL, (p->site_count + 1) * sizeof *j->site_item);
  memset(j->site_item, 0, (p->site_count + 1) * sizeof *j->site_item);
  for (size_t s = 0; s < p->site_count; s++)
    for (size_t k = 0; k < p->site[s].keys.count; k++) item_of_key(j, p->site[s].keys.key[k]);
  for (size_t i = 0; i < j->count && !interrupt_pending(); i++) /* grows while it runs */
    follow_item(j, i, NULL);
  for (size_t s = 0; s < p->site_count && !interrupt_pending(); s++)
    if (p->site[s].reads_only) {
      size_t from = j->count, i = add_item(j, NULL);
      j->site_item[s] = i + 1;
      follow_item(j, i, p->site[s].inst);
      for (size_t more = from + 1; more < j->count; more++) follow_item(j, more, NULL);
    }
}

void judge_also(struct judgement *j, struct key *k) {
  size_t from = j->count;
  item_of_key(j, k);
  for (size_t more = from; more < j->count && !interrupt_pending(); more++) follow_item(j, more, NULL);
}

/* A location that cannot be TELEMETRY by itself. */
static bool has_floor(const struct judged *n) { return n->key && n->key->floor; }

/* Whether what is stored there cannot be TELEMETRY for that: not so where storing there reports. */
static bool taints(const struct judged *n) { return has_floor(n) && !n->key->handed_out; }

void judge_spread(struct judgement *j) {
  for (size_t i = 0; i < j->count; i++) {
    j->item[i].cls = j->item[i].flow.cls;
    j->item[i].by = -1;
    if (j->item[i].outer > j->item[i].cls) j->item[i].cls = j->item[i].outer;
    if (taints(&j->item[i]) && j->item[i].cls < AUDIT_UNKNOWN) j->item[i].cls = AUDIT_UNKNOWN;
  }
  for (bool changed = true; changed && !interrupt_pending();) {
    changed = false;
    for (size_t i = 0; i < j->count; i++)
      for (size_t d = 0; d < j->item[i].flow.dep_count; d++) {
        struct flow_dep *dep = &j->item[i].flow.dep[d];
        size_t from = item_of_key(j, dep->key);
        if (j->item[from].cls <= j->item[i].cls) continue;
        j->item[i].cls = j->item[from].cls;
        j->item[i].by = (int)from;
        j->item[i].via = *dep;
        changed = true;
      }
  }
}

static void add_step(struct program *p, struct verdict *v, LLVMValueRef at, char *what) {
  struct place where = place_of(p, at);
  if (where.line == 0 || (v->step_count && v->steps[v->step_count - 1].line == where.line &&
                          strcmp(v->steps[v->step_count - 1].what, what) == 0)) {
    free(what);
    return;
  }
  audit_room(&v->steps, v->step_count, sizeof *v->steps);
  v->steps[v->step_count++] = (struct audit_step){ strdup(where.file), where.line, what };
}

static void add_path(struct program *p, struct verdict *v, const struct flow *f, int node, const char *name) {
  int chain[256], n = 0;
  for (; node >= 0 && n < 256; node = f->node[node].parent) chain[n++] = node;
  while (n--) {
    const struct flow_node *at = &f->node[chain[n]];
    LLVMValueRef callee = LLVMIsACallInst(at->at) ? called_function(p, at->at) : NULL;
    char *what = at->parent < 0 ? audit_text("%s %s", name, at->what)
                                : audit_text("%s%s%s", at->what, callee ? " " : "", callee ? value_name(callee) : "");
    /* steps within one line say nothing to a reader but the first */
    if (at->parent >= 0 && v->step_count && place_of(p, at->at).line == v->steps[v->step_count - 1].line) free(what);
    else add_step(p, v, at->at, what);
  }
}

static char *with_place(struct program *p, const char *text, LLVMValueRef at) {
  char *place = at ? place_text(p, at) : NULL;
  char *out = place ? audit_text("%s (%s)", text, place) : strdup(text);
  free(place);
  return out;
}

/* Why item i has its class, with the path there. */
static void explain(struct judgement *j, size_t i, const char *name, struct verdict *out, int depth) {
  struct judged *n = &j->item[i];
  struct program *p = j->p;
  if (n->by >= 0 && depth < 8) {
    struct judged *from = &j->item[n->by];
    add_path(p, out, &n->flow, n->via.node, name);
    add_step(p, out, n->via.at,
             audit_text("%s %s",
                        n->via.why       ? n->via.why
                        : n->via.control ? "decides whether this changes"
                                         : "is stored into",
                        from->key->plain));
    struct verdict inner = { 0 };
    explain(j, (size_t)n->by, from->key->plain, &inner, depth + 1);
    char *place = place_text(p, n->via.at);
    if (n->via.why && !n->via.at) { /* there is no place to name */
      out->reason = audit_text("%s: %s, and of that: %s", n->via.why, from->key->plain, inner.reason);
      free(place);
      for (size_t s = 0; s < inner.step_count; s++) {
        audit_room(&out->steps, out->step_count, sizeof *out->steps);
        out->steps[out->step_count++] = inner.steps[s];
      }
      free(inner.steps);
      free(inner.reason);
      out->cls = n->cls;
      return;
    }
    out->reason = audit_text(n->via.why ? "it is %s as well, since a cast or pointer makes it so (%s), and of that: %s"
                             : n->via.control ? "it decides whether %s changes (%s), and of that: %s"
                                              : "it is stored into %s (%s), and of that: %s",
                             from->key->plain, place, inner.reason);
    free(place);
    for (size_t s = 0; s < inner.step_count; s++) {
      audit_room(&out->steps, out->step_count, sizeof *out->steps);
      out->steps[out->step_count++] = inner.steps[s];
    }
    free(inner.steps);
    free(inner.reason);
  } else if (n->flow.cls == n->cls && n->flow.reason) {
    add_path(p, out, &n->flow, n->flow.decided_node, name);
    add_step(p, out, n->flow.decided_at, strdup(n->flow.reason));
    out->reason = with_place(p, n->flow.reason, n->flow.decided_at);
  } else if (n->outer_why && n->cls == n->outer) {
    out->reason = strdup(n->outer_why);
  } else if (has_floor(n) && n->cls == AUDIT_UNKNOWN) {
    if (n->key->floor_at) add_step(p, out, n->key->floor_at, strdup(n->key->floor));
    out->reason = with_place(p, n->key->floor, n->key->floor_at);
  } else if (n->flow.sink) {
    add_path(p, out, &n->flow, n->flow.sink_node, name);
    add_step(p, out, n->flow.sink,
             LLVMIsAReturnInst(n->flow.sink) ? strdup("is returned by an exported function that reports")
                                             : strdup("is reported"));
    out->reason = with_place(p,
                             LLVMIsAReturnInst(n->flow.sink) ? "an exported function named for reporting returns it"
                                                             : "it is only reported",
                             n->flow.sink);
  } else if (n->flow.dep_count && !n->flow.dep[0].why) {
    struct flow_dep *d = &n->flow.dep[0];
    add_path(p, out, &n->flow, d->node, name);
    add_step(p, out, d->at,
             audit_text("%s %s", d->control ? "decides whether this changes:" : "is stored into", d->key->plain));
    out->reason = audit_text(d->key->handed_out ? "a function named for reporting hands it out: %s"
                                                : "it only feeds other telemetry: %s",
                             d->key->plain);
  } else
    out->reason =
        strdup(n->flow.node_count ? "nothing but the variable itself depends on what is read" : "nothing reads it");
}

char *judge_reason(struct judgement *j, size_t item) {
  struct verdict v = { 0 };
  explain(j, item, j->item[item].key ? j->item[item].key->plain : "it", &v, 0);
  for (size_t s = 0; s < v.step_count; s++) {
    free(v.steps[s].file);
    free(v.steps[s].what);
  }
  free(v.steps);
  return v.reason;
}

static void by_floor(struct program *p, const struct key *key, struct verdict *out) {
  out->cls = AUDIT_UNKNOWN;
  if (key->floor_at) add_step(p, out, key->floor_at, strdup(key->floor));
  out->reason = with_place(p, key->floor, key->floor_at);
}

/* What else the same instruction may change, where that decides: untraceable memory leaves nothing
 * to look at then, as the instruction has to stay. NULL: nothing. */
static struct key *decides_with(struct judgement *j, const struct site *s, const struct key *key) {
  for (size_t k = 0; key->loose && !s->reads_only && k < s->keys.count; k++)
    if (j->item[item_of_key(j, s->keys.key[k])].cls == AUDIT_CORRECTNESS) return s->keys.key[k];
  return NULL;
}

static bool changes_nothing(LLVMValueRef rmw) {
  LLVMValueRef by = LLVMGetOperand(rmw, 1);
  if (!LLVMIsAConstantInt(by)) return false;
  switch (LLVMGetAtomicRMWBinOp(rmw)) {
  case LLVMAtomicRMWBinOpAdd:
  case LLVMAtomicRMWBinOpSub:
  case LLVMAtomicRMWBinOpOr:
  case LLVMAtomicRMWBinOpXor: return LLVMConstIntGetZExtValue(by) == 0;
  case LLVMAtomicRMWBinOpAnd: return LLVMConstIntGetSExtValue(by) == -1;
  default: return false;
  }
}

/* What is read and not used, or written so that nothing changes, is there for the order that it gives. */
static bool is_for_order(const struct site *s) {
  if (LLVMIsAStoreInst(s->inst) || !is_ordered(s->inst)) return false;
  return LLVMIsALoadInst(s->inst) ? !LLVMGetFirstUse(s->inst) : changes_nothing(s->inst);
}

void judge_site(struct judgement *j, size_t site, struct key *key, struct verdict *out) {
  struct site *s = &j->p->site[site];
  memset(out, 0, sizeof *out);
  if (key && is_for_order(s)) {
    out->cls = AUDIT_CORRECTNESS;
    out->reason = strdup(s->reads_only ? "nothing uses what it reads: it is there for the order that it gives"
                                       : "it changes nothing: it is there for the order that it gives");
    add_step(j->p, out, s->inst, strdup(out->reason));
    return;
  }
  if (s->fence || !key) {
    out->cls = s->fence ? AUDIT_CORRECTNESS : AUDIT_UNKNOWN;
    out->reason = strdup(s->fence ? "it orders the memory accesses around it" : "its address is not known");
    add_step(j->p, out, s->inst, strdup(out->reason));
    return;
  }
  size_t i = item_of_key(j, key);
  if (j->site_item[site]) {
    size_t own = j->site_item[site] - 1;
    out->cls = j->item[own].cls;
    if (out->cls == AUDIT_UNKNOWN && j->item[i].cls == AUDIT_CORRECTNESS)
      out->cls = AUDIT_CORRECTNESS; /* what cannot be followed here is known to matter elsewhere */
    else if (!has_floor(&j->item[i]) || key->floor_of_others || out->cls != AUDIT_TELEMETRY) i = own;
    else {
      /* the key may be worse by its other uses: only its floor counts for this load */
      by_floor(j->p, key, out);
      return;
    }
  } else {
    struct key *other = j->item[i].cls < AUDIT_CORRECTNESS ? decides_with(j, s, key) : NULL;
    if (other) {
      judge_site(j, site, other, out);
      char *reason = audit_text("the same instruction may change %s, and of that: %s", other->plain, out->reason);
      free(out->reason);
      out->reason = reason;
      return;
    }
    out->cls = j->item[i].cls;
    if (out->cls == AUDIT_TELEMETRY && has_floor(&j->item[i])) {
      by_floor(j->p, key, out); /* an atomic in memory that is the caller's own */
      return;
    }
  }
  explain(j, i, key->plain, out, 0);
  if (out->step_count == 0) add_step(j->p, out, s->inst, strdup(out->reason));
}

void judge_free(struct judgement *j) {
  for (size_t i = 0; i < j->count; i++) {
    flow_free(&j->item[i].flow);
    free(j->item[i].outer_why);
  }
  free(j->item);
  free(j->site_item);
  map_free(&j->of_key);
  memset(j, 0, sizeof *j);
}
