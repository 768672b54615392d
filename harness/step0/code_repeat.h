/* SPDX-License-Identifier: GPL-3.0-or-later */
/* code_repeat.h: does a piece of code do the same thing several times in a row? Compilers unroll a loop, or
 * let one vector instruction do the work of several turns, and the debug information goes on to tell of one
 * copy, or one row: what passes there is fewer than what the source says. */
#ifndef HARNESS_STEP0_CODE_REPEAT_H
#define HARNESS_STEP0_CODE_REPEAT_H

#include <capstone/capstone.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "harness/step0/elf_find.h"

/* What an instruction does, without registers and numbers: copies of code have equal ones. 0: a nop. */
uint16_t code_shape(const cs_insn *in);
/* May the code be that of several turns? Also true where it cannot be read. Optimisers make one turn of many, too
 * (a sum that is known, a step that is the same each time), and leave nothing that shows it: so it may
 * wherever there is not one locked instruction: that is neither merged nor left out. */
bool code_may_repeat(const struct elf_object *o, const struct code_range *range, size_t ranges);
/* The same where nothing was optimised. */
bool code_looks_repeated(const struct elf_object *o, const struct code_range *range, size_t ranges);

#endif
