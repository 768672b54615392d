/* SPDX-License-Identifier: GPL-3.0-or-later */
/* rows.c: rows.h. */
#include "harness/audit/rows.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "harness/core/interrupt.h"

static char *variable_of(const struct site *s, const struct key *k) {
  if (s->fence) return strdup("(fence)");
  if (!k) return strdup("(not known)");
  return strdup(k->shown && k->shown[0] ? k->shown : k->plain);
}

static bool ordered(const char *order) {
  return strcmp(order, "relaxed") != 0 && strcmp(order, "none") != 0 && strcmp(order, "asm") != 0;
}

/* A function whose other atomics matter: taking an ordered one away may take their order away. */
static void mark_functions(struct program *p, struct judgement *j, struct map *touches) {
  for (size_t s = 0; s < p->site_count; s++) {
    bool matters = p->site[s].fence;
    for (size_t k = 0; k < p->site[s].keys.count && !matters; k++) {
      size_t item = (size_t)map_get(&j->of_key, p->site[s].keys.key[k]);
      matters = item && j->item[item - 1].cls == AUDIT_CORRECTNESS;
    }
    if (matters) map_put(touches, LLVMGetBasicBlockParent(LLVMGetInstructionParent(p->site[s].inst)), (void *)1);
  }
}

static struct audit_row *find_row(struct audit_result *r, const struct place *at, const char *variable,
                                  const char *op) {
  for (size_t i = 0; i < r->row_count; i++) {
    struct audit_row *o = &r->rows[i];
    if (o->line == at->line && o->column == at->column && strcmp(o->variable, variable) == 0 &&
        strcmp(o->op, op) == 0 && strcmp(o->file, at->file) == 0 && strcmp(o->function, at->function) == 0)
      return o;
  }
  return NULL;
}

static void take_verdict(struct audit_row *row, struct verdict *v) {
  free(row->reason);
  for (size_t i = 0; i < row->step_count; i++) {
    free(row->steps[i].file);
    free(row->steps[i].what);
  }
  free(row->steps);
  row->cls = v->cls;
  row->reason = v->reason;
  row->steps = v->steps;
  row->step_count = v->step_count;
}

struct making {
  struct program *p;
  struct judgement *j;
  struct sources *src;
  struct audit_result *result;
  struct map touches, distance;
  struct env_gates *env;
};

static void describe_path(struct making *m, struct audit_row *row, LLVMValueRef function) {
  int d = call_distance(m->p, &m->distance, function);
  row->hits_per_op = NAN;
  row->path = d >= 0 && d <= 1 ? "HOT" : d >= 0 && d <= 3 ? "WARM" : "COLD";
  row->path_source = d < 0 ? strdup("call distance: not reached from an entry")
                           : audit_text("call distance %d from an entry, not measured", d);
}

static void add_call(struct program *p, struct audit_row *row, LLVMValueRef inst) {
  struct place at;
  if (!call_place_of(p, inst, &at)) return;
  for (size_t i = 0; i < row->call_count; i++)
    if (row->calls[i].line == at.line && strcmp(row->calls[i].file, at.file) == 0) return;
  audit_room(&row->calls, row->call_count, sizeof *row->calls);
  row->calls[row->call_count++] = (struct audit_step){ strdup(at.file), at.line, strdup(at.function) };
}

static void make_row(struct making *m, size_t site, struct key *key) {
  struct program *p = m->p;
  struct site *s = &p->site[site];
  struct place at = place_of(p, s->inst);
  LLVMValueRef function = LLVMGetBasicBlockParent(LLVMGetInstructionParent(s->inst));
  struct verdict v;
  judge_site(m->j, site, key, &v);
  if (v.cls == AUDIT_TELEMETRY && p->incomplete) {
    char *why = audit_text("as far as seen %s, but %s", v.reason, p->incomplete_why);
    free(v.reason);
    v.reason = why;
    v.cls = AUDIT_UNKNOWN;
  }
  char *variable = variable_of(s, key);
  struct audit_row *row = find_row(m->result, &at, variable, s->op);
  if (row) {
    free(variable);
    add_call(p, row, s->inst);
    if (v.cls > row->cls) take_verdict(row, &v);
    else {
      struct audit_row old = { 0 };
      take_verdict(&old, &v);
      struct verdict none = { 0 };
      take_verdict(&old, &none);
    }
    return;
  }
  struct audit_result *r = m->result;
  audit_room(&r->rows, r->row_count, sizeof *r->rows);
  row = &r->rows[r->row_count++];
  memset(row, 0, sizeof *row);
  row->file = strdup(at.file);
  row->line = at.line;
  row->column = at.column;
  row->function = strdup(at.function[0] ? at.function : value_name(function));
  row->variable = variable;
  row->location = strdup(key ? key->plain : variable);
  row->op = strdup(s->op);
  row->order = strdup(s->order);
  take_verdict(row, &v);
  add_call(p, row, s->inst);
  row->barrier_risk = v.cls != AUDIT_CORRECTNESS && ordered(s->order) && map_has(&m->touches, function);
  const char *gate = sources_gate(m->src, at.file, at.line);
  row->compile_gate = gate ? strdup(gate) : NULL;
  env_gate_of(m->env, s->inst, &row->env_name, &row->env_default);
  describe_path(m, row, function);
}

static int by_place(const void *a, const void *b) {
  const struct audit_row *x = a, *y = b;
  int d = strcmp(x->file, y->file);
  if (d == 0) d = x->line < y->line ? -1 : x->line > y->line;
  if (d == 0) d = x->column < y->column ? -1 : x->column > y->column;
  return d ? d : strcmp(x->variable, y->variable);
}

void rows_make(struct program *p, struct judgement *j, struct sources *src, struct audit_result *result) {
  struct making m = { .p = p, .j = j, .src = src, .result = result, .env = env_gates_find(p) };
  mark_functions(p, j, &m.touches);
  for (size_t s = 0; s < p->site_count && !interrupt_pending(); s++) {
    if (p->site[s].keys.count == 0) make_row(&m, s, NULL);
    for (size_t k = 0; k < p->site[s].keys.count; k++) make_row(&m, s, p->site[s].keys.key[k]);
  }
  qsort(result->rows, result->row_count, sizeof *result->rows, by_place);
  env_gates_free(m.env);
  map_free(&m.touches);
  map_free(&m.distance);
}
