/* SPDX-License-Identifier: GPL-3.0-or-later */
/* bounds.h: whether an index stays within its array, whatever the value is that it comes from. */
#ifndef HARNESS_AUDIT_BOUNDS_H
#define HARNESS_AUDIT_BOUNDS_H

#include "harness/audit/flow.h"

/* Whether a branch that decides about `at` compares a value of the walk: who looked has seen to it. */
bool is_looked_at(struct flow *f, LLVMValueRef at);
/* Whether every index of the pointer that depends on the value is one of its array: masked, a remainder, the smaller
 * of two, narrow, or compared before. An index of memory whose size is not known has to be one of these at all. */
bool index_is_bounded(struct flow *f, LLVMValueRef pointer, LLVMValueRef user);

#endif
