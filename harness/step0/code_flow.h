/* SPDX-License-Identifier: GPL-3.0-or-later */
/* code_flow.h: how control flows through the code of one function (x86-64, with Capstone): what falls
 * through, what is jumped to. From it come neighbours that run exactly as often as an instruction that
 * cannot carry a probe, and the places whose counts give how often an inlined copy was entered. */
#ifndef HARNESS_STEP0_CODE_FLOW_H
#define HARNESS_STEP0_CODE_FLOW_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "harness/step0/elf_find.h"

enum flow_kind {
  FLOW_NEXT,     /* goes on behind itself */
  FLOW_CALL,     /* comes back, in most cases */
  FLOW_JUMP,     /* direct */
  FLOW_BRANCH,   /* direct, or goes on behind itself */
  FLOW_INDIRECT, /* a jump whose targets are looked up */
  FLOW_END,      /* returns, traps */
};

struct flow_insn {
  uint64_t address, target; /* target: of a direct jump, else 0 */
  unsigned char length;
  enum flow_kind kind;
  uint16_t shape; /* code_shape() */
  bool is_target; /* of a jump of the function, of a table of it, of a call; or a symbol stands here */
};

struct code_flow {
  struct flow_insn *insn; /* of all bodies, in the order of these */
  size_t count;
  size_t entry; /* index of the function's first */
  bool again;   /* a jump of the function leads to its first instruction: that is passed more often than entered */
  bool open;    /* there are jumps whose targets are not known: anything may be a target */
};

/* Decodes the bodies (the function's, and of what was split off it). -ENOTSUP: not x86-64; -EILSEQ: what
 * is there is no code. */
int code_flow_read(const struct elf_object *o, const struct code_range *body, size_t bodies, struct code_flow *f);
void code_flow_free(struct code_flow *f);
/* Index of the instruction that begins at an address; count where none does. */
size_t code_flow_at(const struct code_flow *f, uint64_t address);

/* The instruction that runs exactly as often as the one at `address`, and suits; nearest first, behind it
 * before in front of it. False where none is known to. */
bool code_flow_neighbour(const struct code_flow *f, uint64_t address, bool (*suits)(void *context, uint64_t address),
                         void *context, uint64_t *found);

/* A sum of counts: plus those with weight 1, less those with weight -1. */
struct flow_term {
  uint64_t address;
  int weight;
};
enum { FLOW_TERMS_MAX = 24 };
struct flow_count {
  struct flow_term term[FLOW_TERMS_MAX];
  size_t terms;
  bool exact; /* else the entry's passes are counted, those of a loop that begins there among them */
};
/* How often control enters the ranges (an inlined copy), an entry of which is told or 0. False: no place
 * of them is an instruction of the flow. */
bool code_flow_entries(const struct code_flow *f, const struct code_range *range, size_t ranges, uint64_t entry,
                       struct flow_count *c);

#endif
