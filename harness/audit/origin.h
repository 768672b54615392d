/* SPDX-License-Identifier: GPL-3.0-or-later */
/* origin.h: from a pointer back to the objects it may point into, with the offset in bytes.
 *
 * The walk goes back through casts, address arithmetic (also that of numbers), arguments of all callers
 * and results of all returns. It ends at the first struct type, which is believed (views.c looks at what
 * lies behind casts between structs), at a global or local, or where memory or the outside gives the
 * pointer. Steps are the strides of unknown indexes: an array of such elements takes them up, anything
 * else makes the place within the object unknown. */
#ifndef HARNESS_AUDIT_ORIGIN_H
#define HARNESS_AUDIT_ORIGIN_H

#include "harness/audit/ir.h"

enum { ORIGIN_STEPS = 6 };

struct offset {
  long long bytes;
  unsigned long long step[ORIGIN_STEPS];
  int steps;
  bool wild;           /* anywhere in the object */
  LLVMTypeRef wrapper; /* the struct around one number that was passed on the way, NULL: none */
};

struct origin {
  LLVMValueRef base; /* global, alloca, load, call, argument; NULL: a number that nothing is known of */
  LLVMTypeRef type;  /* of the object, NULL: not known */
  struct offset at;
};

struct origins {
  struct origin *origin;
  size_t count;
};

/* behind: does not stop at the type of `pointer` itself, nor at that of a cast. */
struct origins origins_of(struct program *p, LLVMValueRef pointer, bool behind);

bool is_gep(LLVMValueRef v);
bool is_pointer_cast(LLVMValueRef v);
LLVMTypeRef strip_arrays(LLVMTypeRef t);
/* What a pointer points at, arrays removed; NULL for what is none. */
LLVMTypeRef pointee_of(LLVMValueRef v);
bool same_struct(LLVMTypeRef a, LLVMTypeRef b);

#endif
