/* SPDX-License-Identifier: GPL-3.0-or-later */
/* marked.h: whether the marked build that Step 0 saw is the timed one.
 *
 * A marker is a nop and a note. Both builds are disassembled function by function: without nops
 * they must be the same instructions with the same operands, jumps leading to the same one;
 * addresses that a nop moves do not count. */
#ifndef HARNESS_BUILD_MARKED_H
#define HARNESS_BUILD_MARKED_H

#include "harness/core/error.h"
#include "harness/core/words.h"

/* Objects of both builds in the same order. Names of the functions that differ are added to
 * *differ. 0, -ENOTSUP: a machine that this file does not read. */
int marked_compare(const struct words *marked, const struct words *timed, struct words *differ, struct error *err);

#endif
