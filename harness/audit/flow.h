/* SPDX-License-Identifier: GPL-3.0-or-later */
/* flow.h: follows a value forward to everything that depends on it (rules 5, 6, 7).
 *
 * The walk is breadth first, so the first use that decides is the nearest, and its parents are
 * the witness path. Storing into another location makes that location a dependency: the value is
 * telemetry only if that location is. */
#ifndef HARNESS_AUDIT_FLOW_H
#define HARNESS_AUDIT_FLOW_H

#include "harness/audit/ir.h"

struct flow_node {
  LLVMValueRef value;
  LLVMValueRef at; /* the instruction that brought it here */
  const char *what;
  int parent; /* -1: a seed */
};

struct flow_dep {
  struct key *key;
  int node;
  LLVMValueRef at;
  bool control;    /* whether it is updated depends on the value, not what it gets */
  const char *why; /* one memory by two names: how that comes; else NULL */
};

/* A pointer that the value is but an index of. */
struct flow_indexed {
  LLVMValueRef pointer, user;
  int node;
};

struct flow {
  struct program *p;
  struct key *self; /* key whose value is followed, NULL for none */
  struct flow_node *node;
  size_t node_count, next;
  struct flow_dep *dep;
  size_t dep_count;
  struct flow_indexed *indexed;
  size_t indexed_count;
  struct map seen, functions, depended;
  enum audit_class cls;
  char *reason; /* of the worst so far, NULL while TELEMETRY */
  int decided_node;
  LLVMValueRef decided_at;
  LLVMValueRef sink; /* the first benign use */
  int sink_node;
};

void flow_init(struct flow *f, struct program *p, struct key *self);
void flow_seed(struct flow *f, LLVMValueRef value, const char *what);
/* Seeds with what a function outside of the program does with the memory that its argument points at, or behind: with
 * what pointers in there point at. */
void flow_seed_call(struct flow *f, LLVMValueRef call, unsigned argument, bool behind);
/* Until a CORRECTNESS use is found or all is followed. */
void flow_run(struct flow *f);
void flow_free(struct flow *f);

/* Decides by assembler that jumps by what it finds in the location. */
void flow_seed_jump(struct flow *f, LLVMValueRef jump);

/* outside.c: a value that is an argument of a function that is not in the program. */
void outside_follow(struct flow *f, int node, LLVMValueRef call);
/* outside.c: what memory the call writes depends on the value. */
void outside_written(struct flow *f, int node, LLVMValueRef call, bool control);

/* For branch.c and outside.c. */
/* Whether the address depends on the value by an index alone, from a base that is always good. */
bool flow_is_indexed(struct flow *f, int node, LLVMValueRef user, LLVMValueRef pointer);
void flow_depend_keys(struct flow *f, struct keyset keys, int node, LLVMValueRef at, bool control);
void flow_add(struct flow *f, LLVMValueRef value, LLVMValueRef at, const char *what, int parent);
void flow_decide(struct flow *f, enum audit_class cls, int node, LLVMValueRef at, const char *format, ...)
    __attribute__((format(printf, 5, 6)));
void flow_depend(struct flow *f, LLVMValueRef pointer, int node, LLVMValueRef at, bool control);
void flow_return(struct flow *f, int node, LLVMValueRef ret);
void flow_sink(struct flow *f, int node, LLVMValueRef at);

/* bounds.c: whether a branch that decides about `at` compares a value of the walk: who looked has seen to it. */
bool is_looked_at(struct flow *f, LLVMValueRef at);
/* bounds.c: whether every index of the pointer that depends on the value is one of its array: masked, a remainder, the
 * smaller of two, narrow, or compared before. An index of memory whose size is not known has to be one of these. */
bool index_is_bounded(struct flow *f, LLVMValueRef pointer, LLVMValueRef user);

/* branch.c: rule 6 for a conditional branch or switch on node's value. */
void branch_follow(struct flow *f, int node, LLVMValueRef branch);

#endif
