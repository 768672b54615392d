/* SPDX-License-Identifier: GPL-3.0-or-later */
/* nop_probe.h: does this kernel change a program when a uprobe sits on a no-operation? From Linux 6.18 on
 * one of 5 bytes becomes a call after its first hits, whose return address is written below the stack
 * pointer, where a leaf function may keep its data. Measured with a probe of our own, in a process of our
 * own. */
#ifndef HARNESS_STEP0_NOP_PROBE_H
#define HARNESS_STEP0_NOP_PROBE_H

#include <stdbool.h>

enum nop_effect {
  NOP_UNKNOWN,  /* no probe could be set: not permitted, another architecture */
  NOP_HARMLESS, /* the code and what is below the stack pointer stay as they are */
  NOP_REWRITTEN /* the code is changed, and what is below the stack pointer may be */
};
struct nop_effects {
  enum nop_effect five, ten;  /* of no-operations of so many bytes */
  bool five_wrote, ten_wrote; /* below the stack pointer */
};
/* Takes 0.2 s: each probe is closed again. */
void nop_probe_measure(struct nop_effects *e);
/* Are both known to be harmless? Measured once in a process. */
bool nop_probe_is_harmless(void);

#endif
