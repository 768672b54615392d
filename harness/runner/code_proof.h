/* SPDX-License-Identifier: GPL-3.0-or-later */
/* code_proof.h: whether the code that runs is the file's.
 *
 * A uprobe or breakpoint is set in a file's pages for every process that maps them: a `verify` or a
 * perf of the same build makes each step of a workload trap, a hundred times slower, and nothing else
 * in the measured process says so. Its code then differs from its file. */
#ifndef HARNESS_RUNNER_CODE_PROOF_H
#define HARNESS_RUNNER_CODE_PROOF_H

#include <stdbool.h>

/* The program's own code or that of the object that malloc comes from is not the file's now. */
bool code_is_patched(void);

#endif
