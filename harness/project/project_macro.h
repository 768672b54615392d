/* SPDX-License-Identifier: GPL-3.0-or-later */
/* project_macro.h: does anything in a project's sources name the macro of a gate? Asked where both builds are
 * identical: a name that nobody reads is most likely a slip of the pen, and no answer about the project. */
#ifndef HARNESS_PROJECT_PROJECT_MACRO_H
#define HARNESS_PROJECT_PROJECT_MACRO_H

#include "harness/project/project_file.h"

/* Says what two identical builds mean for this gate, into text. A macro that no file of the sources names (comments
 * and all) is ERROR_USAGE, -ENOENT, with the near names. */
int project_identical(const struct project *p, const struct project_gate *gate, char *text, size_t size,
                      struct error *err);

#endif
