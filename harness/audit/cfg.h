/* SPDX-License-Identifier: GPL-3.0-or-later */
/* cfg.h: control flow of a function: successors, immediate post-dominators, what a branch decides. */
#ifndef HARNESS_AUDIT_CFG_H
#define HARNESS_AUDIT_CFG_H

#include <llvm-c/Core.h>
#include <stdbool.h>

#include "harness/audit/map.h"

struct cfg {
  LLVMBasicBlockRef *block;
  int count;
  struct map index; /* block -> number + 1 */
  int *ipdom;       /* count: the virtual exit, where endless loops end too; -1: not reached */
  bool *endless;    /* blocks of loops that nothing leaves */
  bool *turns;      /* the block of each such loop where a new turn begins */
  bool returns;
};

struct cfg *cfg_make(LLVMValueRef function);
void cfg_free(struct cfg *c);
int cfg_index(const struct cfg *c, LLVMBasicBlockRef b);

/* Marks in[count] the blocks whose execution the branch at the end of `from` decides: all that are
 * reached from it before its immediate post-dominator. Returns that block's number, c->count where
 * there is none. in[from] is set when the branch decides how often it is reached itself: a loop. */
int cfg_region(const struct cfg *c, int from, bool *in);
/* Whether the function may return. */
bool cfg_returns(const struct cfg *c);
/* Whether the region has an endless loop that `from` is not part of. */
bool cfg_ends_in(const struct cfg *c, int from, const bool *in);
/* Whether block `from` reaches itself inside of its region without passing through `without`. */
bool cfg_cycles(const struct cfg *c, int from, int without);
/* Whether `to` is reached from `start` through blocks of in[]. */
bool cfg_reaches(const struct cfg *c, int start, int to, const bool *in);

#endif
