/* SPDX-License-Identifier: GPL-3.0-or-later */
/* indirect.h: calls through pointers, and the functions that they may be of: those whose address is taken
 * and whose parameters fit. Where code that is not in these units may give pointers too, a call may also
 * be of an unknown function. */
#ifndef HARNESS_AUDIT_INDIRECT_H
#define HARNESS_AUDIT_INDIRECT_H

#include "harness/audit/ir.h"

/* Once functions are indexed. */
void indirect_find(struct program *p);
/* Calls through a pointer that may be of the function. */
LLVMValueRef *indirect_callers(struct program *p, LLVMValueRef function, size_t *count);
struct callees {
  LLVMValueRef *function;
  size_t count;
};

/* Functions that a call through a pointer may be of; kept with the program. */
const struct callees *indirect_callees(struct program *p, LLVMValueRef call);
void indirect_free(struct program *p);
/* Whether it may be of a function that is not in these units. */
bool indirect_may_leave(struct program *p, LLVMValueRef call, size_t callees);

#endif
