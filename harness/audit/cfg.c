/* SPDX-License-Identifier: GPL-3.0-or-later */
/* cfg.c: cfg.h. Post-dominators after Cooper, Harvey, Kennedy, "A Simple, Fast Dominance
 * Algorithm" (2001), on the reversed graph. */
#include "harness/audit/cfg.h"

#include <stdlib.h>
#include <string.h>

int cfg_index(const struct cfg *c, LLVMBasicBlockRef b) { return (int)(size_t)map_get(&c->index, b) - 1; }

static unsigned successors(const struct cfg *c, int b) {
  LLVMValueRef t = LLVMGetBasicBlockTerminator(c->block[b]);
  return t ? LLVMGetNumSuccessors(t) : 0;
}

static int successor(const struct cfg *c, int b, unsigned n) {
  return cfg_index(c, LLVMGetSuccessor(LLVMGetBasicBlockTerminator(c->block[b]), n));
}

/* Numbers in postorder of the reversed graph, from the virtual exit. */
struct order {
  int *number, *list;
  int count;
};

static int intersect(const struct cfg *c, const struct order *o, int a, int b) {
  while (a != b) {
    while (o->number[a] < o->number[b]) a = c->ipdom[a];
    while (o->number[b] < o->number[a]) b = c->ipdom[b];
  }
  return a;
}

/* Iterative depth-first walk over predecessors. */
static void number_blocks(const struct cfg *c, int **pred, const int *preds, struct order *o) {
  int n = c->count, depth = 0, *stack = audit_grow(NULL, sizeof(int) * (size_t)(n + 1) * 2);
  bool *seen = audit_grow(NULL, (size_t)n + 1);
  memset(seen, 0, (size_t)n + 1);
  stack[0] = n;
  stack[1] = 0;
  seen[n] = true;
  depth = 1;
  while (depth) {
    int at = stack[depth * 2 - 2], *next = &stack[depth * 2 - 1];
    if (*next < preds[at]) {
      int to = pred[at][(*next)++];
      if (!seen[to]) {
        seen[to] = true;
        stack[depth * 2] = to;
        stack[depth * 2 + 1] = 0;
        depth++;
      }
    } else {
      o->number[at] = o->count;
      o->list[o->count++] = at;
      depth--;
    }
  }
  free(stack);
  free(seen);
}

/* Blocks reached from `from` without entering `stop` or `also`. */
static void reach(const struct cfg *c, int from, int stop, int also, bool *in) {
  int *stack = audit_grow(NULL, sizeof(int) * (size_t)(c->count + 1)), depth = 0;
  memset(in, 0, (size_t)c->count);
  stack[depth++] = from;
  while (depth) {
    int at = stack[--depth];
    for (unsigned i = 0; i < successors(c, at); i++) {
      int to = successor(c, at, i);
      if (to != stop && to != also && !in[to] && !(stop >= 0 && c->turns[to])) {
        in[to] = true;
        stack[depth++] = to;
      }
    }
  }
  free(stack);
}

/* Blocks that reach no end of the function: endless loops, and what leads only there. The exit of such a loop is its
 * first block: what lies behind a branch within one turn is decided within that turn. */
static void find_endless(struct cfg *c, bool *exits) {
  int n = c->count;
  bool *ends = audit_grow(NULL, (size_t)n + 1);
  memset(ends, 0, (size_t)n + 1);
  for (int b = 0; b < n; b++) {
    LLVMValueRef t = LLVMGetBasicBlockTerminator(c->block[b]);
    ends[b] = successors(c, b) == 0;
    c->returns |= t && LLVMIsAReturnInst(t);
  }
  for (bool changed = true; changed;) {
    changed = false;
    for (int b = n - 1; b >= 0; b--)
      for (unsigned i = 0; !ends[b] && i < successors(c, b); i++)
        if (ends[successor(c, b, i)]) ends[b] = changed = true;
  }
  bool *in = audit_grow(NULL, (size_t)n + 1), *all = audit_grow(NULL, (size_t)n + 1);
  for (int b = 0; b < n; b++) {
    if (ends[b]) continue;
    /* part of a loop that nothing leaves: all that it reaches reaches it */
    reach(c, b, -1, -1, in);
    bool bottom = in[b];
    for (int o = 0; o < n && bottom; o++)
      if (in[o]) {
        reach(c, o, -1, -1, all);
        bottom = all[b];
      }
    if (!bottom) continue;
    exits[b] = true;
    for (int o = 0; o < n; o++)
      if (in[o]) c->endless[o] = ends[o] = true;
  }
  free(in);
  free(all);
  free(ends);
}

static void post_dominators(struct cfg *c) {
  int n = c->count, **pred = audit_grow(NULL, sizeof *pred * (size_t)(n + 1)),
      *preds = audit_grow(NULL, sizeof(int) * (size_t)(n + 1));
  memset(pred, 0, sizeof *pred * (size_t)(n + 1));
  memset(preds, 0, sizeof(int) * (size_t)(n + 1));
  bool *exits = c->turns;
  find_endless(c, exits);
  for (int b = 0; b < n; b++) {
    unsigned s = successors(c, b);
    for (unsigned i = 0; i <= s; i++) {
      int to = i < s ? successor(c, b, i) : s == 0 || exits[b] ? n : -1;
      if (to < 0) continue;
      audit_room(&pred[to], (size_t)preds[to], sizeof(int));
      pred[to][preds[to]++] = b;
    }
  }
  struct order o = { .number = audit_grow(NULL, sizeof(int) * (size_t)(n + 1)),
                     .list = audit_grow(NULL, sizeof(int) * (size_t)(n + 1)) };
  for (int i = 0; i <= n; i++) c->ipdom[i] = o.number[i] = -1;
  number_blocks(c, pred, preds, &o);
  c->ipdom[n] = n;
  for (bool changed = true; changed;) {
    changed = false;
    for (int k = o.count - 2; k >= 0; k--) {
      int b = o.list[k], best = -1;
      unsigned s = successors(c, b);
      for (unsigned i = 0; i <= s; i++) {
        if (i == s && s && !exits[b]) continue;
        int to = i < s ? successor(c, b, i) : n;
        if (c->ipdom[to] < 0) continue;
        best = best < 0 ? to : intersect(c, &o, best, to);
      }
      if (best != c->ipdom[b]) {
        c->ipdom[b] = best;
        changed = true;
      }
    }
  }
  for (int i = 0; i <= n; i++) free(pred[i]);
  free(pred);
  free(preds);
  free(o.number);
  free(o.list);
}

struct cfg *cfg_make(LLVMValueRef function) {
  struct cfg *c = audit_grow(NULL, sizeof *c);
  memset(c, 0, sizeof *c);
  c->count = (int)LLVMCountBasicBlocks(function);
  c->block = audit_grow(NULL, sizeof *c->block * (size_t)c->count);
  LLVMGetBasicBlocks(function, c->block);
  for (int i = 0; i < c->count; i++) map_put(&c->index, c->block[i], (void *)(size_t)(i + 1));
  c->ipdom = audit_grow(NULL, sizeof(int) * (size_t)(c->count + 1));
  c->endless = audit_grow(NULL, (size_t)c->count + 1);
  memset(c->endless, 0, (size_t)c->count + 1);
  c->turns = audit_grow(NULL, (size_t)c->count + 1);
  memset(c->turns, 0, (size_t)c->count + 1);
  post_dominators(c);
  return c;
}

void cfg_free(struct cfg *c) {
  if (!c) return;
  free(c->block);
  free(c->ipdom);
  free(c->endless);
  free(c->turns);
  map_free(&c->index);
  free(c);
}

int cfg_region(const struct cfg *c, int from, bool *in) {
  int end = c->ipdom[from] < 0 ? c->count : c->ipdom[from];
  reach(c, from, end, -1, in);
  return end;
}

bool cfg_returns(const struct cfg *c) { return c->returns; }

bool cfg_ends_in(const struct cfg *c, int from, const bool *in) {
  if (c->endless[from]) return false;
  for (int b = 0; b < c->count; b++)
    if (in[b] && c->endless[b]) return true;
  return false;
}

bool cfg_cycles(const struct cfg *c, int from, int without) {
  bool *in = audit_grow(NULL, (size_t)c->count + 1);
  reach(c, from, c->ipdom[from], without, in);
  bool cycles = in[from];
  free(in);
  return cycles;
}

bool cfg_reaches(const struct cfg *c, int start, int to, const bool *in) {
  int *stack = audit_grow(NULL, sizeof(int) * (size_t)(c->count + 1)), depth = 0;
  bool *seen = audit_grow(NULL, (size_t)c->count + 1), found = false;
  memset(seen, 0, (size_t)c->count + 1);
  seen[start] = true;
  stack[depth++] = start;
  while (depth && !found) {
    int at = stack[--depth];
    for (unsigned i = 0; i < successors(c, at) && !found; i++) {
      int next = successor(c, at, i);
      found = next == to;
      if (in[next] && !seen[next]) {
        seen[next] = true;
        stack[depth++] = next;
      }
    }
  }
  free(stack);
  free(seen);
  return found;
}
