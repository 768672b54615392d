/* SPDX-License-Identifier: GPL-3.0-or-later */
/* capture_tools.h: the folder that stands in PATH of a captured build.
 *
 * COMPILER_PATH reaches who goes through a driver that looks there. A build that calls ld by itself, that passes -B,
 * sets COMPILER_PATH, or empties the environment does not; by name it finds what is in PATH. */
#ifndef HARNESS_PROJECT_CAPTURE_TOOLS_H
#define HARNESS_PROJECT_CAPTURE_TOOLS_H

#include "harness/core/error.h"
#include "harness/core/words.h"

/* Makes a link in the empty folder for each linker and driver that PATH has, notes the build's environment so far in
 * it and puts it in front of PATH. */
int capture_tools(struct words *env, const char *folder, const char *hook, struct error *err);

#endif
